import Foundation
import Logging
import NIOCore
import NIOWebSocket
import RapportSignaling

/// One WebSocket connection from welcome to close: frames in, messages to the lobby and its room.
struct WebSocketSession: Sendable {
    let lobby: Lobby
    let registry: ConnectionRegistry
    let clock: WallClock
    let configuration: ServerConfiguration
    let logger: Logger

    /// Errors that one connection may cause before it is closed.
    private static let maximumFaults = 20

    private enum Place {
        case outside
        case inside(RoomHost, PeerID)
    }

    /// How reading came to its end.
    private enum End {
        /// The peer closed, or is gone.
        case theirs
        /// We closed: the peer still has to hear why.
        case ours
    }

    func serve(_ channel: WebSocketChannel.Frames) async {
        let (outgoing, queue) = AsyncStream.makeStream(
            of: Connection.Outgoing.self, bufferingPolicy: .bufferingOldest(configuration.limits.sendQueue))
        let raw = channel.channel
        let connection = Connection(queue: queue) { raw.close(promise: nil) }
        if !registry.insert(connection) { connection.close(.init(codeNumber: 1013)) }
        defer { registry.remove(connection) }
        let watcher = Task { await watch(connection) }
        defer { watcher.cancel() }
        do {
            try await channel.executeThenClose { inbound, outbound in
                await withTaskGroup { group in
                    group.addTask { await write(outgoing, to: outbound) }
                    let end = await read(inbound, connection)
                    connection.close(.normalClosure)
                    await group.waitForAll()
                    // Closing a socket that holds unread bytes would take our last words away from the peer.
                    if end == .ours { try? await raw.closeFuture.get() }
                }
            }
        } catch {
            logger.debug("a WebSocket connection ended with an error")
        }
    }

    // MARK: Out

    private func write(
        _ outgoing: AsyncStream<Connection.Outgoing>, to outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async {
        do {
            for await item in outgoing {
                switch item {
                case .text(let data): try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: data))
                case .pong(let data): try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
                case .close(let code): try await outbound.write(closeFrame(code))
                }
            }
        } catch {
            logger.trace("a WebSocket connection took no more")
        }
    }

    private func closeFrame(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }

    private func watch(_ connection: Connection) async {
        let timing = configuration.timing
        while true {
            do { try await Task.sleep(for: min(timing.pingInterval, timing.idleTimeout)) } catch { return }
            if connection.silence >= timing.idleTimeout { return connection.abandon() }
            connection.send(.ping)
        }
    }

    // MARK: In

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ connection: Connection) async -> End {
        connection.send(.welcome(.init(serverTime: clock.now())))
        let impatience = Task {
            try await Task.sleep(for: configuration.timing.helloDeadline)
            connection.send(.error(.init(.helloExpected)))
            connection.close(.policyViolation)
        }
        defer { impatience.cancel() }
        var place = Place.outside
        var budget = MessageBudget(configuration.limits)
        var end = End.theirs
        do {
            for try await frame in inbound {
                if frame.opcode == .connectionClose { break }
                // What comes after our own close is read and passed over.
                if end == .ours { continue }
                connection.touch()
                if await !take(frame, &place, &budget, connection) { end = .ours }
                if case .inside = place { impatience.cancel() }
            }
            end = .theirs
        } catch {
            connection.close(Self.closeCode(for: error))
            end = .ours
        }
        if case .inside(let room, let peer) = place { await room.lost(peer, on: connection) }
        return end
    }

    /// False when nothing more is to be read.
    private func take(
        _ frame: WebSocketFrame, _ place: inout Place, _ budget: inout MessageBudget, _ connection: Connection
    ) async -> Bool {
        switch frame.opcode {
        case .text: return await take(text: frame.unmaskedData, &place, &budget, connection)
        case .ping:
            connection.pong(frame.unmaskedData)
            return true
        case .pong: return true
        case .binary:
            connection.close(.unacceptableData)
            return false
        default:
            connection.close(.protocolError)
            return false
        }
    }

    private func take(
        text: ByteBuffer, _ place: inout Place, _ budget: inout MessageBudget, _ connection: Connection
    ) async -> Bool {
        guard budget.take(at: .now) else {
            connection.send(.error(.init(.tooFast)))
            connection.close(.policyViolation)
            return false
        }
        do {
            try await handle(try Self.message(text), &place, connection)
            return true
        } catch {
            connection.send(.error(.init(error)))
            budget.faults += 1
            // Without a place there is nothing to be lenient for: a wrong hello ends the connection.
            if case .inside = place, budget.faults < Self.maximumFaults { return true }
            connection.close(.policyViolation)
            return false
        }
    }

    private func handle(
        _ message: ClientMessage, _ place: inout Place, _ connection: Connection
    ) async throws(SignalingError) {
        switch (place, message) {
        case (.outside, .hello(let hello)):
            let (room, peer) = try await lobby.join(hello, on: connection)
            place = .inside(room, peer)
        case (.outside, _): throw .helloExpected
        case (.inside(let room, let peer), _): try await room.received(message, from: peer, on: connection)
        }
    }

    static func message(_ text: ByteBuffer) throws(SignalingError) -> ClientMessage {
        guard text.readableBytes <= SignalingLimits.message else { throw .messageTooLong(bytes: text.readableBytes) }
        do {
            return try JSONDecoder().decode(ClientMessage.self, from: Data(text.readableBytesView))
        } catch let error as SignalingError {
            throw error
        } catch {
            throw .malformed
        }
    }

    private static func closeCode(for error: any Error) -> WebSocketErrorCode {
        switch error {
        case NIOWebSocketError.invalidFrameLength, NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge:
            .messageTooLarge
        default: .protocolError
        }
    }
}
