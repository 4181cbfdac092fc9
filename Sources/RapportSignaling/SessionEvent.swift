public import RapportBase

/// One transition, as the audit log keeps it: no names, no addresses, no content.
public struct SessionEvent: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        case session(from: SessionState, to: SessionState, reason: EndReason?)
        /// `from` is nil for a newcomer.
        case presence(PeerID, InvitationID, Part, from: PresenceState?, to: PresenceState)
        /// The server lost sight of the presence, or found it again.
        case reachable(PeerID, InvitationID, Bool)
    }

    public var at: Timestamp
    public var change: Change

    public init(at: Timestamp, change: Change) {
        self.at = at
        self.change = change
    }
}

/// Names one invitation in the store; says nothing to anybody else.
public struct InvitationID: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// What the owner of a `Room` has to do, in this order.
public enum RoomAction: Hashable, Sendable {
    case record(SessionEvent)
    case send(ServerMessage, to: PeerID)
    /// After what was sent to it, the connection of the presence ends.
    case close(PeerID)
}
