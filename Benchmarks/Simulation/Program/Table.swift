import RapportSimulator

/// The lines of the table.
enum Table {
    static let nameWidth = 16

    static func line(_ one: SimulationCase, _ figures: [(Contender, [Figure])], isMet: Bool) -> String {
        var text = pad(one.name, nameWidth)
        for (contender, figures) in figures {
            text += "\(contender.rawValue): " + figures.map(shown).joined(separator: ", ") + " | "
        }
        let targets = one.criteria.compactMap(target)
        return text + (targets.isEmpty ? "" : targets.joined(separator: ", ") + " | ") + (isMet ? "met" : "miss")
    }

    private static func shown(_ figure: Figure) -> String {
        "\(figure.criterion.label) \(number(figure.value, figure.criterion.unit))" + (figure.isMet ? "" : "!")
    }

    private static func target(_ criterion: Criterion) -> String? {
        switch criterion.bound {
        case .atMost(let most): "\(criterion.label) <= \(number(most, criterion.unit))"
        case .atLeast(let least): "\(criterion.label) >= \(number(least, criterion.unit))"
        case .none: nil
        }
    }

    static func number(_ value: Double, _ unit: Criterion.Unit) -> String {
        guard value.isFinite else { return "never" }
        switch unit {
        case .seconds: return fixed(value, 2) + " s"
        case .milliseconds: return fixed(value, 0) + " ms"
        case .share: return fixed(value, 3)
        case .count: return fixed(value, 0)
        case .kilobits: return fixed(value / 1000, 0) + " kbps"
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
