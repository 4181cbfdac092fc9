/// Sound in a RIFF/WAVE file: 16-bit PCM, one or two channels, any usual rate.
public struct WAVFile: Sendable, Equatable {
    /// 8000 to 192000 Hz.
    public var sampleRate: Int
    /// 1 or 2.
    public var channels: Int
    /// Interleaved.
    public var samples: [Int16]

    public init(sampleRate: Int = 48_000, channels: Int = 1, samples: [Int16]) {
        self.sampleRate = sampleRate
        self.channels = channels
        self.samples = samples
    }

    public var samplesPerChannel: Int { samples.count / max(channels, 1) }

    /// Reads a whole file. Sizes of 0 or 0xFFFFFFFF, as written into a pipe, mean "to the end".
    public init(parsing bytes: [UInt8]) throws(MediaFileError) {
        guard bytes.count >= 12 else {
            throw Self.mayBegin(bytes) ? .truncatedHeader(.wav, .signature) : .wrongFormat(expected: .wav)
        }
        guard bytes[0..<4] == Self.riff[...], bytes[8..<12] == Self.wave[...] else {
            throw .wrongFormat(expected: .wav)
        }
        var offset = 12
        var format: (rate: Int, channels: Int)?
        while true {
            guard offset + 8 <= bytes.count else { throw .truncatedHeader(.wav, format == nil ? .format : .chunk) }
            let name = bytes[offset..<offset + 4]
            let size = Int(bytes.littleUInt32(at: offset + 4))
            offset += 8
            if name == Self.data[...] {
                guard let format else { throw .invalidField(.wav, .chunk, value: "data before fmt") }
                self = try Self.readData(bytes, at: offset, size: size, format)
                return
            }
            guard size <= bytes.count - offset else { throw .truncatedHeader(.wav, format == nil ? .format : .chunk) }
            if name == Self.fmt[...] { format = try Self.readFormat(bytes, at: offset, size: size) }
            // RIFF: chunks begin at even offsets.
            offset += size + size % 2
        }
    }

    private static let riff = Array("RIFF".utf8)
    private static let wave = Array("WAVE".utf8)
    private static let fmt = Array("fmt ".utf8)
    private static let data = Array("data".utf8)

    private static func mayBegin(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(4).elementsEqual(riff.prefix(bytes.count))
            && bytes.dropFirst(8).elementsEqual(wave.prefix(max(bytes.count - 8, 0)))
    }

    private static func readFormat(
        _ bytes: [UInt8], at offset: Int, size: Int
    ) throws(MediaFileError) -> (rate: Int, channels: Int) {
        guard size >= 16 else { throw .truncatedHeader(.wav, .format) }
        var tag = bytes.littleUInt16(at: offset)
        // WAVE_FORMAT_EXTENSIBLE: the sub-format's first two bytes are the real tag.
        if tag == 0xFFFE, size >= 26 { tag = bytes.littleUInt16(at: offset + 24) }
        guard tag == 1 else { throw .invalidField(.wav, .format, value: "\(tag)") }
        let channels = Int(bytes.littleUInt16(at: offset + 2))
        let rate = Int(bytes.littleUInt32(at: offset + 4))
        let alignment = Int(bytes.littleUInt16(at: offset + 12))
        let bits = Int(bytes.littleUInt16(at: offset + 14))
        guard channels == 1 || channels == 2 else { throw .invalidField(.wav, .channels, value: "\(channels)") }
        guard (8_000...192_000).contains(rate) else { throw .invalidField(.wav, .sampleRate, value: "\(rate)") }
        guard bits == 16 else { throw .invalidField(.wav, .bitsPerSample, value: "\(bits)") }
        guard alignment == 2 * channels else { throw .invalidField(.wav, .blockAlignment, value: "\(alignment)") }
        return (rate, channels)
    }

    private static func readData(
        _ bytes: [UInt8], at offset: Int, size: Int, _ format: (rate: Int, channels: Int)
    ) throws(MediaFileError) -> WAVFile {
        let present = bytes.count - offset
        let openEnded = size == 0 || size == 0xFFFF_FFFF
        let frame = 2 * format.channels
        let used = (openEnded ? present : size) / frame * frame
        guard used <= present else {
            throw .truncatedFrame(.wav, index: present / frame * 100 / format.rate)
        }
        guard used > 0 else { throw .empty(.wav) }
        let samples = stride(from: offset, to: offset + used, by: 2).map { position in
            Int16(bitPattern: bytes.littleUInt16(at: position))
        }
        return WAVFile(sampleRate: format.rate, channels: format.channels, samples: samples)
    }

    /// The whole file.
    public func serialized() -> [UInt8] {
        let dataBytes = samples.count * 2
        var bytes = Self.riff
        bytes.reserveCapacity(44 + dataBytes)
        bytes.append(littleEndian: UInt32(36 + dataBytes))
        bytes += Self.wave + Self.fmt
        bytes.append(littleEndian: UInt32(16))
        bytes.append(littleEndian: UInt16(1))
        bytes.append(littleEndian: UInt16(channels))
        bytes.append(littleEndian: UInt32(sampleRate))
        bytes.append(littleEndian: UInt32(sampleRate * channels * 2))
        bytes.append(littleEndian: UInt16(channels * 2))
        bytes.append(littleEndian: UInt16(16))
        bytes += Self.data
        bytes.append(littleEndian: UInt32(dataBytes))
        for sample in samples { bytes.append(littleEndian: sample) }
        return bytes
    }
}
