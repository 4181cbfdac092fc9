import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import RapportBase
import RapportSignaling

/// A connection that speaks HTTP until it is upgraded to the WebSocket protocol `rapport.v1`.
struct WebSocketChannel: HTTPChannelHandler {
    typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    enum Upgrade: Sendable {
        case http(HTTP)
        case webSocket(Frames)
    }

    struct Value: ServerChildChannelValue {
        let upgrade: EventLoopFuture<Upgrade>
        let channel: any Channel
    }

    static let path = "/ws"
    static let subprotocol = "rapport.v1"

    let responder: Responder
    let gate: UpgradeGate
    let configuration: ServerConfiguration
    let serve: @Sendable (Frames) async -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrade = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: pipelineConfiguration(logger))
            closeUnlessStarted(channel, upgrade)
            return Value(upgrade: upgrade, channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.upgrade.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .webSocket(let channel): await serve(channel)
            }
        } catch {
            logger.debug("a connection ended before its first request")
            value.channel.close(promise: nil)
        }
    }

    private func pipelineConfiguration(_ logger: Logger) -> NIOUpgradableHTTPServerPipelineConfiguration<Upgrade> {
        let idle = configuration.timing.idleTimeout
        var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration<Upgrade>(upgraders: [upgrader]) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(HTTP1ToHTTPServerCodec(secure: configuration.tls != nil))
                    try operations.addHandler(HTTPConnectionStateHandler(idleTimeout: idle, logger: logger))
                    return .http(
                        try HTTP(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true)))
                }
            })
        // Hummingbird takes one request after the other itself.
        pipeline.enablePipelining = false
        return pipeline
    }

    private var upgrader: NIOTypedWebSocketServerUpgrader<Upgrade> {
        NIOTypedWebSocketServerUpgrader<Upgrade>(
            maxFrameSize: SignalingLimits.message,
            // The session closes by itself, so that its last words arrive.
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                let headers: HTTPHeaders? =
                    gate.admits(head, from: channel.remoteAddress)
                    ? ["Sec-WebSocket-Protocol": Self.subprotocol] : nil
                return channel.eventLoop.makeSucceededFuture(headers)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MaskRule())
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                            maxAccumulatedFrameSize: SignalingLimits.message))
                    return .webSocket(try Frames(wrappingChannelSynchronously: channel))
                }
            })
    }

    /// Who connects and says nothing must not hold a connection.
    private func closeUnlessStarted(_ channel: any Channel, _ upgrade: EventLoopFuture<Upgrade>) {
        let deadline = TimeAmount.nanoseconds(configuration.timing.helloDeadline.wholeNanoseconds)
        let closing = channel.eventLoop.scheduleTask(in: deadline) { channel.close(promise: nil) }
        upgrade.whenComplete { _ in closing.cancel() }
    }
}
