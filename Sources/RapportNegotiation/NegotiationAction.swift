/// What the owner does after a description was set.
public enum NegotiationAction: Sendable, Equatable {
    /// A local offer stands: send it, gather, wait for the answer.
    case awaitAnswer
    /// A remote offer stands: checks may start towards this transport, and an answer is due. Nil when the offer
    /// switches everything off.
    case answer(RemoteTransport?)
    /// Both descriptions stand: apply the result.
    case apply(NegotiatedSession)
    /// The offer is taken back: what was agreed before holds again; nil when that was nothing.
    case rolledBack(NegotiatedSession?)
}
