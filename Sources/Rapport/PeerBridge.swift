import RapportBase

/// What two bridges say to each other: four messages, whatever carries them.
public enum BridgeMessage: Sendable, Equatable {
    case offer(sdp: String)
    case answer(sdp: String)
    case candidate(LocalCandidate)
    case endOfCandidates(sdpMid: String, sdpMLineIndex: Int)
}

/// Carries a bridge's messages to the one person on its other end, in order and at most once.
public protocol SignalingChannel: Sendable {
    func send(_ message: BridgeMessage) async
}
