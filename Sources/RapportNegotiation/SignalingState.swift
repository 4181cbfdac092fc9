/// How far an exchange of descriptions is. W3C webrtc-pc section 4.3.1, without the two `pranswer` states.
public enum SignalingState: String, Hashable, Sendable, CaseIterable {
    case stable
    case haveLocalOffer = "have-local-offer"
    case haveRemoteOffer = "have-remote-offer"
    case closed
}
