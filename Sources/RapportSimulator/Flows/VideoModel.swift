import Glibc
public import RapportBase

/// How a video encoder turns a target into frames. After RFC 8867 section 4.3 and RFC 8593 section 5.
public struct VideoModel: Sendable, Equatable {
    public var least: Bitrate = .kilobits(50)
    public var most: Bitrate = .kilobits(1500)
    public var framesPerSecond = 30
    /// Below these targets fewer frames are coded, so that headers do not eat the rate: 15 and 10 a second.
    public var halfRate: Bitrate = .kilobits(120)
    public var thirdRate: Bitrate = .kilobits(60)
    /// The encoder takes a new target this long after the last one it took, at the latest.
    public var response: Duration = .milliseconds(100)
    /// What a real encoder's rate control takes to get there, as the time constant of its approach; the RFC's model has
    /// none. libvpx with a buffer of 300 ms: 0.3 s (`Benchmarks/Simulation/EncoderCurve`).
    public var lag: Duration = .zero
    /// After a fall, rate over the target at most.
    public var mostOvershoot = 2.0
    /// The content makes each second's frames larger or smaller by up to this share.
    public var drift = 0.05
    /// Deviation of a frame's size from what its rate would make it.
    public var noise = 0.08
    /// A key frame over an ordinary one; what it takes too much the encoder saves on the frames after it.
    public var keyFrameFactor = 4.0

    public init() {}

    func framesPerSecond(at target: Bitrate) -> Int {
        if target < thirdRate { return min(framesPerSecond, 10) }
        return target < halfRate ? min(framesPerSecond, 15) : framesPerSecond
    }
}

/// A video encoder at work.
struct VideoSource {
    let model: VideoModel
    private(set) var target: Bitrate
    private var wanted: Bitrate
    /// What comes out, headed for `target`.
    private var applied: Double
    private var changedAt: Timestamp?
    private var drift = 1.0
    private var driftUntil: Timestamp = .zero
    /// Bytes coded beyond what the targets asked for.
    private var debt = 0.0
    private var generator: SimulationGenerator

    init(_ model: VideoModel, start: Bitrate, _ generator: SimulationGenerator) {
        self.model = model
        self.generator = generator
        wanted = min(max(start, model.least), model.most)
        target = wanted
        applied = Double(wanted.bitsPerSecond)
    }

    var framesPerSecond: Int { model.framesPerSecond(at: target) }

    /// What the session asks for; the encoder follows at one of the next frames.
    mutating func update(target: Bitrate) { wanted = min(max(target, model.least), model.most) }

    /// Bytes of the frame that is due now.
    mutating func encode(isKey: Bool, at now: Timestamp) -> Int {
        follow(at: now)
        approach()
        let budget = applied / 8 / Double(framesPerSecond)
        if now >= driftUntil {
            drift = 1 + model.drift * (2 * generator.uniform() - 1)
            driftUntil = now + .seconds(1)
        }
        let saved = min(max(debt * 0.1, -0.3 * budget), 0.5 * budget)
        var size = budget * drift * (1 + model.noise * generator.gaussian(bound: 2.5)) - saved
        if isKey { size = budget * model.keyFrameFactor }
        size = max(size, budget * 0.3, 40)
        debt += size - budget
        return Int(size)
    }

    private mutating func approach() {
        let goal = Double(target.bitsPerSecond)
        guard model.lag > .zero else { return applied = goal }
        applied += (goal - applied) * (1 - exp(-1 / Double(framesPerSecond) / model.lag.inSeconds))
        applied = min(applied, goal * model.mostOvershoot)
    }

    // The encoder adapts within `response`: it takes the newest target once that time has passed since the last one.
    private mutating func follow(at now: Timestamp) {
        guard wanted != target else { return }
        if let changedAt, now - changedAt < model.response { return }
        target = wanted
        changedAt = now
    }
}
