/// The rates the capture chain runs at, mono, in blocks of 10 ms.
public enum SampleRate: Int, Sendable, Hashable, CaseIterable {
    case wideband = 16_000
    case fullband = 48_000

    /// Samples of a 10 ms block.
    public var blockLength: Int { rawValue / 100 }

    /// The rate in units of 16 kHz.
    var scale: Int { rawValue / 16_000 }
}
