public import RapportBase

/// Pictures at another size, by the mean of the source area under each pixel when smaller, else bilinear.
public enum PictureScaler {
    public static func scaled(_ buffer: I420Buffer, width: Int, height: Int) -> I420Buffer {
        I420Buffer(width: width, height: height) { output in
            buffer.withUnsafeBytes { input in
                for plane in 0..<3 {
                    let chroma = plane > 0
                    let source = Plane(
                        start: buffer.offset(ofPlane: plane), width: chroma ? buffer.chromaWidth : buffer.width,
                        height: chroma ? buffer.chromaHeight : buffer.height)
                    let (chromaWidth, chromaHeight) = ((width + 1) / 2, (height + 1) / 2)
                    let target = Plane(
                        start: chroma ? width * height + (plane - 1) * chromaWidth * chromaHeight : 0,
                        width: chroma ? chromaWidth : width, height: chroma ? chromaHeight : height)
                    scale(input, source, output, target)
                }
            }
        }
    }

    private struct Plane {
        var start: Int
        var width: Int
        var height: Int
    }

    /// Share of one source row or column in a target pixel.
    private struct Tap {
        var index: Int
        var weight: Float
    }

    private static func scale(
        _ input: UnsafeBufferPointer<UInt8>, _ source: Plane, _ output: UnsafeMutableBufferPointer<UInt8>,
        _ target: Plane
    ) {
        let columns = taps(from: source.width, to: target.width)
        let rows = taps(from: source.height, to: target.height)
        for y in 0..<target.height {
            for x in 0..<target.width {
                var sum: Float = 0
                for row in rows[y] {
                    let line = source.start + row.index * source.width
                    var part: Float = 0
                    for column in columns[x] { part += Float(input[line + column.index]) * column.weight }
                    sum += part * row.weight
                }
                output[target.start + y * target.width + x] = UInt8(clamping: Int(sum + 0.5))
            }
        }
    }

    private static func taps(from: Int, to: Int) -> [[Tap]] {
        let ratio = Double(from) / Double(to)
        return (0..<to).map { index in
            guard ratio > 1 else {
                let place = max(0, min(Double(from - 1), (Double(index) + 0.5) * ratio - 0.5))
                let low = Int(place)
                let part = Float(place - Double(low))
                return [Tap(index: low, weight: 1 - part), Tap(index: min(low + 1, from - 1), weight: part)]
            }
            let (begin, end) = (Double(index) * ratio, Double(index + 1) * ratio)
            return (Int(begin)..<min(from, Int(end.rounded(.up)))).map { place in
                let covered = min(end, Double(place + 1)) - max(begin, Double(place))
                return Tap(index: place, weight: Float(covered / ratio))
            }
        }
    }
}
