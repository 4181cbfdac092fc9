import Foundation
import RapportBase
import RapportSignaling

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix

func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
}

func peer(_ text: String) -> PeerID {
    guard let peer = PeerID(text) else { preconditionFailure("a test names a peer wrongly") }
    return peer
}

let clinician = peer("clinician")
let client = peer("client")

func room(_ policy: SessionPolicy = SessionPolicy(), opensAt: Timestamp = .zero) -> Room {
    Room(policy: policy, opensAt: opensAt, closesAt: .seconds(3600))
}

/// A room in which both are in since second 2.
func roomInSession(_ policy: SessionPolicy = SessionPolicy()) throws -> Room {
    var room = room(policy)
    _ = try room.joined(clinician, by: InvitationID(1), as: .clinician, at: .seconds(0))
    _ = try room.ready(clinician, .init(), at: .seconds(0))
    _ = try room.joined(client, by: InvitationID(2), as: .client, at: .seconds(1))
    _ = try room.ready(client, .init(name: DisplayName("Sam")), at: .seconds(1))
    if policy.admission == .manual { _ = try room.admitted(client, by: clinician, at: .seconds(2)) }
    return room
}

extension [RoomAction] {
    var events: [SessionEvent] {
        compactMap { if case .record(let event) = $0 { event } else { nil } }
    }

    func messages(to peer: PeerID) -> [ServerMessage] {
        compactMap { if case .send(let message, let to) = $0, to == peer { message } else { nil } }
    }
}

/// The room's methods with what they append as a result.
extension Room {
    mutating func joined(_ peer: PeerID, by invitation: InvitationID, as part: Part, at now: Timestamp) throws
        -> [RoomAction]
    {
        try collect { room, actions in try room.joined(peer, by: invitation, as: part, at: now, into: &actions) }
    }

    mutating func received(_ message: ClientMessage, from peer: PeerID, at now: Timestamp) throws -> [RoomAction] {
        try collect { room, actions in try room.received(message, from: peer, at: now, into: &actions) }
    }

    mutating func returned(_ peer: PeerID, at now: Timestamp) throws -> [RoomAction] {
        try collect { room, actions in try room.returned(peer, at: now, into: &actions) }
    }

    mutating func lost(_ peer: PeerID, at now: Timestamp) -> [RoomAction] {
        collect { room, actions in room.lost(peer, at: now, into: &actions) }
    }

    mutating func handleTimeout(at now: Timestamp) -> [RoomAction] {
        collect { room, actions in room.handleTimeout(at: now, into: &actions) }
    }

    mutating func cancelled(at now: Timestamp) -> [RoomAction] {
        collect { room, actions in room.cancelled(at: now, into: &actions) }
    }

    mutating func ready(_ peer: PeerID, _ ready: ClientMessage.Ready, at now: Timestamp) throws -> [RoomAction] {
        try received(.ready(ready), from: peer, at: now)
    }

    mutating func admitted(_ target: PeerID, by peer: PeerID, at now: Timestamp) throws -> [RoomAction] {
        try received(.admit(target), from: peer, at: now)
    }

    mutating func declined(_ target: PeerID, by peer: PeerID, at now: Timestamp) throws -> [RoomAction] {
        try received(.decline(target), from: peer, at: now)
    }

    mutating func signaled(
        _ payload: SignalPayload, from peer: PeerID, to target: PeerID, at now: Timestamp = .seconds(6)
    ) throws -> [RoomAction] {
        try received(.signal(to: target, payload), from: peer, at: now)
    }

    mutating func linkChanged(
        _ report: ClientMessage.LinkReport, of peer: PeerID, at now: Timestamp
    ) throws -> [RoomAction] {
        try received(.link(report), from: peer, at: now)
    }

    mutating func left(_ peer: PeerID, at now: Timestamp) throws -> [RoomAction] {
        try received(.leave, from: peer, at: now)
    }

    mutating func ended(by peer: PeerID, at now: Timestamp) throws -> [RoomAction] {
        try received(.end, from: peer, at: now)
    }

    private mutating func collect<E: Error>(
        _ body: (inout Room, inout [RoomAction]) throws(E) -> Void
    ) throws(E) -> [RoomAction] {
        var actions: [RoomAction] = []
        try body(&self, &actions)
        return actions
    }
}
