public import RapportBase

/// Chooses size and frame rate for what the line carries and the processor manages, slowly up and quickly down.
///
/// Fed with the rate that is left for the picture and with what each encoded picture cost, it walks a ladder of
/// formats. A step down follows from a rate too small for the format, from quantizers that stay high, or from encoding
/// that takes too much of a picture's time. A step up needs room for several seconds, since each change costs a key
/// frame. Where even the lowest step asks too much, pictures stop and sound goes on alone.
public struct VideoAdaptation: Sendable {
    /// W3C webrtc-stats, RTCQualityLimitationReason.
    public enum Limitation: String, Sendable, CaseIterable {
        case none
        case cpu
        case bandwidth
    }

    public private(set) var limits: VideoSendLimits
    private let source: VideoFormat
    private var ladder: VideoLadder
    private var step = 0
    /// No step above this one while the processor is short.
    private var processorStep = 0
    public private(set) var isPaused = false
    public private(set) var changes = 0
    private var target: Bitrate
    private let began: Timestamp
    private var lastChange: Timestamp
    /// Since when a better step would have had room, or the pause a reason to begin or end.
    private var roomSince: Timestamp?
    private var needSince: Timestamp?
    /// Since when the rate is too small for the step.
    private var shortSince: Timestamp?
    private var quality = PictureQuality()

    /// - Parameter source: what the camera or file gives.
    public init(source: VideoFormat, limits: VideoSendLimits = VideoSendLimits(), target: Bitrate, at now: Timestamp) {
        self.source = source
        self.limits = limits
        self.target = target
        ladder = VideoLadder(source: source, limits: limits)
        began = now
        lastChange = now
    }

    /// What to encode; nil while the line carries sound alone.
    public var format: VideoFormat? { isPaused ? nil : ladder.steps[step].format }

    /// The rate for the encoder.
    public var bitrate: Bitrate { min(target, limits.maximumBitrate ?? target) }

    public var limitation: Limitation {
        if isPaused { return .bandwidth }
        if step == 0 { return .none }
        return step == processorStep ? .cpu : .bandwidth
    }

    /// Takes other limits; the ladder begins anew at the place that fits.
    public mutating func update(limits: VideoSendLimits, at now: Timestamp) {
        guard limits != self.limits else { return }
        self.limits = limits
        ladder = VideoLadder(source: source, limits: limits)
        processorStep = 0
        move(to: ladder.best(for: bitrate), at: now)
    }

    /// Takes the rate that is left for this picture.
    public mutating func update(target: Bitrate, at now: Timestamp) {
        self.target = target
        decide(at: now)
    }

    /// Takes what one encoded picture came to.
    /// - Parameter quantizer: index of RFC 6386 section 9.6, 0...127.
    public mutating func encoded(quantizer: Int, took time: Duration, at now: Timestamp) {
        quality.count(quantizer: quantizer, share: time.inSeconds * ladder.steps[step].format.frameRate)
        decide(at: now)
    }

    // MARK: Decisions

    // While the first probes are out the rate says nothing yet, and every change costs a key frame.
    private static let patience: Duration = .seconds(1)
    private static let upAfter: Duration = .seconds(3)
    /// Congestion control empties a queue by sending next to nothing for half a second: a key frame of a smaller picture
    /// would fill it again.
    private static let downAfter: Duration = .milliseconds(700)
    private static let pauseAfter: Duration = .seconds(2)
    /// Room over a step's least rate that going up, or starting again, asks for.
    private static let margin = 1.25

    private mutating func decide(at now: Timestamp) {
        guard now - began >= Self.patience else { return }
        if isPaused { return considerResuming(at: now) }
        if bitrate < ladder.steps[step].minimum * 0.9 { return yield(at: now) }
        (needSince, shortSince) = (nil, nil)
        if quality.isSettled, quality.isTooSlow, step < ladder.last {
            processorStep = step + 1
            return move(to: step + 1, at: now)
        }
        if quality.isSettled, quality.isPoor, step < ladder.last, now - lastChange >= Self.upAfter {
            return move(to: step + 1, at: now)
        }
        considerRising(at: now)
    }

    private mutating func yield(at now: Timestamp) {
        roomSince = nil
        let since = shortSince ?? now
        shortSince = since
        // The last step is too much as well.
        let need = bitrate < ladder.pauseBelow ? needSince ?? now : nil
        needSince = need
        let fitting = max(ladder.best(for: bitrate), processorStep)
        if fitting > step {
            guard now - since >= Self.downAfter else { return }
            move(to: fitting, at: now)
            needSince = need
        } else if let need, now - need >= Self.pauseAfter {
            setPaused(true, at: now)
        }
    }

    private mutating func considerResuming(at now: Timestamp) {
        guard bitrate >= ladder.steps[ladder.last].minimum * Self.margin else { return roomSince = nil }
        let since = roomSince ?? now
        roomSince = since
        guard now - since >= Self.upAfter else { return }
        step = max(ladder.best(for: bitrate * (1 / Self.margin)), processorStep)
        setPaused(false, at: now)
    }

    private mutating func considerRising(at now: Timestamp) {
        if step == processorStep, step > 0, quality.isSettled, quality.isFast { processorStep = step - 1 }
        let better = max(ladder.best(for: bitrate * (1 / Self.margin)), processorStep)
        guard better < step, !quality.isSettled || quality.isGood else { return roomSince = nil }
        let since = roomSince ?? now
        roomSince = since
        if now - since >= Self.upAfter { move(to: better, at: now) }
    }

    private mutating func setPaused(_ paused: Bool, at now: Timestamp) {
        isPaused = paused
        changed(at: now)
    }

    private mutating func move(to wanted: Int, at now: Timestamp) {
        let next = min(max(wanted, 0), ladder.last)
        guard next != step else { return }
        step = next
        changed(at: now)
    }

    private mutating func changed(at now: Timestamp) {
        changes += 1
        lastChange = now
        (roomSince, needSince, shortSince) = (nil, nil, nil)
        quality = PictureQuality()
    }
}

/// Size in pixels and pictures a second.
public struct VideoFormat: Sendable, Equatable {
    public var width: Int
    public var height: Int
    public var frameRate: Double

    public init(width: Int, height: Int, frameRate: Double) {
        self.width = width
        self.height = height
        self.frameRate = frameRate
    }
}

/// What an application allows a sender. W3C webrtc-pc section 5.2.5, RTCRtpEncodingParameters.
public struct VideoSendLimits: Sendable, Equatable {
    /// Nil for what the line carries.
    public var maximumBitrate: Bitrate?
    /// Pictures a second; nil for those of the source.
    public var maximumFrameRate: Double?
    /// Divides width and height; at least 1.
    public var scaleResolutionDownBy = 1.0
    public var degradationPreference = DegradationPreference.balanced

    public init() {}
}

/// What is given up first on a poor line. W3C mst-content-hint, RTCDegradationPreference.
public enum DegradationPreference: String, Sendable, CaseIterable {
    case balanced
    case maintainFramerate = "maintain-framerate"
    case maintainResolution = "maintain-resolution"
}

/// What the pictures of the last seconds were like: running means, from the first second on.
struct PictureQuality: Sendable {
    private var pictures = 0
    private var quantizer = 0.0
    /// Encoding time over the time between pictures.
    private var share = 0.0

    /// Index of RFC 6386 section 9.6 above which faces turn to blocks, and below which there is quality to spare.
    private static let poor = 100.0
    private static let good = 70.0

    var isSettled: Bool { pictures >= 30 }
    var isPoor: Bool { quantizer > Self.poor }
    var isGood: Bool { quantizer < Self.good }
    var isTooSlow: Bool { share > 0.8 }
    var isFast: Bool { share < 0.3 }

    mutating func count(quantizer value: Int, share part: Double) {
        pictures += 1
        let weight = max(1 / Double(pictures), 1.0 / 60)
        quantizer += (Double(value) - quantizer) * weight
        share += (part - share) * weight
    }
}
