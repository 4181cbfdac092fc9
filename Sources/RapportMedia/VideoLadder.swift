import RapportBase

/// The formats that a source can be sent in, best first, with the rate that each needs at least.
struct VideoLadder: Sendable {
    struct Step: Sendable, Equatable {
        var format: VideoFormat
        /// Below this a smaller format looks better.
        var minimum: Bitrate
    }

    let steps: [Step]

    /// Size and frame rate as shares of the source's.
    private static func shares(_ preference: DegradationPreference) -> [(size: Double, rate: Double)] {
        switch preference {
        case .balanced:
            [(1, 1), (0.75, 1), (0.5, 1), (0.5, 2.0 / 3), (0.375, 2.0 / 3), (0.375, 0.5), (0.25, 0.5)]
        case .maintainFramerate: [(1, 1), (0.75, 1), (0.5, 1), (0.375, 1), (0.25, 1)]
        case .maintainResolution: [(1, 1), (1, 2.0 / 3), (1, 0.5), (1, 1.0 / 3), (1, 1.0 / 6)]
        }
    }

    init(source: VideoFormat, limits: VideoSendLimits) {
        let scale = max(limits.scaleResolutionDownBy, 1)
        let (width, height) = (Double(source.width) / scale, Double(source.height) / scale)
        let rate = min(source.frameRate, max(limits.maximumFrameRate ?? source.frameRate, 1))
        var steps: [Step] = []
        for share in Self.shares(limits.degradationPreference) {
            let format = VideoFormat(
                width: Self.even(width * share.size), height: Self.even(height * share.size),
                frameRate: max(rate * share.rate, 1))
            // Smaller than this no face is left.
            if !steps.isEmpty, share.size < 1, min(format.width, format.height) < 90 { break }
            steps.append(Step(format: format, minimum: Self.minimum(format)))
        }
        self.steps = steps
    }

    var last: Int { steps.count - 1 }

    /// What the last step cannot live on.
    var pauseBelow: Bitrate { max(steps[last].minimum * 0.6, .kilobits(20)) }

    /// The first step that `rate` is enough for, else the last one.
    func best(for rate: Bitrate) -> Int { steps.firstIndex { $0.minimum <= rate } ?? last }

    // Chroma has half the size: odd sizes would be rounded twice.
    private static func even(_ value: Double) -> Int { max(Int(value / 2) * 2, 2) }

    /// 250 kbit/s at 640×360 and 30 pictures a second; a smaller picture has less to spare in each block, and a slower
    /// one more motion between two pictures.
    private static func minimum(_ format: VideoFormat) -> Bitrate {
        let pixels = threeQuarters(Double(format.width * format.height) / (640 * 360))
        let rate = threeQuarters(format.frameRate / 30)
        return Bitrate(bitsPerSecond: Int(250_000 * pixels * rate))
    }

    /// `base` to the power of three quarters.
    private static func threeQuarters(_ base: Double) -> Double {
        let root = base.squareRoot().squareRoot()
        return root * root * root
    }
}
