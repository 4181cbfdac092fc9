/// File formats that this room reads and writes.
public enum MediaFormat: String, Sendable {
    case wav = "WAV"
    case y4m = "Y4M"
    case ivf = "IVF"
}

/// Fields of a file header that can be wrong.
public enum MediaField: String, Sendable {
    case signature, version, headerLength, codec
    case chunk, format, channels, sampleRate, bitsPerSample, blockAlignment
    case width, height, frameRate, colorSpace, interlacing, frameHeader, frameLength
}

/// What was wrong with a file. `description` says it in words.
public enum MediaFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first bytes are not those of the format.
    case wrongFormat(expected: MediaFormat)
    /// The file ends inside its header, before this field.
    case truncatedHeader(MediaFormat, MediaField)
    /// A header field that is malformed or that this reader does not take, as the file has it.
    case invalidField(MediaFormat, MediaField, value: String)
    /// The file ends inside frame `index` (or inside the sound, at block `index` of 10 ms).
    case truncatedFrame(MediaFormat, index: Int)
    /// Frame `index` does not begin as a frame has to.
    case invalidFrame(MediaFormat, index: Int)
    /// Nothing to play.
    case empty(MediaFormat)

    public var description: String {
        switch self {
        case .wrongFormat(let format): "not \(format.rawValue)"
        case .truncatedHeader(let format, let field): "\(format.rawValue) header ends before \(field.rawValue)"
        case .invalidField(let format, let field, let value): "\(format.rawValue) \(field.rawValue) is \(value)"
        case .truncatedFrame(let format, let index): "\(format.rawValue) ends inside frame \(index)"
        case .invalidFrame(let format, let index): "\(format.rawValue) frame \(index) has no frame header"
        case .empty(let format): "\(format.rawValue) holds nothing to play"
        }
    }
}
