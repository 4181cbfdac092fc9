public import RapportBase

/// A case's links between real ends, in real time, and a log that is judged as that of a run in virtual time.
///
/// The first flow of the scenario goes over link 0 and back over link 1; its first connection too. The scenario's time
/// begins with the first RTP packet that comes to link 0: what came before, the call's setup, had the links as they are
/// at the start.
public struct LiveRun {
    private struct Lane {
        var pipe: Pipe
        var origin: Timestamp
    }

    private let scenario: Scenario
    private let seed: UInt64
    private var lanes: [Lane]
    private var earlier: [(link: Int, lane: Lane)] = []
    /// When the scenario began, on the clock that `accept` and `take` are told.
    public private(set) var origin: Timestamp?
    /// Payload types of retransmissions, RFC 4588.
    public var repairTypes: Set<UInt8> = []
    private var recorder: Recorder
    private var ledger = RepairLedger()
    private var totals = LiveTotals()
    private var sampledAt: Timestamp?

    /// - Returns: nil when the scenario is not one flow over link 0 and back over link 1.
    public init?(_ scenario: Scenario, seed: UInt64) {
        guard Self.canRun(scenario) else { return nil }
        self.scenario = scenario
        self.seed = seed
        recorder = Recorder(scenario)
        lanes = (0...1).map { Lane(pipe: Self.pipe(scenario, $0, seed), origin: .zero) }
    }

    private static func canRun(_ scenario: Scenario) -> Bool {
        let (there, back) = ([Hop.link(0)], [Hop.link(1)])
        return scenario.links.count == 2 && scenario.airs.isEmpty && scenario.datagrams.isEmpty
            && scenario.media.count == 1 && scenario.media[0].forward == there && scenario.media[0].reverse == back
            && scenario.connections.count <= 1 && scenario.connections.allSatisfy { $0.forward == there }
    }

    private static func pipe(_ scenario: Scenario, _ link: Int, _ seed: UInt64) -> Pipe {
        Pipe(scenario.links[link], seed: seed &+ UInt64(link))
    }

    /// When something happens next.
    public var deadline: Timestamp? {
        let all = lanes + earlier.map(\.lane)
        let next = all.compactMap { lane in lane.pipe.deadline.map { lane.origin + ($0 - .zero) } }.min()
        guard let origin, let sampledAt else { return next }
        return min(next ?? .seconds(1 << 32), origin + (sampledAt - .zero) + Simulator.sampleInterval)
    }

    /// A packet comes to a link.
    public mutating func accept(_ packet: [UInt8], link: Int, at now: Timestamp) {
        let passing = PassingPacket(packet)
        if origin == nil, link == 0, case .rtp = passing.content { begin(at: now) }
        let time = now - lanes[link].origin
        if link == 0, let time = elapsed(now) { noteSent(passing, at: time) }
        lanes[link].pipe.accept(packet, at: .zero + time)
        record(link)
    }

    /// The next packet that has come to the far end of a link.
    public mutating func take(at now: Timestamp) -> (link: Int, packet: [UInt8])? {
        sample(at: now)
        for index in earlier.indices {
            if let arrival = earlier[index].lane.pipe.take(at: .zero + (now - earlier[index].lane.origin)) {
                return (earlier[index].link, arrival.bytes)
            }
        }
        for link in lanes.indices {
            let arrival = lanes[link].pipe.take(at: .zero + (now - lanes[link].origin))
            record(link)
            guard let arrival else { continue }
            if link == 0, origin != nil { noteReceived(PassingPacket(arrival.bytes), at: arrival.at) }
            return (link, arrival.bytes)
        }
        earlier.removeAll { $0.lane.pipe.isEmpty }
        return nil
    }

    /// Begins the scenario's time.
    public mutating func begin(at now: Timestamp) {
        guard origin == nil else { return }
        origin = now
        sampledAt = .zero
        for link in lanes.indices {
            _ = lanes[link].pipe.takeNotes()
            if !lanes[link].pipe.isEmpty { earlier.append((link, lanes[link])) }
            lanes[link] = Lane(pipe: Self.pipe(scenario, link, seed), origin: now)
        }
    }

    /// The scenario's time; nil before it begins.
    public func elapsed(_ now: Timestamp) -> Timestamp? { origin.map { .zero + (now - $0) } }

    /// Whether the scenario's time is over.
    public func isOver(at now: Timestamp) -> Bool {
        elapsed(now).map { $0 - .zero >= scenario.duration } ?? false
    }

    // MARK: What only the ends know

    /// What the sending end's estimator allows and its encoder was told, and the mean wait in its pacer of the packets
    /// since the last time.
    public mutating func decided(target: Bitrate, encoder: Bitrate, pacer: Duration?, at now: Timestamp) {
        guard let time = elapsed(now) else { return }
        recorder.decided(flow: 0, target: target, encoder: encoder, at: time)
        (totals.target, totals.encoder) = (Double(target.bitsPerSecond), Double(encoder.bitsPerSecond))
        guard let pacer else { return }
        recorder.flows[0].pacerDelays.append(pacer.nanoseconds, at: time)
        totals.pacer = max(totals.pacer, pacer.inMilliseconds)
    }

    /// The receiving end's picture stood for this long.
    public mutating func froze(_ duration: Duration, at now: Timestamp) {
        guard let time = elapsed(now) else { return }
        recorder.flows[0].freezes.append(duration.nanoseconds, at: time)
        totals.frozen += duration.inMilliseconds
    }

    /// Pictures that were encoded and pictures that the sender left out.
    public mutating func sentFrames(_ frames: Int, skipped: Int) {
        recorder.flows[0].frames = frames
        recorder.flows[0].skippedFrames = skipped
    }
}

extension LiveRun {
    // What a call's receiver counts as media: each packet once, what was repaired included.
    private mutating func noteSent(_ packet: PassingPacket, at time: Timestamp) {
        switch packet.content {
        case .rtp(let type, _, _, let isPadded):
            recorder.flows[0].sentPackets += 1
            if repairTypes.contains(type) {
                if isPadded {
                    recorder.flows[0].paddingBytes += packet.bytes
                    totals.padding += packet.bytes
                } else {
                    recorder.flows[0].repeatedBytes += packet.bytes
                    totals.repeated += packet.bytes
                }
            }
            recorder.sent(flow: 0, bytes: packet.bytes, at: time)
        case .datagram: recorder.sent(flow: 0, bytes: packet.bytes, at: time)
        case .segment(let payload):
            if payload > 0, !recorder.connections.isEmpty { recorder.connections[0].segmentsSent += 1 }
        case .other: break
        }
    }

    private mutating func noteReceived(_ packet: PassingPacket, at time: Timestamp) {
        switch packet.content {
        case .rtp(let type, _, _, let isPadded):
            recorder.flows[0].receivedPackets += 1
            let isRepair = repairTypes.contains(type)
            let isMedia = isRepair ? !isPadded && ledger.repairs(packet.bytes, at: time) : true
            let payload = isMedia ? max(packet.bytes - SessionBudget.overhead, 0) : 0
            recorder.received(
                flow: 0, bytes: packet.bytes, media: isMedia ? packet.bytes : 0, payload: payload, at: time)
            totals.payload += payload
        case .datagram: recorder.received(flow: 0, bytes: packet.bytes, media: 0, payload: 0, at: time)
        case .segment(let payload):
            if payload > 0, !recorder.connections.isEmpty {
                recorder.delivered(connection: 0, bytes: payload, at: time)
            }
        case .other: break
        }
    }

    private mutating func record(_ link: Int) {
        let notes = lanes[link].pipe.takeNotes()
        guard origin != nil else { return }
        for note in notes {
            switch note {
            case .waited(let wait, let time): recorder.waited(link: link, nanoseconds: wait.nanoseconds, at: time)
            case .carried(let bytes, _): recorder.carried(link: link, bytes: bytes)
            case .dropped(let packet, let time):
                recorder.dropped(link: link)
                if link == 0 { noteGone(PassingPacket(packet), at: time) }
            case .lost(let packet, let time):
                recorder.lost(link: link)
                if link == 0 { noteGone(PassingPacket(packet), at: time) }
            }
        }
    }

    private mutating func noteGone(_ packet: PassingPacket, at time: Timestamp) {
        switch packet.content {
        case .rtp(let type, _, _, _): if !repairTypes.contains(type) { ledger.lost(packet.bytes, at: time) }
        case .segment(let payload):
            if payload > 0, !recorder.connections.isEmpty { recorder.connections[0].segmentsLost += 1 }
        case .datagram, .other: break
        }
    }

    private mutating func sample(at now: Timestamp) {
        guard let elapsed = elapsed(now) else { return }
        while let last = sampledAt, elapsed - last >= Simulator.sampleInterval, last - .zero < scenario.duration {
            let time = last + Simulator.sampleInterval
            for link in lanes.indices { recorder.sample(link: link, lanes[link].pipe.link, at: time) }
            sampleFlow(at: time)
            sampledAt = time
        }
    }

    private mutating func sampleFlow(at now: Timestamp) {
        let start = now - Simulator.sampleInterval
        let seconds = Simulator.sampleInterval.inSeconds
        let flow = recorder.flows[0]
        recorder.flowSamples[0].append(
            FlowSample(
                at: now, sendRate: flow.sent.rate(from: start, to: now),
                receiveRate: flow.received.rate(from: start, to: now), mediaRate: flow.media.rate(from: start, to: now),
                goodput: Double(totals.payload * 8) / seconds, paddingRate: Double(totals.padding * 8) / seconds,
                repeatRate: Double(totals.repeated * 8) / seconds, target: totals.target, encoder: totals.encoder,
                pacerDelay: totals.pacer, frozen: totals.frozen))
        totals.beginInterval()
    }

    /// The last 200 ms of the scenario's time and of both links; nil before there is any.
    public var lastSample: (flow: FlowSample, links: [LinkSample])? {
        guard let flow = recorder.flowSamples[0].last else { return nil }
        return (flow, recorder.linkSamples.compactMap(\.last))
    }

    /// The run until now, for `SimulationCase.judge`.
    public var result: RunResult {
        RunResult(
            scenario: scenario, seed: seed, flowSamples: recorder.flowSamples, linkSamples: recorder.linkSamples,
            linkCounters: lanes.map(\.pipe.counters), flows: recorder.flows, connections: recorder.connections,
            waits: recorder.waits)
    }
}

/// Of the current interval, and what was last told.
private struct LiveTotals {
    var payload = 0
    var padding = 0
    var repeated = 0
    var target = 0.0
    var encoder = 0.0
    var pacer = 0.0
    var frozen = 0.0

    mutating func beginInterval() { (payload, padding, repeated, pacer, frozen) = (0, 0, 0, 0, 0) }
}
