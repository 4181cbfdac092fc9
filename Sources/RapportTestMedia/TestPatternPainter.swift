import RapportBase

/// Paints once what `TestPattern` then only moves about.
enum TestPatternPainter {
    /// A wall with a bookshelf on one side and a window with a blind on the other.
    static func room(width: Int, height: Int, _ generator: inout SplitMix) -> [UInt8] {
        var bytes = [UInt8](repeating: 128, count: I420Buffer.byteCount(width: width, height: height))
        let grain = ValueNoise(&generator)
        let chromaWidth = (width + 1) / 2
        let chromaStart = (width * height, width * height + chromaWidth * ((height + 1) / 2))
        let books = (0..<64).map { _ in Book(&generator) }
        for y in 0..<height {
            for x in 0..<width {
                let place = (x: Double(x) / Double(height), y: Double(y) / Double(height))
                let colour = shade(place, right: Double(width) / Double(height), books)
                let texture =
                    grain.value(place.x * 40, place.y * 40) * 10 + grain.value(place.x * 11, place.y * 11) * 14
                bytes[y * width + x] = UInt8(clamping: Int(colour.luma + texture))
                guard x & 1 == 0, y & 1 == 0 else { continue }
                bytes[chromaStart.0 + y / 2 * chromaWidth + x / 2] = colour.u
                bytes[chromaStart.1 + y / 2 * chromaWidth + x / 2] = colour.v
            }
        }
        return bytes
    }

    private struct Book {
        var luma: Double
        var u: UInt8
        var v: UInt8

        init(_ generator: inout SplitMix) {
            luma = Double(generator.next(in: 50...170))
            u = UInt8(generator.next(in: 100...156))
            v = UInt8(generator.next(in: 100...156))
        }
    }

    private static func shade(
        _ place: (x: Double, y: Double), right: Double, _ books: [Book]
    ) -> (luma: Double, u: UInt8, v: UInt8) {
        if place.x > right - 0.42 {
            let shelf = Int(place.y * 4)
            if place.y * 4 - Double(shelf) > 0.9 { return (70, 112, 146) }
            let book = books[(Int((place.x - right + 0.42) * 26) + shelf * 13) % books.count]
            return (book.luma, book.u, book.v)
        }
        if place.x < 0.38, place.y > 0.1, place.y < 0.72 {
            return Int(place.y * 34) % 2 == 0 ? (190, 132, 126) : (150, 134, 124)
        }
        return (128 - 26 * place.y + 12 * place.x, 122, 133)
    }

    /// Gaussian-like sensor noise (sum of four even ones), standard deviation about 2.2.
    static func noise(length: Int, _ generator: inout SplitMix) -> [Int8] {
        (0..<length).map { _ in
            let bits = generator.next()
            let sum = Int(bits & 0xFF) + Int(bits >> 8 & 0xFF) + Int(bits >> 16 & 0xFF) + Int(bits >> 24 & 0xFF)
            return Int8(clamping: Int((Double(sum - 510) * 2.2 / 148).rounded()))
        }
    }

    /// Hair, face with light from one side, nose and cheeks; eyes and mouth are drawn as they move.
    static func head(unit: Double, _ generator: inout SplitMix) -> Sprite {
        let (width, height) = (Int(unit * 0.20), Int(unit * 0.29))
        let grain = ValueNoise(&generator)
        return sprite(width: width, height: height, u: 108, v: 152) { x, y in
            let (dx, dy) = ((x - 0.5) * 2, (y - 0.5) * 2)
            let edge = (dx * dx + dy * dy).squareRoot()
            let strands = 8 * grain.value(x * 60, y * 9)
            guard !isHair(dx, dy) else { return (58 + strands, edge) }
            let light = 168 + 26 * dx - 18 * dy * dy - 30 * max(0, abs(dx) - 0.6)
            let nose = max(0, 1 - abs(dx + 0.02) * 9) * (dy > -0.1 && dy < 0.32 ? 14.0 : 0)
            return (light + nose + 4 * grain.value(x * 24, y * 30), edge)
        }
    }

    private static func isHair(_ dx: Double, _ dy: Double) -> Bool {
        dy < -0.48 - 0.25 * (1 - dx * dx) * (dx > -0.2 ? 0.3 : 0.7) || (abs(dx) > 0.82 && dy < 0.1)
    }

    /// A patterned jacket.
    static func shoulders(unit: Double, _ generator: inout SplitMix) -> Sprite {
        let (width, height) = (Int(unit * 0.52), Int(unit * 0.30))
        let grain = ValueNoise(&generator)
        return sprite(width: width, height: height, u: 142, v: 118) { x, y in
            let (dx, dy) = ((x - 0.5) * 2, 1 - y)
            let edge = (dx * dx + dy * dy * dy * dy).squareRoot()
            let weave = Int(x * 46) % 2 == Int(y * 26) % 2 ? 9.0 : -9.0
            let collar = abs(dx) < 0.16 - 0.22 * y ? 90.0 : 0
            return (84 + weave + collar + 8 * grain.value(x * 30, y * 20), edge)
        }
    }

    /// - Parameter paint: luma and a distance that is 1 on the edge, for a place in 0...1.
    private static func sprite(
        width: Int, height: Int, u: UInt8, v: UInt8, paint: (Double, Double) -> (luma: Double, edge: Double)
    ) -> Sprite {
        var luma: [UInt8] = []
        var cover: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let point = paint((Double(x) + 0.5) / Double(width), (Double(y) + 0.5) / Double(height))
                luma.append(UInt8(clamping: Int(point.luma)))
                cover.append(UInt8(max(0, min(128, (1 - point.edge) * Double(width) * 40))))
            }
        }
        return Sprite(width: width, height: height, luma: luma, cover: cover, u: u, v: v)
    }
}

/// Smooth noise between -1 and 1 on a lattice of random values.
struct ValueNoise {
    private let lattice: [Double]

    init(_ generator: inout SplitMix) {
        lattice = (0..<4096).map { _ in Double(generator.next() % 2001) / 1000 - 1 }
    }

    func value(_ x: Double, _ y: Double) -> Double {
        let (column, row) = (Int(x), Int(y))
        let (fx, fy) = (Self.smooth(x - Double(column)), Self.smooth(y - Double(row)))
        func corner(_ dx: Int, _ dy: Int) -> Double { lattice[((row + dy) & 63) * 64 + ((column + dx) & 63)] }
        let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * fx
        let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * fx
        return upper + (lower - upper) * fy
    }

    private static func smooth(_ t: Double) -> Double { t * t * (3 - 2 * t) }
}
