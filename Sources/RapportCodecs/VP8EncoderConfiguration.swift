public import RapportBase

/// How a `VP8Encoder` is set up; the defaults suit a camera in a call. Bitstream: RFC 6386.
public struct VP8EncoderConfiguration: Sendable, Equatable {
    public var bitrate: Bitrate
    /// Pictures per second expected, 1 to 120; the real spacing comes with each picture.
    public var frameRate: Double
    /// 1 to 16. More than one costs several times the CPU for little: leave it at one.
    public var threads: Int
    /// libvpx's cpu-used, -16 (fastest) to -1. Negative only: from zero up libvpx picks its speed by measured time,
    /// so that two runs would differ.
    public var speed: Int
    /// Each picture can be parsed without the entropy state of the one before it, at a few percent of rate.
    public var errorResilient: Bool
    /// Quantizer bounds, 0 (best) to 63.
    public var quantizer: ClosedRange<Int>
    /// Fill of the decoder's buffer, 0 to 100 percent, under which pictures are dropped; 0 never drops.
    public var dropThreshold: Int
    /// Decoder buffer that rate control models, in milliseconds: whole, at the start, aimed at.
    public var buffer: VP8RateBuffer
    /// Denoiser: 0 off, 1 luma, 2 luma and chroma, 3 aggressive, 4 adaptive. Costs 5 to 25 % CPU.
    public var noiseSensitivity: Int
    /// Change under which a block counts as standing still.
    public var staticThreshold: Int
    /// Token partitions as a power of two, 0 to 3 (RFC 6386 section 9.5). More only help with threads.
    public var tokenPartitions: Int
    /// Shared screens: text first.
    public var screenContent: Bool
    /// 1, or 2 for every second picture being one that no other depends on: what is lost of it stops nothing.
    public var temporalLayers: Int

    public init(
        bitrate: Bitrate = .kilobits(1000), frameRate: Double = 30, threads: Int = 1, speed: Int = -6,
        errorResilient: Bool = false, quantizer: ClosedRange<Int> = 2...56, dropThreshold: Int = 0,
        buffer: VP8RateBuffer = .call, noiseSensitivity: Int = 0, staticThreshold: Int = 1, tokenPartitions: Int = 0,
        screenContent: Bool = false, temporalLayers: Int = 1
    ) {
        self.bitrate = bitrate
        self.frameRate = frameRate
        self.threads = threads
        self.speed = speed
        self.errorResilient = errorResilient
        self.quantizer = quantizer
        self.dropThreshold = dropThreshold
        self.buffer = buffer
        self.noiseSensitivity = noiseSensitivity
        self.staticThreshold = staticThreshold
        self.tokenPartitions = tokenPartitions
        self.screenContent = screenContent
        self.temporalLayers = temporalLayers
    }
}

/// The decoder's buffer as rate control imagines it, in milliseconds of media.
public struct VP8RateBuffer: Sendable, Equatable {
    public var size: Int
    public var initial: Int
    public var optimal: Int

    public init(size: Int, initial: Int, optimal: Int) {
        self.size = size
        self.initial = initial
        self.optimal = optimal
    }

    /// Short, so that the rate follows a bandwidth estimate: after a step up the buffer is nearly empty for the new rate,
    /// and libvpx holds up to half of it back until the buffer is at its aim again, for twice that time.
    public static let call = VP8RateBuffer(size: 300, initial: 150, optimal: 200)
}

extension VP8EncoderConfiguration {
    func check() throws(CodecError) {
        guard bitrate.bitsPerSecond >= 1000, bitrate.bitsPerSecond <= 1_000_000_000 else {
            throw .invalidSetting(.bitrate, bitrate.bitsPerSecond)
        }
        guard frameRate >= 1, frameRate <= 120 else { throw .invalidSetting(.frameRate, Int(clamping: frameRate)) }
        try Self.check(threads, in: 1...16, .threads)
        try Self.check(speed, in: -16 ... -1, .speed)
        try Self.check(quantizer.lowerBound, in: 0...63, .quantizer)
        try Self.check(quantizer.upperBound, in: 0...63, .quantizer)
        try Self.check(dropThreshold, in: 0...100, .dropThreshold)
        try Self.check(noiseSensitivity, in: 0...6, .noiseSensitivity)
        try Self.check(staticThreshold, in: 0...100_000, .staticThreshold)
        try Self.check(tokenPartitions, in: 0...3, .tokenPartitions)
        try Self.check(temporalLayers, in: 1...2, .temporalLayers)
        try Self.check(buffer.size, in: 1...60_000, .buffer)
        try Self.check(buffer.initial, in: 1...buffer.size, .buffer)
        try Self.check(buffer.optimal, in: 1...buffer.size, .buffer)
    }

    private static func check(_ value: Int, in range: ClosedRange<Int>, _ name: CodecSetting) throws(CodecError) {
        guard range.contains(value) else { throw .invalidSetting(name, value) }
    }

    /// Bound on a key frame in percent of a picture's share of the rate: what is sent in 300 ms, but at least three
    /// pictures' worth, so that a key frame at a low rate is still worth looking at.
    var maximumIntraPercent: Int { max(300, Int(300 * frameRate / 10)) }

    /// 90 kHz ticks from one picture to the next at `frameRate`.
    var ticksPerFrame: Int { Int((90_000 / frameRate).rounded()) }
}

extension Int {
    /// The nearest integer to a number that may be huge or not a number at all.
    fileprivate init(clamping value: Double) {
        self = value.isNaN ? 0 : Int(Swift.max(-1e15, Swift.min(1e15, value)))
    }
}
