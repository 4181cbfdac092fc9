import Foundation
import GRDB
import RapportBase
import RapportSignaling

/// Sessions, invitations and the audit log in one SQLite file; its work runs on GRDB's own queues.
final class SessionStore: Sendable {
    /// One row of `sessions`. Times are milliseconds since 1970.
    struct Session: Sendable {
        var id: String
        var createdAt: Int64
        var opensAt: Int64
        var closesAt: Int64
        var policy: SessionPolicy
        var state: SessionState
        var epoch: Int
        var startedAt: Int64?
    }

    struct Invitation: Sendable {
        var id: InvitationID
        var part: Part
        var session: Session
    }

    private let pool: DatabasePool

    /// Opens or makes the file and brings its tables up to date.
    init(path: String) throws(ServerError) {
        do {
            var configuration = Configuration()
            // `rapport session create` may write to the file of a running server.
            configuration.busyMode = .timeout(5)
            pool = try DatabasePool(path: path, configuration: configuration)
            try Self.migrator.migrate(pool)
        } catch {
            throw Self.mapped(error)
        }
    }

    /// Throws when the database does not answer.
    func check() async throws(ServerError) {
        try await read { db in _ = try Int.fetchOne(db, sql: "SELECT 1") }
    }

    func insert(_ session: Session, secrets: [(part: Part, hash: [UInt8])]) async throws(ServerError) {
        try await write { db in
            let policy = String(decoding: try JSONEncoder().encode(session.policy), as: UTF8.self)
            try db.execute(
                sql: """
                    INSERT INTO sessions (id, created_at, opens_at, closes_at, policy, state, epoch)
                    VALUES (?, ?, ?, ?, ?, ?, 0)
                    """,
                arguments: [
                    session.id, session.createdAt, session.opensAt, session.closesAt, policy, session.state.rawValue,
                ])
            for secret in secrets {
                try db.execute(
                    sql: "INSERT INTO invitations (session_id, part, secret_hash, state) VALUES (?, ?, ?, 'new')",
                    arguments: [session.id, secret.part.rawValue, Data(secret.hash)])
            }
        }
    }

    /// The invitation whose secret has `hash`, unless its session has ended or its window closed unused.
    func invitation(hash: [UInt8], at now: Int64) async throws(ServerError) -> Invitation? {
        try await read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT i.id AS invitation, i.part, s.* FROM invitations i JOIN sessions s ON s.id = i.session_id
                    WHERE i.secret_hash = ? AND i.state <> 'revoked' AND s.state <> 'ended'
                      AND (s.closes_at > ? OR s.state NOT IN ('scheduled', 'open'))
                    """,
                arguments: [Data(hash), now])
            guard let row, let part = Part(rawValue: row["part"]) else { return nil }
            return Invitation(id: InvitationID(row["invitation"]), part: part, session: try Self.session(row))
        }
    }

    func session(_ id: String) async throws(ServerError) -> Session? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM sessions WHERE id = ?", arguments: [id]).map(Self.session)
        }
    }

    /// Notes that a link was used for the first time.
    func markOpened(_ invitation: InvitationID, at now: Int64) async throws(ServerError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE invitations SET state = 'opened', opened_at = ? WHERE id = ? AND state = 'new'",
                arguments: [now, invitation.rawValue])
        }
    }

    /// Queues events behind all earlier ones, to be written as one, and returns at once.
    ///
    /// - Parameter then: called on the store's queue, in the order of the calls, with whether they were written.
    func append(_ events: [SessionEvent], session: Session, then: @escaping @Sendable (Bool) -> Void) {
        pool.asyncWrite({ db in
            for event in events {
                try Self.insert(event, session.id, session.createdAt + event.at.nanoseconds / 1_000_000, db)
            }
        }) { _, result in
            if case .success = result { then(true) } else { then(false) }
        }
    }

    /// Returns when every event queued so far is in the file.
    func flush() async throws(ServerError) {
        try await write { _ in }
    }

    /// What an earlier process left: windows that closed, and sessions whose people lost their server.
    func recover(at now: Int64) async throws(ServerError) {
        try await write { db in
            let stale = try Row.fetchAll(
                db,
                sql: """
                    SELECT id, state, closes_at FROM sessions
                    WHERE state <> 'ended' AND (closes_at <= ? OR state NOT IN ('scheduled', 'open'))
                    """, arguments: [now])
            for row in stale {
                let ended = (row["closes_at"] as Int64) <= now
                try Self.recover(row["id"], from: row["state"], ended: ended, now, db)
            }
        }
    }

    // MARK: Rows

    private static func recover(_ id: String, from: String, ended: Bool, _ now: Int64, _ db: Database) throws {
        let state: SessionState = ended ? .ended : .open
        let reason: EndReason? = ended ? (from == "scheduled" || from == "open" ? .expired : .interrupted) : nil
        try db.execute(
            sql: "UPDATE sessions SET state = ?, ended_at = ?, end_reason = ? WHERE id = ?",
            arguments: [state.rawValue, ended ? now : nil, reason?.rawValue, id])
        try db.execute(
            sql: """
                INSERT INTO events (session_id, at, kind, from_state, to_state, reason)
                VALUES (?, ?, 'restart', ?, ?, ?)
                """,
            arguments: [id, now, from, state.rawValue, reason?.rawValue])
    }

    private static func insert(_ event: SessionEvent, _ session: String, _ at: Int64, _ db: Database) throws {
        switch event.change {
        case .session(let from, let to, let reason):
            try db.execute(
                sql: """
                    INSERT INTO events (session_id, at, kind, from_state, to_state, reason)
                    VALUES (?, ?, 'session', ?, ?, ?)
                    """,
                arguments: [session, at, from.rawValue, to.rawValue, reason?.rawValue])
            try update(session, from: from, to: to, reason, at, db)
        case .presence(let peer, let invitation, let part, let from, let to):
            try db.execute(
                sql: """
                    INSERT INTO events (session_id, at, kind, peer, invitation_id, part, from_state, to_state)
                    VALUES (?, ?, 'presence', ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    session, at, peer.text, invitation.rawValue, part.rawValue, from?.rawValue, to.rawValue,
                ])
        case .reachable(let peer, let invitation, let isReachable):
            try db.execute(
                sql: """
                    INSERT INTO events (session_id, at, kind, peer, invitation_id, to_state)
                    VALUES (?, ?, 'reachable', ?, ?, ?)
                    """,
                arguments: [session, at, peer.text, invitation.rawValue, isReachable ? "found" : "lost"])
        }
    }

    private static func update(
        _ session: String, from: SessionState, to: SessionState, _ reason: EndReason?, _ at: Int64, _ db: Database
    ) throws {
        try db.execute(sql: "UPDATE sessions SET state = ? WHERE id = ?", arguments: [to.rawValue, session])
        if to == .inSession, from == .waiting {
            try db.execute(
                sql: "UPDATE sessions SET epoch = epoch + 1, started_at = coalesce(started_at, ?) WHERE id = ?",
                arguments: [at, session])
        }
        if to == .ended {
            try db.execute(
                sql: "UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id = ?",
                arguments: [at, reason?.rawValue, session])
        }
    }

    private static func session(_ row: Row) throws -> Session {
        let policy = try JSONDecoder().decode(SessionPolicy.self, from: Data((row["policy"] as String).utf8))
        guard let state = SessionState(rawValue: row["state"]) else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
        return Session(
            id: row["id"], createdAt: row["created_at"], opensAt: row["opens_at"], closesAt: row["closes_at"],
            policy: policy, state: state, epoch: row["epoch"], startedAt: row["started_at"])
    }

    // MARK: Access

    private func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(ServerError) -> T {
        do { return try await pool.read(body) } catch { throw Self.mapped(error) }
    }

    private func write<T: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(ServerError) -> T {
        do { return try await pool.write(body) } catch { throw Self.mapped(error) }
    }

    private static func mapped(_ error: any Error) -> ServerError {
        .database(code: (error as? DatabaseError)?.extendedResultCode.rawValue ?? -1)
    }
}
