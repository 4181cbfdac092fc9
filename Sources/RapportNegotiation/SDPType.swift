/// What a description is for. W3C webrtc-pc section 4.6.1; RFC 9429 section 3.2.
public enum SDPType: String, Hashable, Sendable, CaseIterable {
    case offer
    case provisionalAnswer = "pranswer"
    case answer
    case rollback
}
