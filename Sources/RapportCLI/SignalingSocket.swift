import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import RapportSignaling

/// A WebSocket to the session server that speaks `rapport.v1`.
final class SignalingSocket: Sendable {
    private enum Upgrade: Sendable {
        case open(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused
    }

    /// What the server says, until the connection ends.
    let messages: AsyncStream<ServerMessage>
    private let outgoing: AsyncStream<ClientMessage>.Continuation
    private let pump: Task<Void, Never>

    private init(
        messages: AsyncStream<ServerMessage>, outgoing: AsyncStream<ClientMessage>.Continuation, pump: Task<Void, Never>
    ) {
        self.messages = messages
        self.outgoing = outgoing
        self.pump = pump
    }

    /// Queues a message behind those before it.
    func send(_ message: ClientMessage) { outgoing.yield(message) }

    /// Sends what is queued and closes.
    func close() async {
        outgoing.finish()
        await pump.value
    }

    static func connect(to link: InvitationLink) async throws(JoinError) -> SignalingSocket {
        do {
            let (channel, upgrade) = try await dial(link)
            guard case .open(let frames) = try await upgrade.get() else {
                try? await channel.close()
                throw JoinError.serverUnreachable
            }
            return run(frames)
        } catch {
            throw .serverUnreachable
        }
    }

    private static func dial(_ link: InvitationLink) async throws -> (any Channel, EventLoopFuture<Upgrade>) {
        let tls = link.usesTLS ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: link.host, port: link.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            try NIOSSLClientHandler(context: tls, serverHostname: link.host))
                    }
                    return (channel, try upgrade(channel, link))
                }
            }
    }

    private static func upgrade(_ channel: any Channel, _ link: InvitationLink) throws -> EventLoopFuture<Upgrade> {
        let headers: HTTPHeaders = [
            "Host": "\(link.host):\(link.port)", "Origin": "\(link.scheme)://\(link.host):\(link.port)",
            "Sec-WebSocket-Protocol": "rapport.v1",
        ]
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: SignalingLimits.message) { channel, _ in
            channel.eventLoop.makeCompletedFuture { .open(try NIOAsyncChannel(wrappingChannelSynchronously: channel)) }
        }
        let upgrading = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/ws", headers: headers),
            upgraders: [upgrader]
        ) { channel in channel.eventLoop.makeSucceededFuture(.refused) }
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrading)
        // The server greets right behind its 101: by default NIO drops what the HTTP decoder still holds.
        configuration.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
    }

    private static func run(_ frames: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) -> SignalingSocket {
        let (messages, received) = AsyncStream.makeStream(of: ServerMessage.self)
        let (queue, outgoing) = AsyncStream.makeStream(
            of: ClientMessage.self, bufferingPolicy: .bufferingOldest(1024))
        let pump = Task {
            try? await frames.executeThenClose { inbound, outbound in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await write(queue, to: outbound) }
                    group.addTask {
                        try await read(inbound, answeringTo: outbound, into: received)
                        outgoing.finish()
                    }
                    // Either side ending ends the connection.
                    try await group.next()
                    group.cancelAll()
                }
            }
            received.finish()
            outgoing.finish()
        }
        return SignalingSocket(messages: messages, outgoing: outgoing, pump: pump)
    }

    private static func write(
        _ queue: AsyncStream<ClientMessage>, to outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        let encoder = JSONEncoder()
        for await message in queue {
            let bytes = try encoder.encode(message)
            try await outbound.write(frame(.text, ByteBuffer(bytes: bytes)))
        }
        // RFC 6455 section 7.4.1: 1000 is a normal end.
        try await outbound.write(frame(.connectionClose, ByteBuffer(integer: UInt16(1000))))
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        answeringTo outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
        into received: AsyncStream<ServerMessage>.Continuation
    ) async throws {
        for try await incoming in inbound {
            switch incoming.opcode {
            case .text:
                let message = try? JSONDecoder().decode(
                    ServerMessage.self, from: Data(incoming.unmaskedData.readableBytesView))
                if let message { received.yield(message) }
            case .ping: try await outbound.write(frame(.pong, incoming.unmaskedData))
            case .connectionClose: return
            default: break
            }
        }
    }

    // RFC 6455 section 5.3: what a client sends is masked, with a new key each time.
    private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }
}
