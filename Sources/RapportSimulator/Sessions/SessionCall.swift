import RapportBase
public import RapportMedia
import RapportNegotiation
import RapportSDP
public import RapportSession

extension Simulator {
    /// Runs a scenario of one call with two whole sessions: packets, encryption, feedback and buffers are real, only
    /// clock, path and pictures are made.
    ///
    /// The first end sends sound and pictures over link 0, the second one sound and feedback over link 1.
    /// - Parameters:
    ///   - repair: when packets that repair lost ones are sent; nil never sends any.
    ///   - data: what is sent beside sound and pictures over link 0; nil for nothing.
    ///   - isLayered: pictures are in two temporal layers when the session asks for it. A lost one of the upper layer is
    ///     not sent again, so that less of the pictures arrives and fewer of them stand.
    /// - Throws: what stands in the way of the two agreeing, which a test shows.
    public static func runSessions(
        _ scenario: Scenario, seed: UInt64, control: CongestionControl = .rapport,
        repair: RepairChoice.Tuning? = RepairChoice.Tuning(), isLayered: Bool = false,
        data: DataLoad? = nil
    ) throws -> RunResult {
        precondition(isCallAlone(scenario), "two sessions, two links, nothing beside them")
        var call = try SessionCall(scenario, seed: seed, control: control, repair: repair)
        call.isLayered = isLayered
        call.load = data
        try call.connect()
        return call.run()
    }

    /// Whether a scenario is one call with nothing beside it, which two whole sessions can run.
    public static func isCallAlone(_ scenario: Scenario) -> Bool {
        scenario.media.count == 1 && scenario.links.count == 2 && scenario.connections.isEmpty
            && scenario.datagrams.isEmpty && scenario.airs.isEmpty
    }
}

/// A call of two sessions while it runs.
struct SessionCall: ~Copyable {
    private let scenario: Scenario
    private let seed: UInt64
    private var ends: SimulatedPeers
    private var there: BytePipe
    private var back: BytePipe
    private var source: VideoSource
    private var recorder: Recorder
    private var now = Timestamp.zero
    private var frameDue = Timestamp.zero
    private var soundDue = Timestamp.zero
    private var sampleDue = Timestamp.zero + Simulator.sampleInterval
    private var wantsKeyFrame = true
    fileprivate var isLayered = false
    private var layers = 1
    private var isUpper = false
    private var target: Bitrate
    private var sounds: UInt32 = 0
    private var lastShown: Timestamp?
    private var paced = (packets: 0, delay: Duration.zero)
    private var soundPackets = 0
    private var skipped = 0
    fileprivate var load: DataLoad?
    private var trace = DataTrace()
    private var soundSource: UInt32?
    private var chatDue = Timestamp.zero

    init(
        _ scenario: Scenario, seed: UInt64, control: CongestionControl, repair: RepairChoice.Tuning?
    ) throws {
        let flow = scenario.media[0]
        let memory = flow.remembered.map { PathMemory(rate: $0, roundTrip: .milliseconds(50)) }
        let setting = SessionSetting(
            minimum: flow.minimum, start: flow.startRate, maximum: flow.video.most + SessionBudget.sound,
            memory: memory, control: control, repair: repair)
        let ends = try Self.makeEnds(setting, seed)
        self.init(scenario, seed: seed, ends)
    }

    private static func makeEnds(_ setting: SessionSetting, _ seed: UInt64) throws -> SimulatedPeers {
        try SimulatedPeers(
            near: SimulatedPeer(0, setting, SimulationGenerator(seed: seed, part: 5000)),
            far: SimulatedPeer(1, setting, SimulationGenerator(seed: seed, part: 5001)))
    }

    private init(_ scenario: Scenario, seed: UInt64, _ ends: consuming SimulatedPeers) {
        let flow = scenario.media[0]
        self.scenario = scenario
        self.seed = seed
        self.ends = ends
        there = BytePipe(scenario.links[0], SimulationGenerator(seed: seed, part: 1000))
        back = BytePipe(scenario.links[1], SimulationGenerator(seed: seed, part: 1001))
        source = VideoSource(flow.video, start: flow.startRate, SimulationGenerator(seed: seed, part: 2000))
        recorder = Recorder(scenario)
        target = flow.startRate
    }

    // MARK: Before the clock starts

    /// Offer, answer and handshake, by way of nothing: OpenSSL's timer knows the system's clock alone.
    mutating func connect() throws {
        let offer = try ends.near.negotiation.createOffer(transport: ends.near.transport)
        _ = try ends.near.negotiation.setLocalDescription(.offer, offer)
        _ = try ends.far.negotiation.setRemoteDescription(.offer, try SessionDescription(parsing: offer.serialized()))
        let answer = try ends.far.negotiation.createAnswer(transport: ends.far.transport)
        ends.far.apply(try ends.far.negotiation.setLocalDescription(.answer, answer), at: now)
        let parsed = try SessionDescription(parsing: answer.serialized())
        ends.near.apply(try ends.near.negotiation.setRemoteDescription(.answer, parsed), at: now)
        ends.far.handle(.transportWritable, at: now)
        ends.near.handle(.transportWritable, at: now)
        for _ in 0..<20 {
            let outgoing = ends.near.takeDatagrams()
            let incoming = ends.far.takeDatagrams()
            for datagram in outgoing { handOver(datagram, isOutgoing: true) }
            for datagram in incoming { handOver(datagram, isOutgoing: false) }
        }
        takeEvents()
    }

    // DTLS passes at once; what is media already takes the path. RFC 7983 section 7.
    private mutating func handOver(_ datagram: [UInt8], isOutgoing: Bool) {
        if datagram.first.map({ $0 < 64 }) ?? false {
            if isOutgoing { ends.far.receive(datagram, at: now) } else { ends.near.receive(datagram, at: now) }
        } else if isOutgoing {
            transmit(datagram)
        } else {
            back.send(datagram, at: now, into: &recorder, index: 1)
        }
    }

    // MARK: The run

    mutating func run() -> RunResult {
        let end = Timestamp.zero + scenario.duration
        if load != nil { soundSource = ends.near.source(.audio) }
        while let next = nextMoment, next <= end {
            now = max(now, next)
            step()
        }
        return makeResult()
    }

    private var nextMoment: Timestamp? {
        var next = min(frameDue, soundDue, sampleDue)
        for other in [there.deadline, back.deadline, ends.near.session.deadline, ends.far.session.deadline] {
            if let other { next = min(next, other) }
        }
        return next
    }

    private mutating func step() {
        for datagram in there.advance(to: now, into: &recorder, index: 0) { arrive(datagram) }
        for datagram in back.advance(to: now, into: &recorder, index: 1) { ends.near.receive(datagram, at: now) }
        if soundDue <= now { sendSound() }
        if frameDue <= now { sendPicture() }
        sendData()
        if let deadline = ends.near.session.deadline, deadline <= now { ends.near.handle(.timeout, at: now) }
        if let deadline = ends.far.session.deadline, deadline <= now { ends.far.handle(.timeout, at: now) }
        takeEvents()
        for datagram in ends.near.takeDatagrams() { transmit(datagram) }
        for datagram in ends.far.takeDatagrams() { back.send(datagram, at: now, into: &recorder, index: 1) }
        if sampleDue <= now { sample() }
    }

    private mutating func transmit(_ datagram: [UInt8]) {
        recorder.sent(flow: 0, bytes: datagram.count + BytePipe.lowerHeaders, at: now)
        if let soundSource { trace.left(datagram, sound: soundSource, at: now) }
        there.send(datagram, at: now, into: &recorder, index: 0)
        notePacing()
    }

    private mutating func arrive(_ datagram: [UInt8]) {
        recorder.received(flow: 0, bytes: datagram.count + BytePipe.lowerHeaders, media: 0, payload: 0, at: now)
        if let soundSource { trace.arrived(datagram, sound: soundSource, at: now) }
        ends.far.receive(datagram, at: now)
    }

    // What left since the last look waited as long as the session says.
    private mutating func notePacing() {
        guard let video = ends.near.session.statistics().senders.first(where: { $0.kind == .video })?.sent else {
            return
        }
        let packets = video.packets - paced.packets
        guard packets > 0 else { return }
        let mean = (video.sendDelay - paced.delay).nanoseconds / Int64(packets)
        for _ in 0..<packets { recorder.flows[0].pacerDelays.append(mean, at: now) }
        paced = (video.packets, video.sendDelay)
    }

    private mutating func sendSound() {
        soundDue = soundDue + .milliseconds(20)
        let packet = EncodedAudio(
            bytes: [0xF8] + Array(repeating: 0x55, count: SessionBudget.soundBytes - 1), samples: 960,
            rtpTimestamp: RTPTimestamp(sounds &* 960), level: 30, voiceActivity: true)
        sounds &+= 1
        if let mid = ends.near.mid(.audio) { ends.near.handle(.audio(packet, mid), at: now) }
        if let mid = ends.far.mid(.audio) { ends.far.handle(.audio(packet, mid), at: now) }
    }

    // As the engine's own pipeline: pictures are left out while those before them wait too long.
    private mutating func sendPicture() {
        frameDue = frameDue + .nanoseconds(1_000_000_000 / Int64(source.framesPerSecond))
        guard load?.sendsPictures ?? true, let mid = ends.near.mid(.video) else { return }
        source.update(target: SessionBudget.video(of: target, source.framesPerSecond))
        if ends.near.session.sendQueueTime(at: now) > .milliseconds(200), !wantsKeyFrame {
            skipped += 1
            return
        }
        isUpper = layers > 1 && !wantsKeyFrame && !isUpper
        let size = source.encode(isKey: wantsKeyFrame, at: now)
        let picture = EncodedVideo(
            bytes: Self.picture(isKey: wantsKeyFrame, bytes: share(of: size)), isKeyFrame: wantsKeyFrame,
            rtpTimestamp: RTPTimestamp(UInt32(truncatingIfNeeded: now.nanoseconds / 100_000 * 9)), width: 640,
            height: 360, time: now, temporalLayer: isUpper ? 1 : 0)
        wantsKeyFrame = false
        ends.near.handle(.video(picture, mid), at: now)
    }

    // Whoever sends bulk looks at the room; chat is sent and that is that.
    private mutating func sendData() {
        guard let load else { return }
        if load.chats, chatDue <= now {
            chatDue = now + .seconds(1)
            if !ends.near.send(trace.makeChat(at: now), .urgent, at: now) { trace.refusedChat() }
        }
        guard let bytes = load.bulk else { return }
        while ends.near.session.dataRoom(.bulk) >= bytes {
            guard ends.near.send(DataTrace.makeBulk(bytes), .bulk, at: now) else { break }
        }
    }

    // As the engine's encoder: seven tenths of the rate go to the lower of two layers, which has every second picture.
    private func share(of size: Int) -> Int {
        if layers == 1 || wantsKeyFrame { return size }
        return isUpper ? size * 6 / 10 : size * 14 / 10
    }

    // RFC 6386 section 9.1: what a receiver looks at in a VP8 frame.
    private static func picture(isKey: Bool, bytes: Int) -> [UInt8] {
        var picture: [UInt8] = isKey ? [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0]
        picture += Array(repeating: 0x55, count: max(bytes - picture.count, 0))
        return picture
    }

    private mutating func takeEvents() {
        for event in ends.near.takeEvents() {
            switch event {
            case .targetBitrate(let rate): target = rate
            case .keyFrameRequested: wantsKeyFrame = true
            case .temporalLayers(_, let count): layers = isLayered ? count : 1
            case .secureTransport, .video, .mediaStarted, .applicationData, .dataRoom, .ended: break
            }
        }
        for event in ends.far.takeEvents() {
            if case .video(_, let picture) = event { show(picture) }
            if case .applicationData(let message) = event { trace.received(message, at: now) }
        }
        source.update(target: SessionBudget.video(of: target, source.framesPerSecond))
        recorder.decided(
            flow: 0, target: target, encoder: SessionBudget.video(of: target, source.framesPerSecond), at: now)
    }

    private mutating func show(_ picture: EncodedVideo) {
        let packets = (picture.bytes.count + SessionBudget.payload - 1) / SessionBudget.payload
        let bytes = picture.bytes.count + packets * SessionBudget.overhead
        recorder.flows[0].media.add(bytes, at: now)
        recorder.flows[0].payload.add(picture.bytes.count, at: now)
        recorder.flows[0].frames += 1
        let interval = Duration.nanoseconds(1_000_000_000 / Int64(source.framesPerSecond))
        if let lastShown, now - lastShown - interval > MediaReceiver.freeze {
            recorder.flows[0].freezes.append((now - lastShown - interval).nanoseconds, at: now)
        }
        recorder.flows[0].shown.append((now - (lastShown ?? now)).nanoseconds, at: now)
        lastShown = now
    }

    private mutating func noteSound() {
        let received = ends.far.session.statistics().receivers.first { $0.kind == .audio }?.received
        let packets = Int(received?.packetsReceived ?? 0)
        let fresh = max(packets - soundPackets, 0)
        recorder.flows[0].media.add(fresh * (SessionBudget.soundBytes + SessionBudget.overhead), at: now)
        recorder.flows[0].payload.add(fresh * SessionBudget.soundBytes, at: now)
        soundPackets = packets
    }

    private mutating func sample() {
        noteSound()
        recorder.sample(link: 0, there.link, at: now)
        recorder.sample(link: 1, back.link, at: now)
        let start = now - Simulator.sampleInterval
        let flow = recorder.flows[0]
        recorder.flowSamples[0].append(
            FlowSample(
                at: now, sendRate: flow.sent.rate(from: start, to: now),
                receiveRate: flow.received.rate(from: start, to: now),
                mediaRate: flow.media.rate(from: start, to: now), goodput: flow.payload.rate(from: start, to: now),
                paddingRate: 0, repeatRate: 0,
                target: Double(target.bitsPerSecond),
                encoder: Double(SessionBudget.video(of: target, source.framesPerSecond).bitsPerSecond),
                pacerDelay: flow.pacerDelays.sorted(from: start, to: now).last ?? 0, frozen: 0))
        sampleDue = sampleDue + Simulator.sampleInterval
    }

    private var recovered: Int {
        for receiver in ends.far.session.statistics().receivers {
            if case .video(let video) = receiver.media { return Int(video.repairs.recovered) }
        }
        return 0
    }

    private func makeResult() -> RunResult {
        var flows = recorder.flows
        if let sent = ends.near.session.statistics().senders.first(where: { $0.kind == .video })?.sent {
            flows[0].paddingBytes = sent.paddingBytes
            flows[0].repeatedBytes = sent.retransmittedBytes
            flows[0].repairBytes = sent.repairBytes
        }
        flows[0].repaired = recovered
        flows[0].skippedFrames = skipped
        flows[0].sentPackets = ends.near.session.statistics().transport.packetsSent
        flows[0].receivedPackets = ends.far.session.statistics().transport.packetsReceived
        var result = RunResult(
            scenario: scenario, seed: seed, flowSamples: recorder.flowSamples, linkSamples: recorder.linkSamples,
            linkCounters: [there.link.counters, back.link.counters], flows: flows, connections: [],
            waits: recorder.waits)
        result.data = trace
        return result
    }
}

/// The two ends of a call.
struct SimulatedPeers: ~Copyable {
    var near: SimulatedPeer
    var far: SimulatedPeer
}

/// What of a session's rate is left for its picture, as the engine divides it.
enum SessionBudget {
    static let soundBytes = 80
    static let payload = 1100
    /// RTP and its extensions, payload descriptor, authentication tag, UDP and IPv4.
    static let overhead = 76
    static let sound = BitrateAllocation.soundReserve

    static func video(of target: Bitrate, _ picturesPerSecond: Int) -> Bitrate {
        BitrateAllocation.video(
            of: target, sounds: 1, demands: [.init(picturesPerSecond: Double(picturesPerSecond))])[0]
    }
}
