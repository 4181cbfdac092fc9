import RapportBase

/// Shared air at work.
struct AirMedium {
    static let slot: Int64 = 9_000

    let configuration: AirConfiguration
    private(set) var counters = LinkCounters()
    private var lanes: [PacketFIFO]
    private var turn: [Int]
    private var burst: [QueuedPacket] = []
    private var failures = 0
    private var isBusy = false
    private var generator: SimulationGenerator

    init(_ configuration: AirConfiguration, _ generator: SimulationGenerator) {
        self.configuration = configuration
        self.generator = generator
        lanes = Array(repeating: PacketFIFO(), count: configuration.stations.count)
        turn = Array(repeating: 0, count: (configuration.stations.max() ?? 0) + 1)
    }

    /// False when the lane is full.
    mutating func accept(_ packet: QueuedPacket, lane: Int) -> Bool {
        counters.offered += 1
        guard lanes[lane].bytes + Int(packet.bytes) <= configuration.laneBytes else {
            counters.dropped += 1
            return false
        }
        lanes[lane].append(packet)
        counters.queued += 1
        return true
    }

    /// Starts the next burst if the air is free and somebody has something to send: when it ends.
    mutating func start(at now: Timestamp, waited: (QueuedPacket) -> Void) -> Timestamp? {
        guard !isBusy else { return nil }
        let contenders = self.contenders
        if burst.isEmpty {
            guard let winner = draw(contenders) else { return nil }
            fillBurst(from: nextLane(of: winner), waited: waited)
        }
        isBusy = true
        let bytes = burst.reduce(0) { $0 + Int($1.bytes) }
        // The lower the least of several draws the more stations there are.
        let slots = generator.uniform() * Double(configuration.contentionSlots) / Double(max(contenders.count, 1))
        let contention = Int64(slots * Double(Self.slot))
        return now + configuration.overhead + .nanoseconds(contention) + configuration.rate.duration(ofBytes: bytes)
    }

    /// The burst is over: what came through and what was given up. Both empty when it has to be sent again.
    mutating func end() -> (arrived: [QueuedPacket], lost: [QueuedPacket]) {
        isBusy = false
        let others = Double(max(contenders.count - 1, 0))
        let collision = min(others / Double(configuration.contentionSlots), 0.5)
        let sent = burst
        if generator.uniform() < collision + configuration.errorRate {
            failures += 1
            guard failures >= configuration.attempts else { return ([], []) }
            finish(sent)
            counters.lost += sent.count
            return ([], sent)
        }
        finish(sent)
        counters.delivered += sent.count
        return (sent, [])
    }

    private mutating func finish(_ sent: [QueuedPacket]) {
        counters.queued -= sent.count
        burst.removeAll()
        failures = 0
    }

    private var contenders: [Int] {
        var found: [Int] = []
        for lane in lanes.indices where !lanes[lane].isEmpty {
            let station = configuration.stations[lane]
            if !found.contains(station) { found.append(station) }
        }
        return found
    }

    private mutating func draw(_ contenders: [Int]) -> Int? {
        guard !contenders.isEmpty else { return nil }
        return contenders[Int(generator.uniform() * Double(contenders.count))]
    }

    // A station serves its receivers in turn.
    private mutating func nextLane(of station: Int) -> Int {
        for step in 1...lanes.count {
            let lane = (turn[station] + step) % lanes.count
            guard configuration.stations[lane] == station, !lanes[lane].isEmpty else { continue }
            turn[station] = lane
            return lane
        }
        preconditionFailure("a station that contends has something to send")
    }

    private mutating func fillBurst(from lane: Int, waited: (QueuedPacket) -> Void) {
        var bytes = 0
        while let next = lanes[lane].first, burst.count < configuration.burstPackets,
            burst.isEmpty || bytes + Int(next.bytes) <= configuration.burstBytes
        {
            guard let packet = lanes[lane].removeFirst() else { return }
            bytes += Int(packet.bytes)
            burst.append(packet)
            waited(packet)
        }
    }
}
