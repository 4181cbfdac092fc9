import BenchmarkSupport
import Foundation
import RapportBase
import RapportMedia
import RapportSimulator

/// `rapport-repair [--seeds 1-6] [--rate 2000] [--only PERCENT] [--round-trip MS] [--set NAME=VALUE,...] [--short]`: calls of two
/// whole sessions over lines that lose packets, with and without packets that repair them.
@main
struct Command {
    /// From here on the call has found its rate and knows its line.
    static let settled = Timestamp.seconds(10)

    static func main() throws {
        let options = Options()
        let seeds = try range(options.text("--seeds") ?? "1-6")
        let only = options.text("--only").flatMap { Int($0) }
        let roundTrip = options.text("--round-trip").flatMap { Int($0) }
        // Without the calls that it is compared to, for variations.
        let isShort = CommandLine.arguments.contains("--short")
        let tuning = Variation.tuning(options.text("--set") ?? "")
        print(
            "| loss | round trip | stood, without | with | freezes | with | pictures/s | with | kbit/s | with | repair | again |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        for condition in Condition.all(rate: options.number("--rate", 2000, in: 50...20_000)) {
            if let only, only != condition.percent { continue }
            if let roundTrip, roundTrip != condition.roundTrip { continue }
            let without = isShort ? [] : try figures(condition, seeds, repair: nil)
            let with = try figures(condition, seeds, repair: tuning)
            print(line(condition, without, with))
        }
    }

    private static func range(_ text: String) throws -> ClosedRange<UInt64> {
        let ends = text.split(separator: "-").compactMap { UInt64($0) }
        guard let first = ends.first, let last = ends.last, first <= last else { fail("--seeds: as 1-6") }
        return first...last
    }

    private static func figures(
        _ condition: Condition, _ seeds: ClosedRange<UInt64>, repair: RepairChoice.Tuning?
    ) throws -> [PictureFigures] {
        try seeds.map {
            try Simulator.runSessions(condition.scenario, seed: $0, repair: repair, isLayered: true).pictures(
                from: settled)
        }
    }

    private static func line(
        _ condition: Condition, _ without: [PictureFigures], _ with: [PictureFigures]
    ) -> String {
        let seconds = condition.scenario.duration.inSeconds - 10
        func mean(_ all: [PictureFigures], _ value: (PictureFigures) -> Double) -> Double {
            all.reduce(0) { $0 + value($1) } / Double(max(all.count, 1))
        }
        func pair(_ format: String, _ value: (PictureFigures) -> Double) -> String {
            String(format: "\(format) | \(format)", mean(without, value), mean(with, value))
        }
        return [
            "\(condition.percent) %\(condition.isBursty ? " in bursts" : "") | \(condition.roundTrip) ms",
            pair("%.2f") { $0.stood.inSeconds }, pair("%.1f") { Double($0.freezes) },
            pair("%.1f") { Double($0.shown) / seconds }, pair("%.0f") { $0.goodput / 1000 },
            String(format: "%.3f", mean(with) { $0.repairShare }),
            String(format: "%.3f", mean(with) { $0.repeatShare }),
        ].reduce("|") { $0 + " " + $1 + " |" }
    }
}
