import BenchmarkSupport
import Glibc
import RapportSimulator

/// Runs the cases of congestion control and prints their table.
@main
enum RapportSim {
    static func main() {
        let settings = Settings(CommandLine.arguments)
        if settings.listsOnly { return list(settings.cases) }
        var json = JSONText()
        json.beginObject()
        json.write("seed", Double(settings.seed))
        json.beginArray("cases")
        var missed = 0
        show(Table.heading(settings.contenders))
        var events = 0
        let start = Clock.threadCPU()
        for one in settings.cases {
            let (isMet, handled) = run(one, settings, &json)
            if !isMet { missed += 1 }
            events += handled
        }
        json.endArray()
        json.endObject()
        if let path = settings.jsonPath { save(json.bytes, to: path) }
        let seconds = Double(Clock.threadCPU() - start) / 1e9
        let seeds = settings.seedCount == 1 ? "seed" : "worst of \(settings.seedCount) seeds from"
        show(
            "\(settings.cases.count - missed) met, \(missed) missed; \(seeds) \(settings.seed); "
                + "\(events / 1000) thousand events in \((seconds * 10).rounded() / 10) s of CPU")
        let isCheap = settings.measuresCost ? showCost() : true
        exit(missed == 0 && isCheap ? 0 : 1)
    }

    private static func showCost() -> Bool {
        let cost = Cost.measure()
        let isMet = cost.control <= Cost.limit
        show(
            Table.pad("cost", Table.nameWidth)
                + "estimator and pacer \(Int(cost.control)) ns a packet (<= \(Int(Cost.limit))); feedback at both ends "
                + "\(Int(cost.feedback)) ns, a report for \(Table.number(cost.packetsOfReport, .seconds)) packets, "
                + "\(Table.number(cost.reportBytesOfPacket, .seconds)) bytes of it a packet: \(isMet ? "met" : "miss")")
        return isMet
    }

    private static func list(_ cases: [SimulationCase]) {
        for one in cases { show(Table.pad(one.name, Table.nameWidth) + one.title) }
    }

    private static func run(_ one: SimulationCase, _ settings: Settings, _ json: inout JSONText) -> (Bool, Int) {
        var results: [(String, [Figure], RunResult)] = []
        for contender in settings.contenders {
            let first = result(of: one, by: contender, settings, seed: settings.seed)
            var figures = [one.judge(first)]
            for step in 1..<max(settings.seedCount, 1) {
                let seed = settings.seed &+ step
                figures.append(one.judge(result(of: one, by: contender, settings, seed: seed)))
            }
            results.append((contender.rawValue, Figure.worst(of: figures), first))
        }
        // The verdict is ours; of a run of the baseline alone, the baseline's.
        let isMet = results.first?.1.allSatisfy(\.isMet) ?? true
        show(Table.line(one, results.map(\.1), isMet: isMet))
        if settings.jsonPath != nil { one.write(results, isMet: isMet, to: &json) }
        return (isMet, results.reduce(0) { $0 + $1.2.events })
    }

    private static func result(
        of one: SimulationCase, by contender: Contender, _ settings: Settings, seed: UInt64
    ) -> RunResult {
        let scenario = contender.setting(one.scenario)
        guard settings.usesSessions else {
            return Simulator.run(scenario, seed: seed, estimator: contender.make)
        }
        do {
            return try Simulator.runSessions(scenario, seed: seed, control: contender.control)
        } catch {
            fail("\(one.name): \(error)")
        }
    }

    // Past the buffer of standard output: a line is seen when its case is through.
    private static func show(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(1, line, line.count)
    }

    private static func save(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { fail("\(path): cannot be written") }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { fail("\(path): not written to its end") }
    }
}
