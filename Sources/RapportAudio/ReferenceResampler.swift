import Glibc

/// Reads the far end at the loudspeaker's clock: a windowed-sinc interpolator whose position advances by
/// `1 + ppm / 10^6` a sample, a little behind the newest one.
struct ReferenceResampler: ~Copyable {
    private static let taps = 24
    private static let phases = 64
    /// Samples behind the newest that a read at least stands: half the kernel.
    private static let closest = 12.0
    /// And at most, so that the frame before it is still there.
    private static let farthest = 3_000.0
    private static let capacity = 4096
    /// Blocks are read this far behind at first, so that a faster clock has room for some seconds.
    private static let initialLag = 36.0
    private let table: SampleBuffer
    /// The newest samples, oldest first.
    private let ring: SampleBuffer
    /// How far behind the newest sample the end of the block just read stands.
    private(set) var lag = ReferenceResampler.initialLag

    init() {
        let taps = ReferenceResampler.taps, phases = ReferenceResampler.phases
        table = SampleBuffer(count: taps * (phases + 1))
        ring = SampleBuffer(count: ReferenceResampler.capacity)
        for phase in 0...phases {
            let fraction = Double(phase) / Double(phases)
            for tap in 0..<taps { table[phase * taps + tap] = Float(ReferenceResampler.kernel(tap, fraction)) }
        }
    }

    /// Sinc under a Hann window, for a point `fraction` of a sample after the middle tap.
    private static func kernel(_ tap: Int, _ fraction: Double) -> Double {
        let t = Double(tap - taps / 2 + 1) - fraction
        let window = 0.5 + 0.5 * cos(.pi * t / (Double(taps) / 2 + 0.5))
        return window * (abs(t) < 1e-9 ? 1 : sin(.pi * t) / (.pi * t))
    }

    func append(_ block: UnsafePointer<Float>) { ring.shiftIn(block, block: EchoGeometry.hop) }

    /// Reads a block; false when the position had to be held where it is, for want of samples.
    mutating func read(ppm: Double, into output: UnsafeMutablePointer<Float>) -> Bool {
        let hop = Double(EchoGeometry.hop)
        let step = 1 + ppm * 1e-6
        // The lag at the end of this block, were it read at the asked pace.
        var next = lag - (step - 1) * hop
        let fits = (ReferenceResampler.closest + 1...ReferenceResampler.farthest).contains(next)
        if !fits { next = lag }
        let actual = (hop + lag - next) / hop
        let last = Double(ring.count - 1) - next
        for i in 0..<EchoGeometry.hop {
            output[i] = sample(at: last - Double(EchoGeometry.hop - 1 - i) * actual)
        }
        lag = next
        return fits
    }

    @inline(__always)
    private func sample(at position: Double) -> Float {
        let whole = Int(position)
        let place = Float(position - Double(whole)) * Float(ReferenceResampler.phases)
        // A fraction just below one may round to one.
        let phase = min(ReferenceResampler.phases - 1, Int(place)), part = place - Float(phase)
        let first = table.base + phase * ReferenceResampler.taps
        let x = ring.base + (whole - ReferenceResampler.taps / 2 + 1)
        let a = Kernels.dot(x, first, count: ReferenceResampler.taps)
        let b = Kernels.dot(x, first + ReferenceResampler.taps, count: ReferenceResampler.taps)
        return a + part * (b - a)
    }

    /// Stands `samples` further behind (or nearer, when negative) from the next read on.
    mutating func shift(by samples: Int) { lag += Double(samples) }

    /// The position may fall behind by this much before it is brought nearer.
    var isFarBehind: Bool { lag > Double(2 * EchoGeometry.partitionTaps) }
    /// Too near to follow a faster clock much longer.
    var isNear: Bool { lag < ReferenceResampler.closest + 8 }

    /// Reads the block that ends `blocksBack` blocks before where the last block, after a shift, ended; call before
    /// `append` brings new samples or with one block of room.
    func readPast(blocksBack: Int, into output: UnsafeMutablePointer<Float>) {
        let hop = EchoGeometry.hop
        // The newest block has been appended but not read.
        let last = Double(ring.count - 1 - hop - blocksBack * hop) - lag
        for i in 0..<hop { output[i] = sample(at: last - Double(hop - 1 - i)) }
    }

    /// Reads the 512 samples that end where the last block ended.
    func readFrame(into frame: UnsafeMutablePointer<Float>) {
        let last = Double(ring.count - 1 - EchoGeometry.hop) - lag
        for i in 0..<EchoGeometry.transform {
            frame[i] = sample(at: last - Double(EchoGeometry.transform - 1 - i))
        }
    }
}
