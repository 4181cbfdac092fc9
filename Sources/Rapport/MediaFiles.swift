import FoundationEssentials
public import RapportBase
public import RapportCodecs
public import RapportTestMedia

/// Why a file or a name gave no source.
public enum MediaSourceError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(file: String)
    /// The file is not what its name says.
    case malformed(file: String, MediaFileError)
    /// A name that is neither a generator nor ends in a known suffix.
    case unknownKind(String)
    case codec(file: String, CodecError)

    public var description: String {
        switch self {
        case .unreadable(let file): "\(file): cannot be read"
        case .malformed(let file, let error): "\(file): \(error)"
        case .unknownKind(let name): "\(name): not a file of a known kind, nor the name of a generator"
        case .codec(let file, let error): "\(file): \(error)"
        }
    }
}

/// Sources by the name that a command line gives them.
public enum MediaSources {
    /// `pattern`, `none`, `FILE.y4m` or `FILE.ivf`; files repeat from the start when they end.
    public static func video(named name: String) throws(MediaSourceError) -> (any VideoSource)? {
        switch name {
        case "none": return nil
        case "pattern": return PatternSource(width: 640, height: 360)
        default: break
        }
        if name.hasSuffix(".y4m") { return Y4MSource(try y4m(name)) }
        if name.hasSuffix(".ivf") { return try IVFSource(file: name) }
        throw .unknownKind(name)
    }

    /// `tone`, `none` or `FILE.wav`; files repeat from the start when they end.
    public static func audio(named name: String) throws(MediaSourceError) -> (any AudioSource)? {
        switch name {
        case "none": return nil
        case "tone": return MarkedToneSource()
        default: break
        }
        guard name.hasSuffix(".wav") else { throw .unknownKind(name) }
        return WAVSource(try wav(name))
    }

    /// The whole file in memory.
    static func bytes(_ file: String) throws(MediaSourceError) -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(filePath: file)) else { throw .unreadable(file: file) }
        return [UInt8](data)
    }

    public static func wav(_ file: String) throws(MediaSourceError) -> WAVFile {
        let bytes = try bytes(file)
        do throws(MediaFileError) { return try WAVFile(parsing: bytes) } catch { throw .malformed(file: file, error) }
    }

    public static func ivf(_ file: String) throws(MediaSourceError) -> IVFFile {
        let bytes = try bytes(file)
        do throws(MediaFileError) { return try IVFFile(parsing: bytes) } catch { throw .malformed(file: file, error) }
    }

    static func y4m(_ file: String) throws(MediaSourceError) -> Y4MFile {
        let bytes = try bytes(file)
        do throws(MediaFileError) { return try Y4MFile(parsing: bytes) } catch { throw .malformed(file: file, error) }
    }
}

/// A moving picture made by arithmetic, each frame marked with its number.
public struct PatternSource: VideoSource {
    public let frameRate: Int
    private let pattern: TestPattern
    private var next = 0

    public init(width: Int, height: Int, frameRate: Int = 30, seed: UInt64 = 1) {
        pattern = TestPattern(width: width, height: height, seed: seed)
        self.frameRate = frameRate
    }

    public var width: Int { pattern.width }
    public var height: Int { pattern.height }

    public mutating func nextFrame(at time: Timestamp) -> VideoFrame? {
        defer { next = (next + 1) % FrameMark.modulus }
        return pattern.frame(next, timestamp: time)
    }
}

/// Tones from whose sequence each moment can be told.
public struct MarkedToneSource: AudioSource {
    private let tones: ToneSource
    private var next = 0

    public init(firstSlot: Int = 0) { tones = ToneSource(firstSlot: firstSlot) }

    public mutating func read() -> AudioFrame? {
        defer { next += 1 }
        return tones.block(next)
    }
}

/// A WAV file over and over.
public struct WAVSource: AudioSource {
    private let blocks: [AudioFrame]
    private var next = 0

    public init(_ file: WAVFile) { blocks = file.blocks() }

    public mutating func read() -> AudioFrame? {
        guard !blocks.isEmpty else { return nil }
        defer { next = (next + 1) % blocks.count }
        return blocks[next]
    }
}

/// A Y4M file over and over.
public struct Y4MSource: VideoSource {
    private let file: Y4MFile
    private var next = 0

    public init(_ file: Y4MFile) { self.file = file }

    public var width: Int { file.header.width }
    public var height: Int { file.header.height }
    public var frameRate: Int {
        max(1, Int((Double(file.header.frameRateNumerator) / Double(file.header.frameRateDenominator)).rounded()))
    }

    public mutating func nextFrame(at time: Timestamp) -> VideoFrame? {
        guard file.frameCount > 0 else { return nil }
        defer { next = (next + 1) % file.frameCount }
        var frame = file.frame(next)
        frame.timestamp = time
        return frame
    }
}

/// The decoded pictures of an IVF file (VP8) over and over; each is decoded when it is its turn.
public final class IVFSource: VideoSource {
    private let file: IVFFile
    private var decoder: VP8Decoder
    private var next = 0

    public init(file name: String) throws(MediaSourceError) {
        file = try MediaSources.ivf(name)
        do throws(CodecError) { decoder = try VP8Decoder() } catch { throw .codec(file: name, error) }
    }

    public var width: Int { file.width }
    public var height: Int { file.height }
    public var frameRate: Int { max(1, Int(file.frameRate.rounded())) }

    public func nextFrame(at time: Timestamp) -> VideoFrame? {
        guard !file.frames.isEmpty else { return nil }
        defer { next = (next + 1) % file.frames.count }
        return try? decoder.decode(file.frames[next].bytes, timestamp: time)
    }
}
