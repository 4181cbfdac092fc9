/// The power spectrum of the steady noise: the smoothed spectrum's lower edge, which falls at once and rises slowly.
struct NoiseFloor: ~Copyable {
    let power: SampleBuffer
    private let smoothed: SampleBuffer
    private var frames = 0

    init(stride: Int) {
        power = SampleBuffer(count: stride)
        smoothed = SampleBuffer(count: stride)
    }

    mutating func update(_ spectrum: UnsafePointer<Float>) {
        frames += 1
        let keep: Float = frames < 10 ? 1 - 1 / Float(frames) : 0.9
        Kernels.smooth(spectrum, keep: keep, into: smoothed.base, count: power.count)
        // In the first 300 ms the floor follows; after that it climbs 2.2 dB a second at most.
        let rise: Float = frames < 30 ? 1.1 : 1.005
        for k in 0..<power.count {
            let s = smoothed[k]
            let p = power[k]
            power[k] = frames == 1 ? s : (s < p ? p + 0.3 * (s - p) : min(s, p * rise + 1e-12))
        }
    }
}
