import RapportBase

/// Makes pictures that tell their number: valid VP8 headers and seeded sizes around what the target rate allows.
struct VideoSource {
    private(set) var frames: [[UInt8]] = []
    /// Temporal layer of each of `frames`.
    private(set) var layersOfFrames: [Int] = []
    /// What the session asked for, and whether this source does it.
    var layers = 1
    var canLayer = false
    var target = Bitrate.kilobits(1000)
    var wantsKeyFrame = true
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next(at now: Timestamp) -> EncodedVideo {
        let isKeyFrame = wantsKeyFrame
        wantsKeyFrame = false
        let mean = max(Int(target.kilobits * 1000 * 0.6) / 240, 60)
        let size = Int.random(in: mean / 2...mean * 3 / 2, using: &random) * (isKeyFrame ? 5 : 1)
        return make(isKeyFrame: isKeyFrame, size: size, at: now)
    }

    mutating func make(isKeyFrame: Bool, size: Int, at now: Timestamp) -> EncodedVideo {
        let bytes = Self.bytes(number: frames.count, isKeyFrame: isKeyFrame, size: size, using: &random)
        let isUpper = canLayer && layers == 2 && !isKeyFrame && layersOfFrames.last == 0
        frames.append(bytes)
        layersOfFrames.append(isUpper ? 1 : 0)
        return EncodedVideo(
            bytes: bytes, isKeyFrame: isKeyFrame, rtpTimestamp: RTPTimestamp(UInt32(now.nanoseconds / 1000 * 9 / 100)),
            width: isKeyFrame ? 320 : 0, height: isKeyFrame ? 240 : 0, time: now, temporalLayer: isUpper ? 1 : 0)
    }

    private static func bytes(
        number: Int, isKeyFrame: Bool, size: Int, using random: inout SeededGenerator
    ) -> [UInt8] {
        // RFC 6386 section 9.1: flags and size; in a key frame the start code, width 320 and height 240.
        var bytes: [UInt8] = [isKeyFrame ? 0x10 : 0x11, 0, 0]
        if isKeyFrame { bytes += [0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00] }
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        while bytes.count < size { bytes.append(UInt8.random(in: 0...255, using: &random)) }
        return bytes
    }

    /// The number that a picture tells.
    static func number(of bytes: [UInt8]) -> Int {
        let offset = bytes[0] & 1 == 0 ? 10 : 3
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// Makes packets of 20 ms that tell their number and look like CELT, which has no copy of the packet before.
struct AudioSource {
    private(set) var packets: [[UInt8]] = []
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next(at now: Timestamp) -> EncodedAudio {
        let number = packets.count
        // RFC 6716 section 3.1: configuration 31, mono, one frame.
        var bytes: [UInt8] = [0xF8]
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        for _ in 0..<Int.random(in: 30...90, using: &random) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
        packets.append(bytes)
        return EncodedAudio(
            bytes: bytes, samples: 960, rtpTimestamp: RTPTimestamp(UInt32(truncatingIfNeeded: number * 960)), level: 20,
            voiceActivity: true)
    }

    static func number(of bytes: [UInt8]) -> Int { bytes[1..<5].reduce(0) { $0 << 8 | Int($1) } }
}
