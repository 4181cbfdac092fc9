import RapportBase
import RapportICE
import RapportMedia
import RapportNegotiation
import RapportTestMedia
import Synchronization
import Testing

@testable import Rapport

@Suite(.serialized, .timeLimit(.minutes(1))) struct CallTests {
    @Test("Two connections on loopback see and hear each other, told apart by content")
    func callOnLoopback() async throws {
        let call = try await LoopbackCall.connect()
        let seenByAnswerer = try await call.answererSaw.frames(atLeast: 60)
        let seenByOfferer = try await call.offererSaw.frames(atLeast: 60)
        let heard = try await call.answererHeard.slots(atLeast: 3)
        await call.close()
        #expect(zip(seenByAnswerer, seenByAnswerer.dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(seenByOfferer, seenByOfferer.dropFirst()).allSatisfy { $0 < $1 })
        // Of the frames between the first and the last one seen, at most one in twenty is missing.
        let span = seenByAnswerer.last! - seenByAnswerer.first! + 1
        #expect(seenByAnswerer.count * 20 >= span * 19)
        #expect(zip(heard, heard.dropFirst()).allSatisfy { ($0 + 1) % ToneMark.slots == $1 })
    }

    @Test(
        "Parameters of a sender hold at once: size and frame rate shrink, pausing stops pictures, bad ones are refused")
    func parameters() async throws {
        let call = try await LoopbackCall.connect()
        let transceivers = await call.offerer.transceivers
        let video = try #require(transceivers.first { $0.kind == .video })
        _ = try await call.answererSaw.frames(atLeast: 20)
        var wanted = RTPSendParameters()
        wanted.scaleResolutionDownBy = 0.5
        await #expect(throws: PeerConnectionError.invalidParameter(.scaleResolutionDownBy)) {
            try await call.offerer.setParameters(wanted, of: video)
        }
        wanted.scaleResolutionDownBy = 2
        wanted.maxFramerate = 15
        try await call.offerer.setParameters(wanted, of: video)
        #expect(await call.offerer.parameters(of: video) == wanted)
        while call.answererSaw.widths.last != 160 {
            _ = await call.answererSaw.widths.values(atLeast: call.answererSaw.widths.count + 1)
        }
        let inbound = await call.answerer.statistics().inbound(.video)
        #expect(inbound?.frameWidth == 160 && inbound?.frameHeight == 90)
        // The other side's pictures are the clock: 30 a second there, 15 here.
        let (here, there) = (call.answererSaw.widths.count, call.offererSaw.widths.count)
        _ = await call.offererSaw.widths.values(atLeast: there + 30)
        #expect((10...20).contains(call.answererSaw.widths.count - here))
        wanted.isActive = false
        try await call.offerer.setParameters(wanted, of: video)
        // What was under way arrives within a few pictures' time; from then on nothing does.
        _ = await call.offererSaw.widths.values(atLeast: call.offererSaw.widths.count + 15)
        let stopped = call.answererSaw.widths.count
        _ = await call.offererSaw.widths.values(atLeast: call.offererSaw.widths.count + 15)
        #expect(call.answererSaw.widths.count == stopped)
        #expect(await call.offerer.connectionState == .connected)
        await call.close()
    }

    @Test("The connections of a mesh divide a line by weight, and again when one leaves")
    func mesh() async throws {
        let calls = [try await LoopbackCall.connect(), try await LoopbackCall.connect()]
        let claims = [
            PeerConnection.LineClaim(calls[0].offerer, weight: 3), PeerConnection.LineClaim(calls[1].offerer),
        ]
        let parts = await PeerConnection.share(.kilobits(520), among: claims)
        #expect(parts == [.kilobits(360), .kilobits(160)])
        for (call, part) in zip(calls, parts) {
            _ = try await call.answererSaw.frames(atLeast: call.answererSaw.widths.count + 30)
            let available = await call.offerer.statistics().candidatePair?.availableOutgoingBitrate
            #expect(available.map { $0 <= Double(part.bitsPerSecond) } == true)
        }
        await calls[1].close()
        #expect(await PeerConnection.share(.kilobits(520), among: claims) == [.kilobits(520), .zero])
        await #expect(throws: PeerConnectionError.closed) {
            try await calls[1].offerer.setLineShare(.kilobits(100))
        }
        await calls[0].close()
    }

    @Test("An offer that restarts ICE is refused with its own error, and the call goes on")
    func restartIsRefused() async throws {
        let call = try await LoopbackCall.connect()
        let offer = try await call.offerer.createOffer().sdp
        let lines = offer.split(separator: "\r\n").map { $0.hasPrefix("a=ice-ufrag:") ? "a=ice-ufrag:another1" : $0 }
        let restart = Description(kind: .offer, sdp: lines.joined(separator: "\r\n") + "\r\n")
        await #expect(throws: PeerConnectionError.iceRestartNotSupported) {
            try await call.answerer.setRemoteDescription(restart)
        }
        #expect(await call.answerer.signalingState == .stable)
        // The same offer as it was is taken: the refusal left nothing behind.
        try await call.answerer.setRemoteDescription(Description(kind: .offer, sdp: offer))
        #expect(await call.answerer.signalingState == .haveRemoteOffer)
        let seen = try await call.answererSaw.frames(atLeast: 30).count
        _ = try await call.answererSaw.frames(atLeast: seen + 15)
        #expect(await call.answerer.connectionState == .connected)
        await call.close()
    }

    @Test("A candidate of no media description is refused, one of another description than the bundle's is passed over")
    func candidatesOfOtherSections() async throws {
        let call = try await LoopbackCall.connect()
        let candidate = try ICECandidate(parsing: "candidate:1 1 udp 2122260223 192.0.2.1 9 typ host")
        await #expect(throws: PeerConnectionError.negotiation(.unknownSection)) {
            try await call.offerer.addICECandidate(candidate, sdpMid: "no such tag")
        }
        await #expect(throws: PeerConnectionError.negotiation(.unknownSection)) {
            try await call.offerer.addICECandidate(candidate, sdpMLineIndex: 7)
        }
        let before = await call.offerer.remoteCandidateCount
        try await call.offerer.addICECandidate(candidate, sdpMLineIndex: 1)
        #expect(await call.offerer.remoteCandidateCount == before)
        try await call.offerer.addICECandidate(candidate, sdpMLineIndex: 0)
        #expect(await call.offerer.remoteCandidateCount == before + 1)
        await call.close()
    }
}

extension PeerConnection {
    /// Candidates of the peer's that the agent took.
    fileprivate var remoteCandidateCount: UInt64 { agent?.counters.remoteCandidates ?? 0 }
}

/// Two connections in this process whose signalling is a function call.
struct LoopbackCall {
    let offerer: PeerConnection
    let answerer: PeerConnection
    let offererSaw = FrameLog()
    let answererSaw = FrameLog()
    let answererHeard = SlotLog()
    /// The offerer's statistics when all was agreed and no way to the other side was known yet.
    let agreed: StatisticsReport
    let pumps: [Task<Void, Never>]

    /// - Parameter pathMemory: what the offerer remembers of the path.
    static func connect(pathMemory: PathMemory? = nil) async throws -> LoopbackCall {
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        let answerer = try await PeerConnection(configuration: configuration)
        configuration.pathMemory = pathMemory
        let offerer = try await PeerConnection(configuration: configuration)
        for (peer, seed) in [(offerer, UInt64(1)), (answerer, 2)] {
            try await peer.addTrack(.audio(MarkedToneSource()))
            try await peer.addTrack(.video(PatternSource(width: 320, height: 180, seed: seed)))
        }
        let offer = try await offerer.setLocalDescription()
        try await answerer.setRemoteDescription(offer)
        let answer = try await answerer.setLocalDescription()
        try await offerer.setRemoteDescription(answer)
        let connected = Flag()
        // Candidates wait in the sequences of events until they are read.
        let call = LoopbackCall(
            offerer: offerer, answerer: answerer, agreed: await offerer.statistics(),
            pumps: [pump(offerer, to: answerer, connected), pump(answerer, to: offerer, connected)])
        try await call.attachSinks()
        await connected.wait(for: 2)
        return call
    }

    private func attachSinks() async throws {
        for transceiver in await offerer.transceivers where transceiver.kind == .video {
            try await offerer.setSink(offererSaw, of: transceiver)
        }
        for transceiver in await answerer.transceivers {
            switch transceiver.kind {
            case .video: try await answerer.setSink(answererSaw, of: transceiver)
            case .audio: try await answerer.setSink(answererHeard, of: transceiver)
            }
        }
    }

    // Candidates may come before the description they belong to: they wait for it, as in any signalling.
    private static func pump(
        _ from: PeerConnection, to other: PeerConnection, _ connected: Flag
    ) -> Task<Void, Never> {
        Task {
            var early: [ICECandidate?] = []
            for await event in from.events {
                switch event {
                case .iceCandidate(let candidate):
                    early.append(candidate.candidate)
                    early = await deliver(early, to: other)
                case .connectionStateChanged(.connected): await connected.raise()
                default: early = await deliver(early, to: other)
                }
            }
        }
    }

    private static func deliver(_ candidates: [ICECandidate?], to other: PeerConnection) async -> [ICECandidate?] {
        do {
            for candidate in candidates { try await other.addICECandidate(candidate) }
            return []
        } catch {
            return candidates
        }
    }

    func close() async {
        await offerer.close()
        await answerer.close()
        for pump in pumps { await pump.value }
    }
}

actor Flag {
    private var raised = 0
    private var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    func raise() {
        raised += 1
        for waiter in waiters where waiter.count <= raised { waiter.continuation.resume() }
        waiters.removeAll { $0.count <= raised }
    }

    func wait(for count: Int) async {
        if raised >= count { return }
        await withCheckedContinuation { waiters.append((count, $0)) }
    }
}

/// Values that arrive on a media thread, and whoever waits for enough of them.
final class Log<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiter: (count: Int, continuation: CheckedContinuation<[Value], Never>)?
    }
    private let state = Mutex(State())

    func append(_ value: Value) {
        let ready = state.withLock { state -> (CheckedContinuation<[Value], Never>, [Value])? in
            state.values.append(value)
            guard let waiter = state.waiter, state.values.count >= waiter.count else { return nil }
            state.waiter = nil
            return (waiter.continuation, state.values)
        }
        if let (continuation, values) = ready { continuation.resume(returning: values) }
    }

    func values(atLeast count: Int) async -> [Value] {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> [Value]? in
                if state.values.count >= count { return state.values }
                state.waiter = (count, continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    var count: Int { state.withLock { $0.values.count } }
    var last: Value? { state.withLock { $0.values.last } }
}

/// The numbers drawn in the pictures that were rendered.
final class FrameLog: VideoSink {
    private let log = Log<Int>()
    /// Width of every picture, with a number or without.
    let widths = Log<Int>()

    func render(_ frame: VideoFrame) {
        widths.append(frame.width)
        if let number = FrameMark.read(frame.buffer) { log.append(number) }
    }

    func frames(atLeast count: Int) async throws -> [Int] { await log.values(atLeast: count) }
}

/// The half-second slots that were heard, each once.
final class SlotLog: AudioSink {
    private let log = Log<Int>()
    private let detector = Mutex(ToneMarkDetector())

    func play(_ frame: AudioFrame) {
        let slot = detector.withLock { $0.push(frame) }
        if let slot, slot != log.last { log.append(slot) }
    }

    func slots(atLeast count: Int) async throws -> [Int] { await log.values(atLeast: count) }
}
