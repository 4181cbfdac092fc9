public import RapportBase

/// One person's place in a session, from opening the link to leaving.
public struct Presence: Hashable, Sendable {
    /// Whether the server sees the participant. Media may flow while it does not.
    public enum Signaling: Hashable, Sendable {
        case reachable
        case lost(since: Timestamp)
    }

    public let peer: PeerID
    public let invitation: InvitationID
    public let part: Part
    public internal(set) var state = PresenceState.opened
    public internal(set) var signaling = Signaling.reachable
    var name: DisplayName?
    var media = MediaState()
    /// Peers with which this one says that media flow.
    var linked: Set<PeerID> = []
    var waitingSince: Timestamp?
    var candidatesLeft = SignalingLimits.candidatesPerDescription

    var isReachable: Bool {
        switch signaling {
        case .reachable: true
        case .lost: false
        }
    }

    /// Ready, waiting or in.
    var isTakingPart: Bool {
        switch state {
        case .ready, .waiting, .admitted, .connected: true
        case .opened, .declined, .left: false
        }
    }

    init(peer: PeerID, invitation: InvitationID, part: Part) {
        self.peer = peer
        self.invitation = invitation
        self.part = part
    }

    /// Whether this presence may learn that `other` exists: the rule behind everything a room sends.
    func mayKnow(of other: Presence) -> Bool {
        guard state.isAdmitted, other.peer != peer else { return false }
        return other.state.isAdmitted || (part == .clinician && other.state == .waiting)
    }

    var rosterEntry: ServerMessage.RosterEntry {
        .init(peer: peer, part: part, name: name, state: state, reachable: isReachable, media: media)
    }
}
