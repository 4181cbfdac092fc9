import BenchmarkSupport
import RapportBase
import RapportICE
import RapportRTP
import RapportSession

/// The path over loopback sockets: both sessions and both agents on one executor, entered as a connection enters its
/// own, so that one thread's CPU time is all of it.
actor SocketPath {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let pair: MediaPair
    private var mark = Sample.Mark()
    private var framesLeft = 0
    private var awaitedPackets = 0
    /// RTP packets that left the sender and did not arrive yet: pictures, and what probes the path.
    private var underWay = 0
    private var finished: CheckedContinuation<Sample, Never>?
    private var secured: CheckedContinuation<Void, Never>?
    private var watchdog: ExecutorTimer?
    private var handshakeTimer: ExecutorTimer?
    private let origin = Clock.wall()

    init(profile: SRTPProfile, workload: Workload, executor: GLibExecutor) {
        self.executor = executor
        pair = MediaPair(profile: profile, workload: workload)
    }

    // MARK: Setting up

    /// Connects the agents, then lets the sessions shake hands over them.
    func connect() async {
        await withCheckedContinuation { continuation in
            secured = continuation
            watchdog = executor.makeTimer { [weak self] in self?.assumeIsolated { $0.giveUp() } }
            watchdog?.schedule(after: .seconds(20))
            do {
                let sender = try open(pair.sender, isControlling: true)
                let receiver = try open(pair.receiver, isControlling: false)
                try sender.setRemoteParameters(receiver.localParameters)
                try receiver.setRemoteParameters(sender.localParameters)
                try sender.startGathering()
                try receiver.startGathering()
            } catch {
                fail("ICE: \(error)")
            }
        }
        watchdog?.cancel()
    }

    private func giveUp() {
        let received = pair.receiver.session.statistics().transport.packetsReceived
        fail("still \(awaitedPackets) packets to come after \(pair.framesSent) frames and \(received) datagrams")
    }

    private func open(_ side: MediaSide, isControlling: Bool) throws(ICEError) -> ICEAgent {
        var configuration = ICEConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        configuration.isControlling = isControlling
        let isSender = side === pair.sender
        let agent = try ICEAgent(configuration: configuration, executor: executor) { [weak self] event in
            self?.assumeIsolated { $0.handle(event, isSender: isSender) }
        }
        side.agent = agent
        return agent
    }

    func close() async {
        for side in [pair.sender, pair.receiver] {
            await side.agent?.close()
            side.agent = nil
        }
    }

    // MARK: Driving

    private func handle(_ event: ICEEvent, isSender: Bool) {
        let side = isSender ? pair.sender : pair.receiver
        switch event {
        case .datagram(let bytes):
            let type = isSender ? nil : Self.payloadType(UnsafeRawBufferPointer(bytes))
            side.session.handle(.datagram(bytes), at: pair.now, into: &side.outputs)
            perform(side)
            noteHandshake()
            if let type { notePacket(type) }
        case .candidate(let candidate): (isSender ? pair.receiver : pair.sender).agent?.addRemoteCandidate(candidate)
        case .stateChanged(let state):
            guard state == .connected || state == .completed else { return }
            side.session.handle(.transportWritable, at: pair.now, into: &side.outputs)
            perform(side)
        case .gatheringComplete, .selectedPair, .writable: break
        }
    }

    private func perform(_ side: MediaSide) {
        if !side.outputs.datagrams.isEmpty, let agent = side.agent {
            side.outputs.withDatagrams { bytes, ranges in
                if agent.sendBatch(bytes, ranges: ranges) != ranges.count { fail("a socket was full") }
                guard side === pair.sender else { return }
                for range in ranges where Self.payloadType(UnsafeRawBufferPointer(rebasing: bytes[range])) != nil {
                    underWay += 1
                }
            }
        }
        side.takeEvents()
        side.outputs.removeAll()
        // Each time a connection looks when to wake up next.
        side.deadline = side.session.deadline
    }

    // RFC 3550 section 5.1, in the clear under SRTP; nil for anything but RTP.
    private static func payloadType(_ datagram: UnsafeRawBufferPointer) -> UInt8? {
        guard DatagramKind(datagram.bindMemory(to: UInt8.self).span) == .rtp else { return nil }
        return datagram[1] & 0x7F
    }

    private func noteHandshake() {
        guard pair.sender.isSecured, pair.receiver.isSecured, let continuation = secured else { return }
        secured = nil
        continuation.resume()
    }

    // MARK: Measuring

    /// Sends one round of pictures, each when the one before has arrived.
    func run() async -> Sample {
        let sample = await withCheckedContinuation { continuation in
            finished = continuation
            framesLeft = pair.workload.framesPerRound
            watchdog?.schedule(after: .seconds(30))
            mark = Sample.Mark()
            sendFrame()
        }
        watchdog?.cancel()
        pair.verify()
        return sample
    }

    private func sendFrame() {
        while !pair.advance({ perform($0) }) {}
        awaitedPackets += pair.workload.packetsPerFrame
        pair.sendFrame()
        perform(pair.sender)
        goOn()
    }

    private func notePacket(_ type: UInt8) {
        underWay -= 1
        if type == pair.pictureType { awaitedPackets -= 1 }
        guard underWay == 0 else { return }
        if awaitedPackets > 0 { return executor.perform { self.assumeIsolated { $0.goOn() } } }
        framesLeft -= 1
        // As an encoder's picture comes: as a job behind what is queued.
        executor.perform { self.assumeIsolated { $0.frameArrived() } }
    }

    // What the pace held back leaves in its time.
    private func goOn() {
        while underWay == 0, awaitedPackets > 0 { pair.step { perform($0) } }
    }

    private func frameArrived() {
        guard framesLeft == 0 else { return sendFrame() }
        finished?.resume(returning: mark.sample(packets: pair.workload.packets))
        finished = nil
    }
}
