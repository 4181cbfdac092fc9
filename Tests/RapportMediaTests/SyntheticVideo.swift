import RapportBase
import RapportRTP

@testable import RapportMedia

/// One packet of a made-up VP8 stream.
struct VideoPacket {
    var sequence: SequenceNumber
    var timestamp: RTPTimestamp
    var marker: Bool
    var descriptor: VP8PayloadDescriptor
    var payload: [UInt8]
    var frame: Int
    var isPadding = false
}

/// Makes frames whose bytes tell which frame they are, cut into packets.
struct SyntheticVideo {
    var sequence: SequenceNumber
    var timestamp: RTPTimestamp
    var pictureID: UInt16
    var hasPictureID = true
    var frame = 0

    init(sequence: UInt16 = 100, timestamp: UInt32 = 5000, pictureID: UInt16 = 10) {
        self.sequence = SequenceNumber(sequence)
        self.timestamp = RTPTimestamp(timestamp)
        self.pictureID = pictureID
    }

    static func bytes(frame: Int, isKeyFrame: Bool, count: Int) -> [UInt8] {
        // RFC 6386 section 9.1: size and flags, and in a key frame the start code, width 320 and height 240.
        var bytes: [UInt8] = [isKeyFrame ? 0x10 : 0x11, 0, 0]
        if isKeyFrame { bytes += [0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00] }
        bytes.append(uint32: UInt32(frame))
        while bytes.count < count { bytes.append(UInt8(truncatingIfNeeded: frame &* 31 &+ bytes.count)) }
        return bytes
    }

    /// Number of the frame in its bytes.
    static func frame(of bytes: [UInt8]) -> Int {
        let offset = bytes[0] & 1 == 0 ? 10 : 3
        return Int(bytes.span.uint32(at: offset))
    }

    mutating func makeFrame(
        isKeyFrame: Bool = false, packets: Int = 3, nonReference: Bool = false,
        temporal: (tl0: UInt8, id: UInt8, sync: Bool)? = nil
    ) -> [VideoPacket] {
        let bytes = Self.bytes(frame: frame, isKeyFrame: isKeyFrame, count: max(packets * 40, 20))
        let size = (bytes.count + packets - 1) / packets
        var result: [VideoPacket] = []
        for index in 0..<packets {
            let descriptor = VP8PayloadDescriptor(
                nonReference: nonReference, startOfPartition: index == 0, pictureID: hasPictureID ? pictureID : nil,
                tl0PictureIndex: temporal?.tl0, temporalID: temporal?.id, layerSync: temporal?.sync ?? false)
            let range = index * size..<min((index + 1) * size, bytes.count)
            result.append(
                VideoPacket(
                    sequence: sequence, timestamp: timestamp, marker: index == packets - 1, descriptor: descriptor,
                    payload: Array(bytes[range]), frame: frame))
            sequence += 1
        }
        pictureID = (pictureID + 1) & 0x7FFF
        timestamp = timestamp + 3000
        frame += 1
        return result
    }

    mutating func makePadding() -> VideoPacket {
        defer { sequence += 1 }
        return VideoPacket(
            sequence: sequence, timestamp: timestamp, marker: false,
            descriptor: VP8PayloadDescriptor(startOfPartition: false), payload: [], frame: -1, isPadding: true)
    }
}

extension VideoFrameBuffer {
    mutating func insert(
        _ packet: VideoPacket, at now: Timestamp, isRetransmission: Bool = false
    ) -> [AssembledFrame] {
        var frames: [AssembledFrame] = []
        if packet.isPadding {
            insertPadding(packet.sequence, arrival: now, into: &frames)
        } else {
            insert(
                sequence: packet.sequence, timestamp: packet.timestamp, marker: packet.marker,
                descriptor: packet.descriptor, payload: packet.payload.span, arrival: now,
                isRetransmission: isRetransmission, into: &frames)
        }
        return frames
    }

    mutating func insert(_ packets: [VideoPacket], at now: Timestamp) -> [AssembledFrame] {
        var frames: [AssembledFrame] = []
        for packet in packets { frames += insert(packet, at: now) }
        return frames
    }

    mutating func timeout(at now: Timestamp) -> [AssembledFrame] {
        var frames: [AssembledFrame] = []
        handleTimeout(at: now, into: &frames)
        return frames
    }

    /// Every packet taken is in exactly one place.
    var isBalanced: Bool {
        counters.packetsReceived
            == counters.packetsInFrames + counters.paddingPackets + counters.drops.total + UInt64(heldPackets)
    }
}

extension [AssembledFrame] {
    var numbers: [Int] { map { SyntheticVideo.frame(of: $0.video.bytes) } }
}
