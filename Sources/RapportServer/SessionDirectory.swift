import RapportSignaling
import Synchronization

/// Makes sessions and their links.
final class SessionDirectory: Sendable {
    /// How long a session stays open when nobody says otherwise.
    static let defaultWindow: Int64 = 24 * 3600 * 1000

    private let store: SessionStore
    private let clock: WallClock
    private let base: Mutex<String>

    init(store: SessionStore, clock: WallClock, baseURL: String) {
        self.store = store
        self.clock = clock
        base = Mutex(baseURL)
    }

    /// The port is known only once the server is bound.
    func use(baseURL: String) { base.withLock { $0 = baseURL } }

    func createSession(
        policy: SessionPolicy, opensAt: Int64? = nil, closesAt: Int64? = nil
    ) async throws(ServerError) -> SessionLinks {
        let now = clock.now()
        let opens = opensAt ?? now
        let closes = closesAt ?? max(opens, now) + Self.defaultWindow
        guard closes > opens, closes > now else { throw .windowInvalid }
        let session = SessionStore.Session(
            id: Secret.random().text, createdAt: now, opensAt: opens, closesAt: closes, policy: policy,
            state: .scheduled, epoch: 0, startedAt: nil)
        let clinician = Secret.random()
        let client = Secret.random()
        try await store.insert(session, secrets: [(.clinician, clinician.hash), (.client, client.hash)])
        let base = base.withLock { $0 }
        return SessionLinks(
            sessionID: session.id, clinician: base + "/j/" + clinician.text, client: base + "/j/" + client.text,
            opensAt: opens, closesAt: closes)
    }
}
