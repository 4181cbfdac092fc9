import RapportBase
import RapportMedia

/// A scenario while it runs.
struct World {
    struct Call {
        var sender: MediaSender
        var receiver: MediaReceiver
        /// Messages on their way back, by number.
        var messages: [ControlMessage?] = Array(repeating: nil, count: 512)
        var plannedSender: Timestamp?
        var plannedReceiver: Timestamp?
    }

    let scenario: Scenario
    let seed: UInt64
    var events = EventQueue()
    var pool = PacketPool()
    var links: [Link]
    var airs: [AirMedium]
    var calls: [Call] = []
    var connections: [TCPConnection] = []
    var plannedConnections: [Timestamp?]
    var datagramsSent: [Int64]
    var routes: [[Hop]] = []
    var recorder: Recorder
    var outgoing: [Int64] = []
    var packetsSent = 0
    var packetsArrived = 0

    init(_ scenario: Scenario, seed: UInt64, estimator: (EstimatorSetting) -> any BandwidthEstimator) {
        self.scenario = scenario
        self.seed = seed
        links = scenario.links.enumerated().map {
            Link($1, SimulationGenerator(seed: seed, part: 1000 + $0))
        }
        airs = scenario.airs.enumerated().map {
            AirMedium($1, SimulationGenerator(seed: seed, part: 4000 + $0))
        }
        plannedConnections = Array(repeating: nil, count: scenario.connections.count)
        datagramsSent = Array(repeating: 0, count: scenario.datagrams.count)
        recorder = Recorder(scenario)
        for (index, flow) in scenario.media.enumerated() {
            let setting = EstimatorSetting(
                minimum: flow.minimum, start: flow.startRate, maximum: flow.maximum, remembered: flow.remembered,
                weight: flow.weight, seed: seed &+ UInt64(index))
            let generator = SimulationGenerator(seed: seed, part: 2000 + index)
            calls.append(
                Call(sender: MediaSender(flow, estimator(setting), generator), receiver: MediaReceiver(flow)))
            routes += [flow.forward, flow.reverse]
        }
        for (index, connection) in scenario.connections.enumerated() {
            connections.append(TCPConnection(connection, SimulationGenerator(seed: seed, part: 3000 + index)))
            routes += [connection.forward, connection.reverse]
        }
        routes += scenario.datagrams.map(\.forward)
        precondition(routes.allSatisfy { !$0.isEmpty }, "every route passes a link")
    }

    mutating func run() -> RunResult {
        planStart()
        let end = Timestamp.zero + scenario.duration
        while let (event, now) = events.next(until: end) { handle(event, at: now) }
        return makeResult()
    }

    private mutating func planStart() {
        for (index, flow) in scenario.media.enumerated() {
            calls[index].plannedSender = flow.start
            events.plan(.sender(Int32(index)), at: flow.start)
        }
        for index in connections.indices { planConnection(index, at: .zero) }
        for (index, datagrams) in scenario.datagrams.enumerated() {
            events.plan(.datagrams(Int32(index)), at: datagrams.start)
        }
        events.plan(.sample, at: .zero + Simulator.sampleInterval)
    }

    private mutating func handle(_ event: EventQueue.Event, at now: Timestamp) {
        switch event {
        case .arrival(let slot): forward(slot, at: now)
        case .served(let link): served(Int(link), at: now)
        case .carried(let air): carried(Int(air), at: now)
        case .sender(let index): senderTimeout(Int(index), at: now)
        case .receiver(let index): receiverTimeout(Int(index), at: now)
        case .connection(let index): connectionTimeout(Int(index), at: now)
        case .datagrams(let index): sendDatagram(Int(index), at: now)
        case .sample:
            sample(at: now)
            events.plan(.sample, at: now + Simulator.sampleInterval)
        }
    }
}
