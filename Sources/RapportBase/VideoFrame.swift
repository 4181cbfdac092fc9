/// One picture in I420: a full-size luma plane and two chroma planes of half width and half height (rounded up).
///
/// The pixels are shared and never change after `init`, so a frame passes between threads without a copy.
public struct VideoFrame: Sendable {
    public let buffer: I420Buffer
    /// When the picture was captured or, when received, when it shall be shown; session time.
    public var timestamp: Timestamp

    public init(buffer: I420Buffer, timestamp: Timestamp) {
        self.buffer = buffer
        self.timestamp = timestamp
    }

    public var width: Int { buffer.width }
    public var height: Int { buffer.height }
}

/// The pixels of a `VideoFrame`: 8 bits a sample, planes Y, U, V one behind the other, rows without padding.
public final class I420Buffer: @unchecked Sendable {
    // Unchecked: the memory is written only by the closure given to `init`, before anybody else has the object.
    public let width: Int
    public let height: Int
    private let storage: UnsafeMutableBufferPointer<UInt8>

    public var chromaWidth: Int { (width + 1) / 2 }
    public var chromaHeight: Int { (height + 1) / 2 }
    /// Bytes of all three planes.
    public var byteCount: Int { storage.count }

    public static func byteCount(width: Int, height: Int) -> Int {
        width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2)
    }

    /// Allocates the planes and lets `fill` write them: Y, then U, then V. What it leaves unwritten is undefined.
    /// - Parameters: width and height in pixels, each at least 1.
    public init<Failure: Error>(
        width: Int, height: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        self.width = width
        self.height = height
        storage = .allocate(capacity: Self.byteCount(width: width, height: height))
        try fill(storage)
    }

    deinit { storage.deallocate() }

    /// Offset of plane 0 (Y), 1 (U) or 2 (V) in the bytes.
    public func offset(ofPlane plane: Int) -> Int {
        plane == 0 ? 0 : width * height + (plane - 1) * chromaWidth * chromaHeight
    }

    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(storage))
    }
}

/// Sound: interleaved 16-bit samples, normally 10 ms at 48 kHz.
public struct AudioFrame: Sendable, Equatable {
    public var samples: [Int16]
    public var sampleRate: Int
    public var channels: Int

    public init(samples: [Int16], sampleRate: Int = 48_000, channels: Int = 1) {
        self.samples = samples
        self.sampleRate = sampleRate
        self.channels = channels
    }

    public var samplesPerChannel: Int { samples.count / max(channels, 1) }

    public static func silence(samplesPerChannel: Int = 480, sampleRate: Int = 48_000, channels: Int = 1) -> AudioFrame
    {
        AudioFrame(
            samples: Array(repeating: 0, count: samplesPerChannel * channels), sampleRate: sampleRate,
            channels: channels)
    }
}
