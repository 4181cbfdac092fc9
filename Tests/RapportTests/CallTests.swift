import RapportBase
import RapportICE
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
    let pumps: [Task<Void, Never>]

    static func connect() async throws -> LoopbackCall {
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        let offerer = try await PeerConnection(configuration: configuration)
        let answerer = try await PeerConnection(configuration: configuration)
        for (peer, seed) in [(offerer, UInt64(1)), (answerer, 2)] {
            try await peer.addTrack(.audio(MarkedToneSource()))
            try await peer.addTrack(.video(PatternSource(width: 320, height: 180, seed: seed)))
        }
        let connected = Flag()
        let call = LoopbackCall(
            offerer: offerer, answerer: answerer,
            pumps: [pump(offerer, to: answerer, connected), pump(answerer, to: offerer, connected)])
        try await call.attachSinks()
        let offer = try await offerer.setLocalDescription()
        try await answerer.setRemoteDescription(offer)
        let answer = try await answerer.setLocalDescription()
        try await offerer.setRemoteDescription(answer)
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

    var last: Value? { state.withLock { $0.values.last } }
}

/// The numbers drawn in the pictures that were rendered.
final class FrameLog: VideoSink {
    private let log = Log<Int>()

    func render(_ frame: VideoFrame) {
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
