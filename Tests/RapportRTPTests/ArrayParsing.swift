import RapportBase
import RapportRTP

// The parsers over arrays: a Span cannot go through the expectation macros.

extension RTPHeader {
    init(parsing bytes: [UInt8]) throws(RTPError) { try self.init(parsing: bytes.span) }

    func contributingSource(_ index: Int, in bytes: [UInt8]) -> SSRC { contributingSource(index, in: bytes.span) }
}

extension HeaderExtensionValues {
    init(parsing bytes: [UInt8], header: RTPHeader, map: HeaderExtensionMap) {
        self.init(parsing: bytes.span, header: header, map: map)
    }
}

extension RTCP {
    static func parse(_ bytes: [UInt8]) throws(RTCPError) -> [RTCPPacket] { try parse(bytes.span) }
}

extension DatagramKind {
    init(_ bytes: [UInt8]) { self.init(bytes.span) }
}

extension OpusPayload {
    static func duration(of bytes: [UInt8]) -> Int? { duration(of: bytes.span) }
    static func isStereo(_ bytes: [UInt8]) -> Bool { isStereo(bytes.span) }
    static func isDTX(_ bytes: [UInt8]) -> Bool { isDTX(bytes.span) }
    static func hasInbandFEC(_ bytes: [UInt8]) -> Bool { hasInbandFEC(bytes.span) }
}

extension VP8PayloadDescriptor {
    init(parsing bytes: [UInt8]) throws(RTPError) { try self.init(parsing: bytes.span) }
}

extension VP8FrameHeader {
    init(parsing bytes: [UInt8]) throws(RTPError) { try self.init(parsing: bytes.span) }
}

extension RTX {
    static func appendPayload(original: SequenceNumber, payload: [UInt8], to bytes: inout [UInt8]) {
        appendPayload(original: original, payload: payload.span, to: &bytes)
    }

    static func originalSequence(of bytes: [UInt8]) throws(RTPError) -> SequenceNumber {
        try originalSequence(of: bytes.span)
    }

    static func original(
        _ header: RTPHeader, in bytes: [UInt8], payloadType: PayloadType, ssrc: SSRC
    ) throws(RTPError) -> RTPHeader {
        try original(header, in: bytes.span, payloadType: payloadType, ssrc: ssrc)
    }
}

extension FlexFECHeader {
    init(parsing bytes: [UInt8]) throws(RTPError) { try self.init(parsing: bytes.span) }
}

extension Parity {
    init(_ header: FlexFECHeader, _ bytes: [UInt8]) { self.init(header, bytes.span) }
}

extension [UInt8] {
    func uint16(at offset: Int) -> UInt16 { span.uint16(at: offset) }
}
