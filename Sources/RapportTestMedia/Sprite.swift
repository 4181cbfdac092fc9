/// A shape with soft edges that is drawn at quarter-pixel places.
struct Sprite: Sendable {
    let width: Int
    let height: Int
    /// `width * height` values each; `cover` is 0 outside and 128 inside.
    let luma: [UInt8]
    let cover: [UInt8]
    let u: UInt8
    let v: UInt8

    /// Draws with the upper left corner at quarter pixels; what lies outside the canvas is cut off.
    func draw(on canvas: Canvas, atQuarter place: (x: Int, y: Int)) {
        let (left, top) = (place.x >> 2, place.y >> 2)
        drawLuma(on: canvas, left: left, top: top, fractionX: place.x & 3, fractionY: place.y & 3)
        drawChroma(on: canvas, left: left, top: top)
    }

    private func drawLuma(on canvas: Canvas, left: Int, top: Int, fractionX: Int, fractionY: Int) {
        let (firstX, firstY) = (max(0, -left), max(0, -top))
        let columns = firstX..<max(firstX, min(width - 1, canvas.width - left))
        let rows = firstY..<max(firstY, min(height - 1, canvas.height - top))
        guard !columns.isEmpty, !rows.isEmpty, let base = canvas.planes.baseAddress else { return }
        // Weights of the four neighbours, in sixteenths.
        let weights = (
            Int32((4 - fractionX) * (4 - fractionY)), Int32(fractionX * (4 - fractionY)),
            Int32((4 - fractionX) * fractionY), Int32(fractionX * fractionY)
        )
        luma.withUnsafeBufferPointer { luma in
            cover.withUnsafeBufferPointer { cover in
                guard let luma = luma.baseAddress, let cover = cover.baseAddress else { return }
                for row in rows {
                    let line = base + (top + row) * canvas.width + left
                    let source = row * width
                    var x = columns.lowerBound
                    while x < columns.upperBound {
                        let shade = Self.mix(luma + source + x, below: width, weights)
                        let share = Self.mix(cover + source + x, below: width, weights)
                        let under = Int32(line[x])
                        // Both mixes carry a factor of 16, cover another of 128.
                        let value = under &+ (((shade &- under &* 16) &* share) >> 15)
                        line[x] = UInt8(truncatingIfNeeded: max(0, min(255, value)))
                        x &+= 1
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func mix(_ p: UnsafePointer<UInt8>, below: Int, _ w: (Int32, Int32, Int32, Int32)) -> Int32 {
        Int32(p[0]) &* w.0 &+ Int32(p[1]) &* w.1 &+ Int32(p[below]) &* w.2 &+ Int32(p[below &+ 1]) &* w.3
    }

    private func drawChroma(on canvas: Canvas, left: Int, top: Int) {
        var row = max(0, -top)
        let lastRow = min(height, canvas.height - top)
        while row < lastRow {
            if (top + row) & 1 == 0 {
                let line = (top + row) / 2 * canvas.chromaWidth
                var x = max(0, -left)
                let end = min(width, canvas.width - left)
                if (left + x) & 1 == 1 { x += 1 }
                while x < end {
                    if cover[row * width + x] > 64 {
                        canvas.planes[canvas.uStart + line + (left + x) / 2] = u
                        canvas.planes[canvas.vStart + line + (left + x) / 2] = v
                    }
                    x += 2
                }
            }
            row += 1
        }
    }
}
