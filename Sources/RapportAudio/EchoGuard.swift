import Glibc

/// Judges the canceller and, while it cannot be trusted, keeps the call echo-safe by attenuation.
struct EchoGuard {
    private(set) var state: EchoState = .idle
    private(set) var isActive = false
    private(set) var linearERLE: Float = 0
    private(set) var totalERLE: Float = 0
    /// What the guard multiplies the output with.
    private(set) var gain: Float = 1

    /// -20 dB on top of the suppressor's own decision.
    private static let attenuation: Float = 0.1
    /// Far-end blocks without a model after which it is called hopeless: 5 s.
    private static let patience = 500
    private var microphone: Float = 0
    private var error: Float = 0
    private var output: Float = 0
    private var unmodelled = 0
    private var wasConverged = false

    /// One block: energies of microphone, linear error and output, and whether the far end's echo may sound now.
    mutating func note(
        microphone m: Float, error e: Float, output o: Float, farActive: Bool, delayKnown: Bool, echoLikely: Bool
    ) {
        guard farActive else { return relax() }
        microphone = 0.97 * microphone + 0.03 * m
        error = 0.97 * error + 0.03 * e
        output = 0.97 * output + 0.03 * o
        linearERLE = EchoGuard.ratio(microphone, error)
        totalERLE = EchoGuard.ratio(microphone, output)
        let modelled = delayKnown && linearERLE > 3
        unmodelled = modelled ? max(0, unmodelled - 5) : min(unmodelled + 1, 10 * EchoGuard.patience)
        judge(modelled: modelled, echoLikely: echoLikely)
        isActive = state == .hopeless
        move(to: isActive ? EchoGuard.attenuation : 1)
    }

    private static func ratio(_ a: Float, _ b: Float) -> Float {
        max(-20, min(60, 10 * log10((a + 1e-10) / (b + 1e-10))))
    }

    private mutating func judge(modelled: Bool, echoLikely: Bool) {
        if modelled {
            state = .converged
            wasConverged = true
        } else if unmodelled > EchoGuard.patience {
            state = echoLikely ? .hopeless : .noEcho
        } else if unmodelled > 50 {
            state = wasConverged ? .relearning : .searching
        } else if !wasConverged {
            state = .searching
        }
    }

    /// Without a far end there is nothing to guard against.
    private mutating func relax() {
        isActive = false
        move(to: 1)
    }

    private mutating func move(to target: Float) { gain += (target < gain ? 0.5 : 0.1) * (target - gain) }
}
