import RapportBase
import RapportRTP
import Testing

@Suite struct VP8Tests {
    static let everything: [UInt8] = [0xB3, 0xF0, 0x92, 0x34, 0x56, 0xB1]

    @Test("a descriptor with every field is as RFC 7741 section 4.2 draws it")
    func fullDescriptor() throws {
        let descriptor = VP8PayloadDescriptor(
            nonReference: true, startOfPartition: true, partitionID: 3, pictureID: 0x1234, tl0PictureIndex: 0x56,
            temporalID: 2, layerSync: true, keyIndex: 17)
        var bytes: [UInt8] = []
        descriptor.append(to: &bytes)
        #expect(bytes == Self.everything)
        #expect(descriptor.headerLength == 6)
        #expect(try VP8PayloadDescriptor(parsing: bytes) == descriptor)
    }

    @Test("one byte is a whole descriptor")
    func smallestDescriptor() throws {
        let descriptor = try VP8PayloadDescriptor(parsing: [0x10, 0xFF])
        #expect(descriptor == VP8PayloadDescriptor(startOfPartition: true))
        #expect(descriptor.headerLength == 1)
        #expect(descriptor.startsFrame)
        #expect(try !VP8PayloadDescriptor(parsing: [0x11]).startsFrame)
        #expect(try !VP8PayloadDescriptor(parsing: [0x00]).startsFrame)
    }

    @Test("a picture id has 7 or 15 bits")
    func pictureIDs() throws {
        let short = try VP8PayloadDescriptor(parsing: [0x90, 0x80, 0x7F, 0xAA])
        #expect(short.pictureID == 127)
        #expect(!short.hasLongPictureID)
        #expect(short.headerLength == 3)
        let long = try VP8PayloadDescriptor(parsing: [0x90, 0x80, 0x80, 0x7F, 0xAA])
        #expect(long.pictureID == 127)
        #expect(long.hasLongPictureID)
        #expect(long.headerLength == 4)
        #expect(try VP8PayloadDescriptor(parsing: [0x90, 0x80, 0xFF, 0xFF]).pictureID == 0x7FFF)
        var grown: [UInt8] = []
        VP8PayloadDescriptor(startOfPartition: true, pictureID: 128, hasLongPictureID: false).append(to: &grown)
        #expect(grown == [0x90, 0x80, 0x80, 0x80])
    }

    @Test("the layer byte is there for a layer, for a key index, or for both")
    func layerByte() throws {
        let layer = try VP8PayloadDescriptor(parsing: [0x80, 0x20, 0xFF])
        #expect(layer == VP8PayloadDescriptor(startOfPartition: false, temporalID: 3, layerSync: true))
        let key = try VP8PayloadDescriptor(parsing: [0x80, 0x10, 0xFF])
        #expect(key == VP8PayloadDescriptor(startOfPartition: false, keyIndex: 31))
        #expect(layer.headerLength == 3)
        #expect(key.headerLength == 3)
    }

    @Test("an extension byte that announces nothing is still counted")
    func emptyExtension() throws {
        let descriptor = try VP8PayloadDescriptor(parsing: [0x90, 0x0F])
        #expect(descriptor.headerLength == 2)
        var bytes: [UInt8] = []
        descriptor.append(to: &bytes)
        #expect(bytes == [0x90, 0x00])
    }

    @Test("every cut of a descriptor is refused", arguments: 0..<6)
    func truncatedDescriptor(length: Int) {
        let bytes = Array(Self.everything.prefix(length))
        #expect(throws: RTPError.truncated(needed: length + 1, actual: length)) {
            try VP8PayloadDescriptor(parsing: bytes)
        }
    }

    @Test("random descriptors come back", arguments: 1...200 as ClosedRange<UInt64>)
    func descriptorRoundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var descriptor = VP8PayloadDescriptor(
            nonReference: Bool.random(using: &random), startOfPartition: Bool.random(using: &random),
            partitionID: UInt8.random(in: 0...7, using: &random))
        if Bool.random(using: &random) {
            descriptor.pictureID = UInt16.random(in: 0...0x7FFF, using: &random)
            descriptor.hasLongPictureID = (descriptor.pictureID ?? 0) > 127 || Bool.random(using: &random)
        }
        if Bool.random(using: &random) { descriptor.tl0PictureIndex = UInt8.random(in: 0...255, using: &random) }
        if Bool.random(using: &random) {
            descriptor.temporalID = UInt8.random(in: 0...3, using: &random)
            descriptor.layerSync = Bool.random(using: &random)
        }
        if Bool.random(using: &random) { descriptor.keyIndex = UInt8.random(in: 0...31, using: &random) }
        var bytes: [UInt8] = []
        descriptor.append(to: &bytes)
        #expect(bytes.count == descriptor.headerLength)
        #expect(try VP8PayloadDescriptor(parsing: bytes) == descriptor)
    }

    // RFC 6386 section 9.1; 640 x 480 with scale 1 and 2, first partition of 0x12345 bytes.
    static let keyFrame: [UInt8] = [0xB0, 0x68, 0x24, 0x9D, 0x01, 0x2A, 0x80, 0x42, 0xE0, 0x81]

    @Test("a key frame says its size, without the scale")
    func keyFrameHeader() throws {
        let header = try VP8FrameHeader(parsing: Self.keyFrame)
        #expect(header.isKeyFrame)
        #expect(header.showFrame)
        #expect(header.version == 0)
        #expect(header.firstPartitionLength == 0x12345)
        #expect(header.width == 640)
        #expect(header.height == 480)
    }

    @Test("an interframe ends after three bytes and says no size")
    func interframeHeader() throws {
        let header = try VP8FrameHeader(parsing: [0x07, 0, 0])
        #expect(!header.isKeyFrame)
        #expect(!header.showFrame)
        #expect(header.version == 3)
        #expect(header.width == nil && header.height == nil)
    }

    @Test("every cut of a key frame's header is refused", arguments: 0..<10)
    func truncatedFrame(length: Int) {
        let bytes = Array(Self.keyFrame.prefix(length))
        #expect(throws: RTPError.truncated(needed: length < 3 ? 3 : 10, actual: length)) {
            try VP8FrameHeader(parsing: bytes)
        }
    }

    @Test("a key frame without the start code is refused")
    func startCode() {
        var bytes = Self.keyFrame
        bytes[4] = 2
        #expect(throws: RTPError.invalidStartCode) { try VP8FrameHeader(parsing: bytes) }
    }
}
