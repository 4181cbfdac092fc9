import Foundation
import RapportBase
import RapportMedia

/// `rapport-playout TRACES.json [--no-pauses] [--series ID] [--set NAME=VALUE]...`: what the receive side makes of
/// arrival traces. Settings to try: `cost` (ms of delay for one percent), `short` and `long` (shares in time), `memory` (packets), `recently` (ms).
@main
struct Command {
    static let phases = [1.2, 3.7, 6.2, 8.7]

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let path = arguments.first(where: { !$0.hasPrefix("--") }) else {
            print("usage: rapport-playout TRACES.json [--no-pauses] [--series ID] [--set NAME=VALUE]")
            exit(2)
        }
        let file = try JSONDecoder().decode(TraceFile.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        var source = Voice(seed: 7)
        let settings = settings(arguments)
        let voice = source.make(seconds: 61, pauses: !arguments.contains("--no-pauses"))
        if let flag = arguments.firstIndex(of: "--series"), flag + 1 < arguments.endIndex {
            return series(of: arguments[flag + 1], file, voice, settings)
        }
        print("trace                   delay ms  (worst) goal    concealed %  (worst) goal    in %  out %  thrown")
        var missed = 0
        var cost = Cost()
        for trace in file.traces {
            for hasFEC in trace.bounds.lossPct > 0 ? [false, true] : [false] {
                if !report(trace, hasFEC, voice, settings, &cost) { missed += 1 }
            }
        }
        print(cost)
        print(missed == 0 ? "every goal is met" : "\(missed) missed")
    }

    private static func settings(_ arguments: ArraySlice<String>) -> AudioJitterBuffer.Configuration {
        var result = AudioJitterBuffer.Configuration()
        for (flag, setting) in zip(arguments, arguments.dropFirst()) where flag == "--set" {
            let parts = setting.split(separator: "=")
            guard parts.count == 2, let value = Double(parts[1]) else { continue }
            switch parts[0] {
            case "cost": result.target.costOfOnePercent = .milliseconds(value)
            case "short": result.target.inTimeOfShortRuns = value
            case "long": result.target.inTimeOfLongRuns = value
            case "start": result.target.startPackets = Int(value)
            case "shortrun": result.target.shortRun = value
            case "longrun": result.target.longRun = value
            case "memory": result.target.memory = Int(value)
            case "recently": result.target.recently = .milliseconds(value)
            case "recovered": result.target.recoveredInTime = value
            case "late": result.target.lateAtMost = value
            case "late-part": result.target.leastPartLate = value
            case "late-memory": result.target.lateMemory = Int(value)
            case "start-delay": result.startDelay = .milliseconds(value)
            case "start-recoveries": result.target.recoveriesAtStart = value
            case "tolerance": result.tolerance = .milliseconds(value)
            default: print("no setting \(parts[0])")
            }
        }
        return result
    }

    /// One line: the mean over the phases of the sound card against the packets, and the worst of them.
    private static func report(
        _ trace: Trace, _ hasFEC: Bool, _ voice: [Int16], _ settings: AudioJitterBuffer.Configuration,
        _ cost: inout Cost
    ) -> Bool {
        let runs = phases.map { Player(hasFEC: hasFEC, phase: $0, voice: voice, configuration: settings).play(trace) }
        for run in runs { cost.add(run) }
        let (delay, worstDelay) = summary(runs.map(\.meanDelay))
        let (concealed, worstConcealed) = summary(runs.map(\.concealed))
        let bounds = trace.bounds
        let concealedGoal = hasFEC ? bounds.goalConcealedFecPct : bounds.goalConcealedNoFecPct
        let isMet = delay <= bounds.goalMeanDelayMs && concealed <= concealedGoal
        let name = (trace.id + (hasFEC ? " FEC" : "")).padding(toLength: 23, withPad: " ", startingAt: 0)
        print(
            name
                + String(
                    format: "%8.1f  (%6.1f) %6.1f   %6.2f   (%6.2f) %6.2f  %5.1f  %5.1f  %5d  %@", delay, worstDelay,
                    bounds.goalMeanDelayMs, concealed, worstConcealed, concealedGoal,
                    summary(runs.map(\.inserted)).mean,
                    summary(runs.map(\.removed)).mean, runs[0].flushed, isMet ? "met" : "MISSED"))
        return isMet
    }

    private static func summary(_ values: [Double]) -> (mean: Double, worst: Double) {
        (values.reduce(0, +) / Double(values.count), values.max() ?? 0)
    }

    /// Time and delay of every packet, for plots.
    private static func series(
        of id: String, _ file: TraceFile, _ voice: [Int16], _ settings: AudioJitterBuffer.Configuration
    ) {
        for trace in file.traces where trace.id == id {
            for point in Player(hasFEC: false, phase: phases[0], voice: voice, configuration: settings).play(trace)
                .series
            {
                print(String(format: "%.1f %.2f", point.time, point.delay))
            }
        }
    }
}

/// What a step of 10 ms takes, decoding left out.
struct Cost: CustomStringConvertible {
    private var runs = 0
    private var steps = 0
    private var allocations: UInt64 = 0
    private var microseconds = 0.0

    mutating func add(_ outcome: Player.Outcome) {
        runs += 1
        steps += outcome.steps
        allocations += outcome.allocations
        microseconds += outcome.microseconds
    }

    var description: String {
        String(
            format: "a step of 10 ms: %.2f us, %llu allocations in %d steps", microseconds / Double(max(runs, 1)),
            allocations, steps)
    }
}
