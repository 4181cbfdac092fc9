import Foundation
import NIOCore
import NIOPosix
import NIOWebSocket
import RapportSignaling

/// A WebSocket client on bare TCP that can also misbehave. Frames are RFC 6455 section 5.2.
final class TestSocket: Sendable {
    enum Failure: Error, Equatable {
        case refused
        case closed(WebSocketErrorCode?)
        case unexpectedMessage
    }

    struct Frame: Sendable {
        var opcode: WebSocketOpcode
        var bytes: [UInt8]
    }

    private typealias Bytes = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let inbound: AsyncStream<Frame>
    private let pump: Task<Void, Never>

    private init(
        channel: any Channel, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, inbound: AsyncStream<Frame>,
        pump: Task<Void, Never>
    ) {
        self.channel = channel
        self.outbound = outbound
        self.inbound = inbound
        self.pump = pump
    }

    /// Throws `refused` when the server answers with anything but 101.
    static func connect(
        port: Int, origin: String? = nil, subprotocol: String? = "rapport.v1", path: String = "/ws"
    ) async throws -> TestSocket {
        // The key and the answer to it are the ones of RFC 6455 section 1.3.
        var head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        if let origin { head += "Origin: \(origin)\r\n" }
        if let subprotocol { head += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
        let bytes = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Bytes(wrappingChannelSynchronously: channel) }
            }
        return try await open(bytes, head + "\r\n")
    }

    /// Keeps the channel's scope open in a task, since a test wants to read and write where it likes.
    private static func open(_ bytes: Bytes, _ head: String) async throws -> TestSocket {
        let (inbound, received) = AsyncStream.makeStream(of: Frame.self)
        let (writers, announce) = AsyncStream.makeStream(of: NIOAsyncChannelOutboundWriter<ByteBuffer>.self)
        let pump = Task {
            try? await bytes.executeThenClose { input, output in
                try await output.write(ByteBuffer(string: head))
                var buffer = ByteBuffer()
                var isOpen = false
                for try await part in input {
                    buffer.writeImmutableBuffer(part)
                    if !isOpen, let answer = takeHead(&buffer) {
                        guard isAcceptance(answer) else { break }
                        isOpen = true
                        announce.yield(output)
                    }
                    while isOpen, let frame = takeFrame(&buffer) {
                        received.yield(frame)
                        // RFC 6455 section 5.5.1: a close frame is answered by one.
                        if frame.opcode == .connectionClose {
                            try await output.write(encode(.connectionClose, frame.bytes, fin: true, masked: true))
                        }
                    }
                }
            }
            received.finish()
            announce.finish()
        }
        var iterator = writers.makeAsyncIterator()
        guard let outbound = await iterator.next() else { throw Failure.refused }
        return TestSocket(channel: bytes.channel, outbound: outbound, inbound: inbound, pump: pump)
    }

    // MARK: Wire

    private static func takeHead(_ buffer: inout ByteBuffer) -> String? {
        let end = Array("\r\n\r\n".utf8)
        let view = buffer.readableBytesView
        guard let start = view.indices.first(where: { view[$0...].starts(with: end) }) else { return nil }
        return buffer.readString(length: start - view.startIndex + end.count)
    }

    private static func isAcceptance(_ head: String) -> Bool {
        head.hasPrefix("HTTP/1.1 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            && head.lowercased().contains("sec-websocket-protocol: rapport.v1")
    }

    private static func takeFrame(_ buffer: inout ByteBuffer) -> Frame? {
        let start = buffer.readerIndex
        guard let first = buffer.readInteger(as: UInt8.self), let second = buffer.readInteger(as: UInt8.self),
            let length = takeLength(second, &buffer), let bytes = buffer.readBytes(length: length)
        else {
            buffer.moveReaderIndex(to: start)
            return nil
        }
        return WebSocketOpcode(encodedWebSocketOpcode: first & 0x0F).map { Frame(opcode: $0, bytes: bytes) }
    }

    private static func takeLength(_ second: UInt8, _ buffer: inout ByteBuffer) -> Int? {
        switch second {
        case 126: buffer.readInteger(as: UInt16.self).map(Int.init)
        case 127: buffer.readInteger(as: UInt64.self).map(Int.init(clamping:))
        // The server's frames are not masked: the highest bit is never set.
        default: Int(second)
        }
    }

    private static func encode(_ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool, masked: Bool) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt8(webSocketOpcode: opcode) | (fin ? 0x80 : 0))
        let mask: UInt8 = masked ? 0x80 : 0
        if bytes.count < 126 {
            buffer.writeInteger(mask | UInt8(bytes.count))
        } else if bytes.count <= 0xFFFF {
            buffer.writeInteger(mask | 126)
            buffer.writeInteger(UInt16(bytes.count))
        } else {
            buffer.writeInteger(mask | 127)
            buffer.writeInteger(UInt64(bytes.count))
        }
        let key: [UInt8] = masked ? [1, 2, 3, 4] : [0, 0, 0, 0]
        if masked { buffer.writeBytes(key) }
        buffer.writeBytes(bytes.enumerated().map { $1 ^ key[$0 % 4] })
        return buffer
    }

    // MARK: Sending

    func send(_ message: ClientMessage) async throws { try await send(bytes: try JSONEncoder().encode(message)) }

    func send(text: String) async throws { try await send(bytes: Data(text.utf8)) }

    func send(bytes: some Sequence<UInt8>) async throws {
        try await frame(.text, Array(bytes))
    }

    func frame(_ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool = true, masked: Bool = true) async throws {
        try await outbound.write(Self.encode(opcode, bytes, fin: fin, masked: masked))
    }

    /// Breaks the connection without a word.
    func drop() async {
        try? await channel.close()
        await pump.value
    }

    // MARK: Receiving

    /// The next message other than pings; throws `closed` at a close frame or the connection's end.
    func next() async throws -> ServerMessage {
        while true {
            let frame = try await nextFrame()
            guard frame.opcode == .text else { continue }
            let message = try JSONDecoder().decode(ServerMessage.self, from: Data(frame.bytes))
            if message != .ping { return message }
        }
    }

    func nextFrame() async throws -> Frame {
        for await frame in inbound {
            guard frame.opcode == .connectionClose else { return frame }
            var data = ByteBuffer(bytes: frame.bytes)
            throw Failure.closed(data.readWebSocketErrorCode())
        }
        throw Failure.closed(nil)
    }

    /// Reads on until the server closes; returns its code.
    func closeCode() async throws -> WebSocketErrorCode? {
        do {
            while true { _ = try await nextFrame() }
        } catch Failure.closed(let code) {
            return code
        }
    }
}
