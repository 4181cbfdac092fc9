/// How much of a stream's bytes is not its pictures, smoothed over frames: what an encoder has to leave.
struct ExtraShare {
    /// What a frame changes of the mean: one over the frames that it looks back.
    private let gain: Double
    private var means = (frame: 0.0, extra: 0.0)
    private var present = (frame: 0, extra: 0)

    init(frames: Int) { gain = 1 / Double(frames) }

    mutating func add(frame bytes: Int) { present.frame += bytes }
    mutating func add(extra bytes: Int) { present.extra += bytes }

    mutating func finishFrame() {
        means.frame += (Double(present.frame) - means.frame) * gain
        means.extra += (Double(present.extra) - means.extra) * gain
        present = (0, 0)
    }

    /// 0...1.
    var share: Double {
        let all = means.frame + means.extra
        return all > 0 ? means.extra / all : 0
    }
}
