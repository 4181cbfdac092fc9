import Glibc

/// The residual-echo and noise suppressor by signal processing alone: one gain per bin of the 16 kHz spectrum.
struct EchoSuppressor: ~Copyable {
    let gains: SampleBuffer
    /// The gains before the whole block is shut because nobody seems to talk.
    let wienerGains: SampleBuffer
    let noise: SampleBuffer
    private(set) var nearProbability: Float = 0
    private var floor: NoiseFloor
    private let echo: SampleBuffer
    private let leak: SampleBuffer
    private let smoothError: SampleBuffer
    private let smoothEcho: SampleBuffer
    private let previous: SampleBuffer
    private var hangover = 0

    init() {
        let stride = EchoGeometry.stride
        gains = SampleBuffer(count: stride)
        wienerGains = SampleBuffer(count: stride)
        noise = SampleBuffer(count: stride)
        floor = NoiseFloor(stride: stride)
        echo = SampleBuffer(count: stride)
        leak = SampleBuffer(count: stride)
        smoothError = SampleBuffer(count: stride)
        smoothEcho = SampleBuffer(count: stride)
        previous = SampleBuffer(count: stride)
        for k in 0..<stride { leak[k] = 1 }
    }

    /// Opens the residual's estimate after the echo path changed.
    func pathChanged() {
        for k in 0..<leak.count { leak[k] = max(leak[k], 0.5) }
    }

    /// Decides the gains from the powers of error, echo estimate and, while no path is known, of the far end.
    mutating func decide(
        error: UnsafePointer<Float>, echoEstimate: UnsafePointer<Float>, farActive: Bool, converged: Bool
    ) {
        floor.update(error)
        noise.base.update(from: floor.power.base, count: noise.count)
        trackResidual(error, echoEstimate)
        findNear(error, farActive: farActive, converged: converged)
        let gate: Float = farActive && nearProbability < 0.5 ? 0.003 : 1
        for k in 0..<EchoGeometry.bins {
            wienerGains[k] = wiener(k, error[k])
            gains[k] = gate * wienerGains[k]
        }
    }

    private func trackResidual(_ error: UnsafePointer<Float>, _ estimate: UnsafePointer<Float>) {
        Kernels.smooth(error, keep: 0.7, into: smoothError.base, count: gains.count)
        Kernels.smooth(estimate, keep: 0.7, into: smoothEcho.base, count: gains.count)
        for k in 0..<EchoGeometry.bins {
            echo[k] = max(estimate[k], echo[k] * 0.8)
            guard smoothEcho[k] > 4 * noise[k] + 1e-9 else { continue }
            let ratio = smoothError[k] / smoothEcho[k]
            let next = ratio < leak[k] ? leak[k] + 0.1 * (ratio - leak[k]) : leak[k] * 1.006
            leak[k] = min(1, max(1e-4, next))
        }
    }

    private mutating func findNear(_ error: UnsafePointer<Float>, farActive: Bool, converged: Bool) {
        var evidence: Float = 0
        for k in 8..<160 {
            let expected = 4 * leak[k] * echo[k] + 3 * noise[k] + 1e-10
            let ratio = error[k] / expected
            if ratio > 2 { evidence += min(log(ratio), 3) }
        }
        let near = evidence / 152 > 0.18
        if near { hangover = 15 } else { hangover -= 1 }
        let target: Float = (hangover > 0 && (converged || !farActive)) ? 1 : 0
        nearProbability += (target > nearProbability ? 0.6 : 0.1) * (target - nearProbability)
    }

    private func wiener(_ k: Int, _ error: Float) -> Float {
        let disturbance = 2 * leak[k] * echo[k] + 1.5 * noise[k] + 1e-12
        let posterior = error / disturbance
        let prior = 0.9 * previous[k] + 0.1 * max(posterior - 1, 0)
        let gain = prior / (1 + prior)
        previous[k] = gain * gain * posterior
        return max(gain, 0.03)
    }
}
