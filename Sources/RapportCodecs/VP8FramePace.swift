import RapportBase

/// The time line that rate control is told, in ticks of 90 kHz.
///
/// libvpx takes a step that differs by a tenth from the one before for a new frame rate, at once, and comes back from a
/// wrong one over seconds: one picture left out starved those after it, or flooded the line. So all steps are alike, each
/// begins where the last one ended, and only a mean spacing of pictures that has really changed makes them longer or
/// shorter. A camera that paused for seconds, or a clock that jumped, counts as one step of twice the length.
struct VP8FramePace {
    private static let weight = 1.0 / 15
    private static let tolerance = 0.15

    private(set) var presentation: Int64 = 0
    private(set) var duration: Int
    private var expected: Int
    private var mean: Double
    private var last: RTPTimestamp?

    /// - Parameter expected: ticks from one picture to the next.
    init(expected: Int) {
        self.expected = expected
        duration = expected
        mean = Double(expected)
    }

    /// Moves on to the picture at `time`.
    mutating func advance(to time: RTPTimestamp, expected: Int) {
        if last != nil { presentation += Int64(duration) }
        if expected != self.expected {
            self.expected = expected
            duration = expected
            mean = Double(expected)
        }
        let step = last.map { time.distance(from: $0) } ?? expected
        last = time
        mean += (Double(min(max(step, expected / 2), expected * 2)) - mean) * Self.weight
        if abs(mean - Double(duration)) > Self.tolerance * Double(duration) { duration = Int(mean.rounded()) }
    }
}
