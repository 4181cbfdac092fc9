import NIOCore
import NIOWebSocket

/// Lets only masked frames through: RFC 6455 section 5.1 has a server close the connection at the first other one.
/// Stands before the aggregator, which joins masked fragments into a frame that says nothing of masks any more.
final class MaskRule: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    struct UnmaskedFrame: Error {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard unwrapInboundIn(data).maskKey != nil else {
            context.fireErrorCaught(UnmaskedFrame())
            return
        }
        context.fireChannelRead(data)
    }
}
