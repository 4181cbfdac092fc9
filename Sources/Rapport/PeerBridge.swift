import RapportBase
import RapportNegotiation

/// What two bridges say to each other: four messages, whatever carries them.
public enum BridgeMessage: Sendable, Hashable {
    case offer(sdp: String)
    case answer(sdp: String)
    case candidate(LocalCandidate)
    case endOfCandidates(sdpMid: String, sdpMLineIndex: Int)
}

/// Carries a bridge's messages to the one person on its other end, in order.
public protocol SignalingChannel: Sendable {
    func send(_ message: BridgeMessage) async
}

/// A signalling channel that is a queue: whoever owns the real channel takes `messages` and carries them.
public struct SignalingQueue: SignalingChannel {
    /// What the bridge said, in order. For one reader.
    public let messages: AsyncStream<BridgeMessage>
    private let tell: AsyncStream<BridgeMessage>.Continuation

    public init() { (messages, tell) = AsyncStream.makeStream() }

    public func send(_ message: BridgeMessage) async { tell.yield(message) }

    /// Ends `messages`.
    public func finish() { tell.finish() }
}

/// One link to one remote person over any signalling channel: a peer connection with its negotiation done.
///
/// Both ends may change what they send at any time; when their offers cross, the polite one gives way ("perfect
/// negotiation", W3C webrtc-pc section 10.7). The owner adds tracks to `connection`, hands in what the channel brings
/// with `receive`, and follows `events`.
public actor PeerBridge {
    public nonisolated let connection: PeerConnection
    /// What the connection tells, negotiation left out; ends when the bridge is closed. For one reader.
    public nonisolated let events: AsyncStream<PeerConnectionEvent>

    /// Candidates kept while the description they belong to is on its way.
    private static let maximumEarlyCandidates = 128

    private let channel: any SignalingChannel
    private let isPolite: Bool
    private let tell: AsyncStream<PeerConnectionEvent>.Continuation
    private var state = NegotiationTurn.idle
    private var earlyCandidates: [LocalCandidate] = []
    private var pump: Task<Void, Never>?
    /// Messages that were refused: malformed, or at the wrong time.
    public private(set) var refusedMessages = 0

    /// Whose turn it is to describe.
    private enum NegotiationTurn {
        case idle
        case makingOffer
        /// The peer's offer crossed ours and is passed over: candidates that belong to it fail, too.
        case ignoringOffer
    }

    /// - Parameter isPolite: the two ends differ: exactly one of them is polite.
    public init(
        configuration: PeerConnectionConfiguration = .init(), isPolite: Bool, channel: any SignalingChannel
    ) async throws(PeerConnectionError) {
        connection = try await PeerConnection(configuration: configuration)
        (events, tell) = AsyncStream.makeStream(of: PeerConnectionEvent.self, bufferingPolicy: .bufferingOldest(4096))
        self.isPolite = isPolite
        self.channel = channel
    }

    /// Begins to negotiate what was added to `connection`; candidates and offers go out from here on.
    ///
    /// The polite side waits for the other's offer when `waitsForOffer` is true, which spares a collision at the start.
    public func start(waitsForOffer: Bool = false) {
        guard pump == nil else { return }
        pump = Task { await self.follow(skippingFirstOffer: waitsForOffer && isPolite) }
    }

    private func follow(skippingFirstOffer: Bool) async {
        var skips = skippingFirstOffer
        for await event in connection.events {
            switch event {
            case .negotiationNeeded:
                if skips { skips = false } else { await offer() }
            case .iceCandidate(let candidate): await send(candidate)
            default: tell.yield(event)
            }
        }
        tell.finish()
    }

    /// Hangs up.
    public func close() async {
        await connection.close()
        await pump?.value
        tell.finish()
    }

    // MARK: Out

    private func offer() async {
        guard case .idle = state else { return }
        state = .makingOffer
        defer { if case .makingOffer = state { state = .idle } }
        do throws(PeerConnectionError) {
            // Said in so many words: had the peer's offer come meanwhile, "whatever is due" would be an answer.
            guard await connection.signalingState == .stable else { return }
            let offer = try await connection.setLocalDescription(making: .offer)
            await channel.send(.offer(sdp: offer.sdp))
        } catch {
            // The peer's offer came first: it is answered, and what that leaves undone is announced again.
        }
    }

    private func send(_ candidate: LocalCandidate) async {
        if candidate.candidate == nil {
            await channel.send(.endOfCandidates(sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex))
        } else {
            await channel.send(.candidate(candidate))
        }
    }

    // MARK: In

    /// Takes a message of the peer's. One that is malformed or comes at the wrong time is counted and changes nothing.
    public func receive(_ message: BridgeMessage) async {
        do throws(PeerConnectionError) {
            switch message {
            case .offer(let sdp): try await take(offer: sdp)
            case .answer(let sdp):
                try await connection.setRemoteDescription(Description(kind: .answer, sdp: sdp))
                // The offer that was passed over is history with the answer to ours.
                state = .idle
                await addEarlyCandidates()
            case .candidate(let candidate): try await take(candidate)
            case .endOfCandidates(let sdpMid, let sdpMLineIndex):
                try await take(LocalCandidate(candidate: nil, sdpMid: sdpMid, sdpMLineIndex: sdpMLineIndex))
            }
        } catch {
            refusedMessages += 1
        }
    }

    private func take(offer sdp: String) async throws(PeerConnectionError) {
        let signaling = await connection.signalingState
        let collides = signaling == .haveLocalOffer || isMakingOffer
        if collides && !isPolite {
            state = .ignoringOffer
            return
        }
        state = .idle
        if collides {
            try await connection.setRemoteOfferRollingBack(sdp)
        } else {
            try await connection.setRemoteDescription(Description(kind: .offer, sdp: sdp))
        }
        await addEarlyCandidates()
        let answer = try await connection.setLocalDescription(making: .answer)
        await channel.send(.answer(sdp: answer.sdp))
    }

    private var isMakingOffer: Bool {
        if case .makingOffer = state { true } else { false }
    }

    private func take(_ candidate: LocalCandidate) async throws(PeerConnectionError) {
        do throws(PeerConnectionError) {
            try await connection.addICECandidate(
                candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex)
        } catch .noRemoteDescription {
            guard earlyCandidates.count < Self.maximumEarlyCandidates else { throw .noRemoteDescription }
            earlyCandidates.append(candidate)
        } catch {
            if case .ignoringOffer = state { return }
            throw error
        }
    }

    private func addEarlyCandidates() async {
        let waiting = earlyCandidates
        earlyCandidates = []
        for candidate in waiting {
            do throws(PeerConnectionError) { try await take(candidate) } catch { refusedMessages += 1 }
        }
    }
}
