import Foundation
import NIOCore
import NIOWebSocket
import RapportSignaling
import Synchronization

/// The sending half of one WebSocket connection: a bounded queue and the means to give the connection up.
final class Connection: Sendable {
    enum Outgoing: Sendable {
        case text(ByteBuffer)
        case pong(ByteBuffer)
        /// The last item of a connection.
        case close(WebSocketErrorCode)
    }

    /// How long a peer may take to answer a close frame.
    private static let lingering = Duration.seconds(2)

    private let queue: AsyncStream<Outgoing>.Continuation
    private let giveUp: @Sendable () -> Void
    private let heard = Mutex(ContinuousClock.now)

    /// - Parameters:
    ///   - queue: with a buffering policy that drops the newest when full.
    ///   - giveUp: closes the channel at once.
    init(queue: AsyncStream<Outgoing>.Continuation, giveUp: @escaping @Sendable () -> Void) {
        self.queue = queue
        self.giveUp = giveUp
    }

    func send(_ message: ServerMessage) {
        guard let bytes = try? JSONEncoder().encode(message) else {
            preconditionFailure("every server message has a JSON form")
        }
        enqueue(.text(ByteBuffer(bytes: bytes)))
    }

    func pong(_ data: ByteBuffer) { enqueue(.pong(data)) }

    /// Sends what is queued, then a close frame; the first call counts. RFC 6455 section 7.4.1 has the codes.
    func close(_ code: WebSocketErrorCode) {
        enqueue(.close(code))
        queue.finish()
        // RFC 6455 section 7.1.1: the peer answers with a close frame, and then the server closes the connection.
        Task { [giveUp] in
            try await Task.sleep(for: Self.lingering)
            giveUp()
        }
    }

    /// Something was received just now.
    func touch() { heard.withLock { $0 = .now } }

    var silence: Duration { heard.withLock { .now - $0 } }

    func abandon() {
        queue.finish()
        giveUp()
    }

    private func enqueue(_ item: Outgoing) {
        // A receiver that does not take what is sent to it is lost; waiting would hold the room's memory for it.
        if case .dropped = queue.yield(item) { abandon() }
    }
}
