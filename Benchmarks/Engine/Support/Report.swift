/// What a program found, printed as the one line of JSON that the driver reads.
public struct Report {
    private let benchmark: String
    private var parameters: [(String, Int)]
    private var metrics: [(String, Double)] = []

    public init(_ benchmark: String, parameters: [(String, Int)]) {
        self.benchmark = benchmark
        self.parameters = parameters
    }

    /// Adds a figure; its unit is the end of its name.
    public mutating func add(_ name: String, _ value: Double) { metrics.append((name, value)) }

    public mutating func add(parameter name: String, _ value: Int) { parameters.append((name, value)) }

    public var json: String {
        let parameters = parameters.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        let metrics = metrics.map { "\"\($0)\":\(Self.number($1))" }.joined(separator: ",")
        return "{\"benchmark\":\"\(benchmark)\",\"parameters\":{\(parameters)},\"metrics\":{\(metrics)}}"
    }

    // Three places are below the noise of everything measured here.
    private static func number(_ value: Double) -> String {
        precondition(value.isFinite, "a figure is a number")
        return "\((value * 1000).rounded() / 1000)"
    }
}

extension Array where Element == Double {
    /// The middle value, or the mean of the two; zero of nothing.
    public var median: Double { quantile(0.5) }

    /// The value below which `share` of the values lie, interpolated.
    public func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return 0 }
        let ordered = sorted()
        let place = share * Double(count - 1)
        let below = Int(place)
        let above = Swift.min(below + 1, count - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - Double(below))
    }
}
