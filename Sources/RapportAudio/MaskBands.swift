/// The bands the mask thinks in: 94 Hz wide up to 1.1 kHz, then about a twelfth of their frequency.
enum MaskBands {
    static let edges: [Int] = {
        var edges = [0]
        while let last = edges.last, last < EchoGeometry.bins {
            edges.append(last + (last < 36 ? 3 : max(3, Int(0.085 * Double(last) + 0.5))))
        }
        return edges.filter { $0 < EchoGeometry.bins - 6 } + [EchoGeometry.bins]
    }()
    static var count: Int { edges.count - 1 }
    static func centre(_ band: Int) -> Float { Float(edges[band] + edges[band + 1] - 1) / 2 }
}
