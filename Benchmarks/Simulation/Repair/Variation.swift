import BenchmarkSupport
import RapportBase
import RapportMedia

/// A tuning other than the engine's, to see what it would do.
enum Variation {
    /// As `longWay=50,key.least=0.2`; milliseconds and shares.
    static func tuning(_ text: String) -> RepairChoice.Tuning {
        var tuning = RepairChoice.Tuning()
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=")
            guard sides.count == 2, let value = Double(sides[1]) else { fail("--set \(part): NAME=VALUE") }
            set(String(sides[0]), value, in: &tuning)
        }
        return tuning
    }

    private static func set(_ name: String, _ value: Double, in tuning: inout RepairChoice.Tuning) {
        switch name {
        case "high": tuning.high = value
        case "low": tuning.low = value
        case "longWay": tuning.longWay = .milliseconds(Int64(value))
        case "leastRate": tuning.leastRate = .kilobits(Int(value))
        case "window": tuning.window = Int(value)
        case "key.least": tuning.key.least = value
        case "key.slope": tuning.key.slope = value
        case "key.most": tuning.key.most = value
        case "base.least": tuning.base.least = value
        case "base.slope": tuning.base.slope = value
        case "base.most": tuning.base.most = value
        case "upper.least": tuning.upper.least = value
        case "upper.slope": tuning.upper.slope = value
        case "upper.most": tuning.upper.most = value
        default: fail("--set \(name): no such name")
        }
    }
}
