import Glibc

/// Which of the two long-standing rules a TCP sender follows.
public enum TCPVariant: Sendable, Equatable {
    /// RFC 5681.
    case reno
    /// RFC 9438.
    case cubic
}

/// The congestion window of a TCP sender, in segments.
struct TCPWindow {
    private let variant: TCPVariant
    private(set) var window = 10.0
    private(set) var threshold = Double.infinity
    // RFC 9438 section 4.2: the window before the last reduction, and when the growth began.
    private var largest = 0.0
    private var epoch: Int64?
    private var plateau = 0.0
    private var renoLike = 0.0

    init(_ variant: TCPVariant) { self.variant = variant }

    var isInSlowStart: Bool { window < threshold }

    mutating func acknowledged(_ segments: Int, roundTrip: Double, at now: Int64) {
        if isInSlowStart {
            window += Double(segments)
            return
        }
        switch variant {
        case .reno: window += Double(segments) / window
        case .cubic: growCubic(Double(segments), roundTrip: roundTrip, at: now)
        }
    }

    /// Lost packets were noticed: once a window.
    mutating func reduce() {
        let factor: Double
        switch variant {
        case .reno: factor = 0.5
        case .cubic:
            factor = 0.7
            // Section 4.7: fast convergence gives way to newcomers.
            largest = window < largest ? window * 0.85 : window
        }
        window = max(window * factor, 2)
        threshold = window
        epoch = nil
    }

    /// RFC 5681 section 3.1, RFC 9438 section 4.8: after a timeout one segment.
    mutating func collapse() {
        reduce()
        window = 1
    }

    private mutating func growCubic(_ segments: Double, roundTrip: Double, at now: Int64) {
        if epoch == nil {
            epoch = now
            renoLike = window
            plateau = largest > window ? cbrt((largest - window) / 0.4) : 0
            if largest < window { largest = window }
        }
        let elapsed = Double(now - (epoch ?? now)) / 1e9
        let distance = elapsed + roundTrip - plateau
        let goal = min(max(0.4 * distance * distance * distance + largest, window), window * 1.5)
        // Section 4.3: never slower than Reno with the same mean.
        renoLike += segments * 3 * (1 - 0.7) / (1 + 0.7) / window
        let cubic = window + (goal - window) / window * segments
        window = max(cubic, renoLike)
    }
}
