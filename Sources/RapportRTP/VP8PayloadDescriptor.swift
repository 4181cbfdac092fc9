import RapportBase

/// The head of every VP8 payload. RFC 7741 section 4.2.
///
/// ```
///     0 1 2 3 4 5 6 7
///    +-+-+-+-+-+-+-+-+
///    |X|R|N|S|R| PID |
///    +-+-+-+-+-+-+-+-+
/// X: |I|L|T|K| RSV   |
///    +-+-+-+-+-+-+-+-+
/// I: |M| PictureID   |   one byte, or two with M set
///    +-+-+-+-+-+-+-+-+
/// L: |   TL0PICIDX   |
///    +-+-+-+-+-+-+-+-+
/// T/K: |TID|Y| KEYIDX  |
///    +-+-+-+-+-+-+-+-+
/// ```
public struct VP8PayloadDescriptor: Equatable, Sendable {
    /// No other frame depends on this one.
    public var nonReference: Bool
    /// The payload begins with the first byte of a partition.
    public var startOfPartition: Bool
    /// 0...7.
    public var partitionID: UInt8
    /// Number of the frame: 7 bits, or 15 with `hasLongPictureID`.
    public var pictureID: UInt16?
    /// The picture id takes two bytes. A number above 127 takes them in any case.
    public var hasLongPictureID: Bool
    /// Number of the frame among those of the lowest temporal layer.
    public var tl0PictureIndex: UInt8?
    /// Temporal layer, 0...3.
    public var temporalID: UInt8?
    /// The frame depends on the lowest temporal layer only; means something with `temporalID`.
    public var layerSync: Bool
    /// Number of the key frame that this one depends on, modulo 32.
    public var keyIndex: UInt8?
    // The extension byte was there, but announced nothing: it is kept so that headerLength is true of what was parsed.
    var hasEmptyExtension = false

    public init(
        nonReference: Bool = false, startOfPartition: Bool, partitionID: UInt8 = 0, pictureID: UInt16? = nil,
        hasLongPictureID: Bool = true, tl0PictureIndex: UInt8? = nil, temporalID: UInt8? = nil, layerSync: Bool = false,
        keyIndex: UInt8? = nil
    ) {
        self.nonReference = nonReference
        self.startOfPartition = startOfPartition
        self.partitionID = partitionID
        self.pictureID = pictureID
        self.hasLongPictureID = hasLongPictureID
        self.tl0PictureIndex = tl0PictureIndex
        self.temporalID = temporalID
        self.layerSync = layerSync
        self.keyIndex = keyIndex
    }

    /// True for the first packet of a frame. RFC 7741 section 4.4.
    public var startsFrame: Bool { startOfPartition && partitionID == 0 }

    /// Bytes of the descriptor: the frame's bytes follow.
    public var headerLength: Int {
        var length = hasExtension ? 2 : 1
        if pictureID != nil { length += writesLongPictureID ? 2 : 1 }
        if tl0PictureIndex != nil { length += 1 }
        if hasLayerByte { length += 1 }
        return length
    }

    private var hasLayerByte: Bool { temporalID != nil || keyIndex != nil }
    private var hasExtension: Bool {
        hasEmptyExtension || pictureID != nil || tl0PictureIndex != nil || hasLayerByte
    }
    private var writesLongPictureID: Bool { hasLongPictureID || (pictureID ?? 0) > 0x7F }
}

extension VP8PayloadDescriptor {
    /// Reads the descriptor at the start of a payload; the reserved bits are not looked at.
    /// - Throws: `RTPError.truncated`.
    public init(parsing payload: Span<UInt8>) throws(RTPError) {
        var offset = 0
        let first = try Self.next(payload, &offset)
        self.init(
            nonReference: first & 0x20 != 0, startOfPartition: first & 0x10 != 0, partitionID: first & 0x07)
        guard first & 0x80 != 0 else { return }
        let present = try Self.next(payload, &offset)
        hasEmptyExtension = present & 0xF0 == 0
        if present & 0x80 != 0 { try parsePictureID(payload, &offset) }
        if present & 0x40 != 0 { tl0PictureIndex = try Self.next(payload, &offset) }
        guard present & 0x30 != 0 else { return }
        let layer = try Self.next(payload, &offset)
        if present & 0x20 != 0 {
            temporalID = layer >> 6
            layerSync = layer & 0x20 != 0
        }
        if present & 0x10 != 0 { keyIndex = layer & 0x1F }
    }

    private mutating func parsePictureID(_ payload: Span<UInt8>, _ offset: inout Int) throws(RTPError) {
        let high = try Self.next(payload, &offset)
        hasLongPictureID = high & 0x80 != 0
        pictureID = UInt16(high & 0x7F)
        if hasLongPictureID { pictureID = UInt16(high & 0x7F) << 8 | UInt16(try Self.next(payload, &offset)) }
    }

    private static func next(_ payload: Span<UInt8>, _ offset: inout Int) throws(RTPError) -> UInt8 {
        guard offset < payload.count else { throw .truncated(needed: offset + 1, actual: payload.count) }
        offset += 1
        return payload[offset - 1]
    }

    /// Appends the descriptor, `headerLength` bytes.
    public func append(to bytes: inout [UInt8]) {
        bytes.append(
            (hasExtension ? 0x80 : 0) | (nonReference ? 0x20 : 0) | (startOfPartition ? 0x10 : 0) | partitionID & 0x07)
        guard hasExtension else { return }
        bytes.append(
            (pictureID == nil ? 0 : 0x80) | (tl0PictureIndex == nil ? 0 : 0x40) | (temporalID == nil ? 0 : 0x20)
                | (keyIndex == nil ? 0 : 0x10))
        if let pictureID {
            if writesLongPictureID {
                bytes.append(uint16: 0x8000 | pictureID)
            } else {
                bytes.append(UInt8(truncatingIfNeeded: pictureID))
            }
        }
        if let tl0PictureIndex { bytes.append(tl0PictureIndex) }
        guard hasLayerByte else { return }
        let sync: UInt8 = temporalID != nil && layerSync ? 0x20 : 0
        bytes.append((temporalID ?? 0) << 6 | sync | (keyIndex ?? 0) & 0x1F)
    }
}
