import RapportSimulator

/// The lines of the table.
enum Table {
    static let nameWidth = 18

    static func heading(_ contenders: [Contender]) -> String {
        pad("case", nameWidth) + contenders.map(\.rawValue).joined(separator: " / ")
            + ", target; ! marks what misses it"
    }

    static func line(_ one: SimulationCase, _ figures: [[Figure]], isMet: Bool) -> String {
        let shown = one.criteria.indices.map { place in
            let criterion = one.criteria[place]
            let values = figures.map { number($0[place].value, criterion.unit) + ($0[place].isMet ? "" : "!") }
            return criterion.label + " " + values.joined(separator: " / ") + unit(criterion.unit) + target(criterion)
        }
        return pad(one.name, nameWidth) + shown.joined(separator: "; ") + ": " + (isMet ? "met" : "miss")
    }

    private static func target(_ criterion: Criterion) -> String {
        switch criterion.bound {
        case .atMost(let most): " (<= \(number(most, criterion.unit)))"
        case .atLeast(let least): " (>= \(number(least, criterion.unit)))"
        case .none: ""
        }
    }

    private static func unit(_ unit: Criterion.Unit) -> String {
        switch unit {
        case .seconds: " s"
        case .milliseconds: " ms"
        case .kilobits: " kbps"
        case .share, .count: ""
        }
    }

    static func number(_ value: Double, _ unit: Criterion.Unit) -> String {
        guard value.isFinite else { return "never" }
        switch unit {
        case .seconds: return fixed(value, 2)
        case .milliseconds: return fixed(value, 0)
        case .share: return fixed(value, 3)
        case .count: return fixed(value, 0)
        case .kilobits: return fixed(value / 1000, 0)
        }
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let whole = "\(scaled / Int(scale))"
        guard digits > 0 else { return (value < 0 && scaled > 0 ? "-" : "") + whole }
        let rest = String("\(scaled % Int(scale) + Int(scale))".dropFirst())
        return (value < 0 && scaled > 0 ? "-" : "") + whole + "." + rest
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 1))
    }
}
