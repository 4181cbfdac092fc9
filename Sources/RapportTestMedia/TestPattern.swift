public import RapportBase

/// A procedural camera: a head that sways, talks and blinks before a textured room, with sensor noise.
///
/// Nothing is flat and nothing stands quite still, so an encoder has to work as it does in a call. Picture `n` is the
/// same on every run for the same size and seed. Making one costs about a copy of the picture and some.
public struct TestPattern: Sendable {
    public let width: Int
    public let height: Int
    /// Whether each picture carries its number as a `FrameMark`.
    public let marked: Bool
    private let room: [UInt8]
    private let shoulders: Sprite
    private let head: Sprite
    /// Gaussian noise, longer than a row, begun anywhere.
    private let noise: [Int8]
    private let phase: Double
    private let seed: UInt64

    static let noiseLength = 1 << 15

    /// - Parameters:
    ///   - width: and `height` in pixels, at least 64×36.
    ///   - seed: picks the room, the noise and how the head moves.
    public init(width: Int, height: Int, seed: UInt64 = 1, marked: Bool = true) {
        precondition(width >= FrameMark.smallestWidth && height >= FrameMark.smallestHeight, "the picture is too small")
        self.width = width
        self.height = height
        self.marked = marked
        self.seed = seed
        var generator = SplitMix(seed: seed)
        room = TestPatternPainter.room(width: width, height: height, &generator)
        let unit = Double(min(width, height * 16 / 9))
        shoulders = TestPatternPainter.shoulders(unit: unit, &generator)
        head = TestPatternPainter.head(unit: unit, &generator)
        noise = TestPatternPainter.noise(length: Self.noiseLength + width, &generator)
        phase = Double(generator.next() % 628) / 100
    }

    /// Picture `index` at 30 pictures a second, with a time of its own or the one given.
    public func frame(_ index: Int, timestamp: Timestamp? = nil) -> VideoFrame {
        let time = timestamp ?? Timestamp(nanoseconds: Int64(index) * 1_000_000_000 / 30)
        return VideoFrame(buffer: picture(index), timestamp: time)
    }

    /// The pixels of picture `index`.
    public func picture(_ index: Int) -> I420Buffer {
        I420Buffer(width: width, height: height) { planes in
            _ = planes.update(fromContentsOf: room)
            let pose = pose(at: index)
            let canvas = Canvas(planes: planes, width: width, height: height)
            shoulders.draw(on: canvas, atQuarter: pose.shoulders)
            head.draw(on: canvas, atQuarter: pose.head)
            drawFace(on: canvas, pose)
            addNoise(to: planes, index)
            if marked { FrameMark.draw(index, into: planes, width: width, height: height) }
        }
    }

    private struct Pose {
        /// Upper left corners in quarter pixels.
        var shoulders: (x: Int, y: Int)
        var head: (x: Int, y: Int)
        /// 0 shut to 1 wide open.
        var mouth: Double
        var eyes: Double
    }

    private func pose(at index: Int) -> Pose {
        let t = Double(index) / 30
        func swing(_ period: Double, _ shift: Double) -> Double {
            Trigonometry.sine(2 * Double.pi * t / period + phase + shift)
        }
        let unit = Double(min(width, height * 16 / 9))
        let sway = unit * (0.022 * swing(4.1, 0) + 0.006 * swing(1.3, 1))
        let nod = unit * (0.008 * swing(2.7, 2) + 0.003 * swing(0.9, 0.5))
        let centre = (x: Double(width) / 2 + sway, y: Double(height) * 0.47 + nod)
        let body = (x: Double(width) / 2 + sway * 0.4, y: Double(height) * 0.70 + nod * 0.3)
        let syllables = abs(swing(0.46, 0)) * (0.55 + 0.45 * swing(3.1, 1))
        let blinking = (t + phase).truncatingRemainder(dividingBy: 3.7) < 0.14
        return Pose(
            shoulders: (Int(4 * (body.x - Double(shoulders.width) / 2)), Int(4 * body.y)),
            head: (Int(4 * (centre.x - Double(head.width) / 2)), Int(4 * (centre.y - Double(head.height) / 2))),
            mouth: syllables, eyes: blinking ? 0.12 : 1)
    }

    private func drawFace(on canvas: Canvas, _ pose: Pose) {
        let (w, h) = (Double(head.width), Double(head.height))
        let (x, y) = (Double(pose.head.x) / 4, Double(pose.head.y) / 4)
        for side in [0.33, 0.67] {
            canvas.ellipse(
                x: x + side * w, y: y + 0.47 * h, radiusX: 0.085 * w, radiusY: 0.035 * h * pose.eyes, luma: 225, u: 128,
                v: 128)
            canvas.ellipse(
                x: x + side * w, y: y + 0.47 * h, radiusX: 0.035 * w, radiusY: 0.033 * h * pose.eyes, luma: 40, u: 130,
                v: 126)
        }
        let opening = 0.012 * h + 0.05 * h * pose.mouth
        canvas.ellipse(
            x: x + 0.5 * w, y: y + 0.77 * h, radiusX: 0.17 * w, radiusY: opening + 0.015 * h, luma: 96, u: 112, v: 166)
        canvas.ellipse(x: x + 0.5 * w, y: y + 0.77 * h, radiusX: 0.13 * w, radiusY: opening, luma: 38, u: 124, v: 138)
    }

    private func addNoise(to planes: UnsafeMutableBufferPointer<UInt8>, _ index: Int) {
        guard let base = planes.baseAddress else { return }
        var generator = SplitMix(seed: seed &+ UInt64(truncatingIfNeeded: index) &* 0x1_0001)
        noise.withUnsafeBufferPointer { noise in
            guard let table = noise.baseAddress else { return }
            for row in 0..<height {
                let line = base + row * width
                let grain = table + Int(generator.next() % UInt64(Self.noiseLength))
                var x = 0
                while x < width {
                    let value = Int16(line[x]) &+ Int16(grain[x])
                    line[x] = UInt8(truncatingIfNeeded: max(0, min(255, value)))
                    x &+= 1
                }
            }
        }
    }
}
