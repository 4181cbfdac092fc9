/// The planes of a picture that is being drawn.
struct Canvas {
    let planes: UnsafeMutableBufferPointer<UInt8>
    let width: Int
    let height: Int

    var chromaWidth: Int { (width + 1) / 2 }
    var chromaHeight: Int { (height + 1) / 2 }
    var uStart: Int { width * height }
    var vStart: Int { uStart + chromaWidth * chromaHeight }

    /// Fills an ellipse; the edge is one pixel soft in luma.
    func ellipse(x: Double, y: Double, radiusX: Double, radiusY: Double, luma: Int, u: UInt8, v: UInt8) {
        guard radiusX >= 0.5, radiusY >= 0.5 else { return }
        let (firstX, firstY) = (max(0, Int(x - radiusX - 1)), max(0, Int(y - radiusY - 1)))
        for row in firstY..<max(firstY, min(height, Int(y + radiusY + 2))) {
            for column in firstX..<max(firstX, min(width, Int(x + radiusX + 2))) {
                let dx = (Double(column) - x) / radiusX
                let dy = (Double(row) - y) / radiusY
                let distance = (dx * dx + dy * dy).squareRoot()
                let cover = max(0, min(1, (1 - distance) * min(radiusX, radiusY) + 0.5))
                guard cover > 0 else { continue }
                let place = row * width + column
                planes[place] = UInt8(Double(planes[place]) + (Double(luma) - Double(planes[place])) * cover)
                guard cover > 0.5, row & 1 == 0, column & 1 == 0 else { continue }
                planes[uStart + row / 2 * chromaWidth + column / 2] = u
                planes[vStart + row / 2 * chromaWidth + column / 2] = v
            }
        }
    }
}
