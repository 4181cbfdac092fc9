public import RapportBase

/// The head of a repair packet's payload: which packets of one source it protects, and the parity of what stands in
/// their RTP headers. draft-ietf-payload-flexible-fec-scheme-03 section 4.2, with R = 0 and F = 0 (flexible mask).
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |R|F|P|X|  CC   |M| PT recovery |         length recovery       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          TS recovery                          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   SSRCCount   |                    reserved                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                             SSRC_i                            |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           SN base_i           |k|          Mask [0-14]        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |k|                   Mask [15-45] (optional)                   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |k|                                                             |
/// +-+                   Mask [46-108] (optional)                  |
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
///
/// RFC 8627 moved the source into the CSRC list and renamed the format; no browser speaks it yet (docs/design/fec.md).
public struct FlexFECHeader: Sendable, Equatable {
    /// Packets behind the base that a mask can name, the base included.
    public static let maximumSpan = 109
    /// Bytes of the shortest head.
    public static let minimumLength = 20

    /// The source whose packets are protected.
    public var source: SSRC
    /// The packet that bit 0 of the mask names.
    public var base: SequenceNumber
    /// Bit i: packet `base + i` is protected.
    public var mask: UInt128
    /// Parity of the protected packets' first two bytes without the version, lengths behind the fixed header, and
    /// timestamps, in the order of the wire.
    public var recovery: UInt64

    public init(source: SSRC, base: SequenceNumber, mask: UInt128, recovery: UInt64) {
        self.source = source
        self.base = base
        self.mask = mask
        self.recovery = recovery
    }

    /// Bytes that `append` writes: as short as the mask allows. Another sender may have written more of it.
    public var length: Int { Self.length(span: UInt128.bitWidth - mask.leadingZeroBitCount) }

    /// Bytes of a head whose mask names packets among the first `span`.
    public static func length(span: Int) -> Int {
        if span <= 15 { return minimumLength }
        return span <= 46 ? minimumLength + 4 : minimumLength + 12
    }

    /// Bytes of the head of a repair packet's payload as it stands there; no more than it has.
    static func length(of payload: Span<UInt8>) -> Int {
        let whole =
            switch (isLast(18, payload), isLast(20, payload)) {
            case (true, _): minimumLength
            case (false, true): minimumLength + 4
            case (false, false): minimumLength + 12
            }
        return min(whole, payload.count)
    }

    // The bit k of the part of the mask that begins there.
    private static func isLast(_ offset: Int, _ payload: Span<UInt8>) -> Bool {
        offset < payload.count && payload[offset] & 0x80 != 0
    }

    /// Reads the head of a repair packet's payload.
    /// - Throws: `truncated`, `unsupportedRepair`, `repairedSources`, `invalidRepairMask`.
    public init(parsing payload: Span<UInt8>) throws(RTPError) {
        try Self.require(Self.minimumLength, of: payload)
        // R: a retransmission; F: fixed rows and columns. Neither is used where RTX is.
        guard payload[0] & 0xC0 == 0 else { throw .unsupportedRepair(payload[0]) }
        guard payload[8] == 1 else { throw .repairedSources(payload[8]) }
        recovery = payload.uint64(at: 0)
        source = SSRC(payload.uint32(at: 12))
        base = SequenceNumber(payload.uint16(at: 16))
        mask = try Self.mask(of: payload)
        guard mask != 0 else { throw .invalidRepairMask }
    }

    // On the wire the first packet has the highest bit; each part begins with k, which is set in the last one.
    private static func mask(of payload: Span<UInt8>) throws(RTPError) -> UInt128 {
        let first = payload.uint16(at: 18)
        var bits = UInt128(first & 0x7FFF) << 113
        if first & 0x8000 != 0 { return bits.bitReversed }
        try require(minimumLength + 4, of: payload)
        let second = payload.uint32(at: 20)
        bits |= UInt128(second & 0x7FFF_FFFF) << 82
        if second & 0x8000_0000 != 0 { return bits.bitReversed }
        try require(minimumLength + 12, of: payload)
        let third = payload.uint64(at: 24)
        guard third >> 63 == 1 else { throw .invalidRepairMask }
        bits |= UInt128(third & 0x7FFF_FFFF_FFFF_FFFF) << 19
        return bits.bitReversed
    }

    private static func require(_ length: Int, of payload: Span<UInt8>) throws(RTPError) {
        guard payload.count >= length else { throw .truncated(needed: length, actual: payload.count) }
    }

    /// Appends the head.
    /// - Precondition: the mask names a packet, and none behind the 109th.
    public func append(to bytes: inout [UInt8]) {
        let span = UInt128.bitWidth - mask.leadingZeroBitCount
        precondition((1...Self.maximumSpan).contains(span), "the mask cannot say this")
        bytes.append(uint64: recovery & 0x3FFF_FFFF_FFFF_FFFF)
        bytes.append(uint32: 1 << 24)
        bytes.append(uint32: source.rawValue)
        bytes.append(uint16: base.rawValue)
        let bits = mask.bitReversed
        let first = UInt16(truncatingIfNeeded: bits >> 113)
        bytes.append(uint16: first | (span <= 15 ? 0x8000 : 0))
        if span <= 15 { return }
        let second = UInt32(truncatingIfNeeded: bits >> 82) & 0x7FFF_FFFF
        bytes.append(uint32: second | (span <= 46 ? 0x8000_0000 : 0))
        if span <= 46 { return }
        bytes.append(uint64: UInt64(truncatingIfNeeded: bits >> 19) | 1 << 63)
    }
}

extension UInt128 {
    /// The bits from last to first.
    fileprivate var bitReversed: UInt128 {
        var (rest, reversed) = (self, UInt128(0))
        for _ in 0..<UInt128.bitWidth {
            reversed = reversed << 1 | rest & 1
            rest >>= 1
        }
        return reversed
    }
}
