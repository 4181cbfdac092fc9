import NIOWebSocket
import Synchronization

/// Every open WebSocket connection, also those that have not said hello; bounded.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var isClosed = false
    }

    private let maximum: Int
    private let state = Mutex(State())

    init(maximum: Int) { self.maximum = maximum }

    /// False when the server is full or going away.
    func insert(_ connection: Connection) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.connections.count < maximum else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            return true
        }
    }

    func remove(_ connection: Connection) {
        state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// Says "going away" to all, and takes no more.
    func closeAll() {
        let all = state.withLock { state in
            state.isClosed = true
            return Array(state.connections.values)
        }
        for connection in all { connection.close(.goingAway) }
    }
}
