import GRDB

extension SessionStore {
    /// Every shape the tables have had, oldest first; a step that has been released never changes.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 sessions, invitations, events") { db in
            try db.execute(
                sql: """
                    CREATE TABLE sessions (
                        id TEXT PRIMARY KEY NOT NULL,
                        created_at INTEGER NOT NULL,
                        opens_at INTEGER NOT NULL,
                        closes_at INTEGER NOT NULL,
                        policy TEXT NOT NULL,
                        state TEXT NOT NULL,
                        epoch INTEGER NOT NULL,
                        started_at INTEGER,
                        ended_at INTEGER,
                        end_reason TEXT
                    ) STRICT;
                    CREATE TABLE invitations (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        session_id TEXT NOT NULL REFERENCES sessions (id),
                        part TEXT NOT NULL,
                        secret_hash BLOB NOT NULL UNIQUE,
                        state TEXT NOT NULL,
                        opened_at INTEGER
                    ) STRICT;
                    CREATE TABLE events (
                        seq INTEGER PRIMARY KEY AUTOINCREMENT,
                        session_id TEXT NOT NULL REFERENCES sessions (id),
                        at INTEGER NOT NULL,
                        kind TEXT NOT NULL,
                        peer TEXT,
                        invitation_id INTEGER,
                        part TEXT,
                        from_state TEXT,
                        to_state TEXT NOT NULL,
                        reason TEXT
                    ) STRICT;
                    CREATE INDEX events_by_session ON events (session_id, seq);
                    -- The audit log is only ever added to.
                    CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT raise(ABORT, 'append only'); END;
                    CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT raise(ABORT, 'append only'); END;
                    """)
        }
        return migrator
    }
}
