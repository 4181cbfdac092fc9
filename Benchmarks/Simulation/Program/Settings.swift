import BenchmarkSupport
import Glibc
import RapportSimulator

/// What the command line asks for.
struct Settings {
    static let usage = """
        rapport-sim [--case NAME]... [--seed N] [--seeds COUNT] [--estimator ours|baseline|both] [--json FILE] [--short] [--sessions] [--cost] [--list]

        Runs the cases of congestion control in virtual time and prints a line for each: its name, the figures of ours
        and of the baseline, the target, met or miss (by ours). NAME may end in * for every name that begins so. --json
        writes figures and the course of each run in steps of 200 ms. With --seeds each case runs that often, from --seed
        on, and each figure is the worst, or the median where there is no target; the course is the first run's. With --sessions
        the cases of one call with nothing beside it are run by two whole sessions in place of the model of a sender. Exit
        status 1 when ours misses a target, 2 when the arguments are wrong.
        """

    var cases: [SimulationCase] = []
    var seed: UInt64 = 1
    var seedCount: UInt64 = 1
    var contenders: [Contender] = [.ours, .baseline]
    var jsonPath: String?
    var listsOnly = false
    /// Real packets, encryption, pacer and buffers; only path, clock and pictures are made.
    var usesSessions = false
    /// Of the whole table, and when asked for: real time is no function of a seed.
    var measuresCost = false

    init(_ arguments: [String]) {
        var names: [String] = []
        var isShort = false
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            switch argument {
            case "--case": names.append(Self.value(of: argument, &rest))
            case "--seed": seed = Self.seed(Self.value(of: argument, &rest))
            case "--seeds": seedCount = min(max(Self.seed(Self.value(of: argument, &rest)), 1), 1000)
            case "--estimator": contenders = Self.contenders(Self.value(of: argument, &rest))
            case "--json": jsonPath = Self.value(of: argument, &rest)
            case "--short": isShort = true
            case "--sessions": usesSessions = true
            case "--cost": measuresCost = true
            case "--list": listsOnly = true
            case "--help", "-h": Self.end(Self.usage, status: 0)
            default: Self.end("\(argument): not an option\n\n" + Self.usage, status: 2)
            }
        }
        if names.isEmpty, !isShort, !listsOnly, !usesSessions { measuresCost = true }
        cases = Self.select(names, isShort: isShort)
        if usesSessions { cases.removeAll { !Self.isForSessions($0.scenario) } }
    }

    private static func select(_ names: [String], isShort: Bool) -> [SimulationCase] {
        for name in names where !SimulationCase.all.contains(where: { matches($0.name, name) }) {
            end("\(name): no such case; --list shows them", status: 2)
        }
        return SimulationCase.all.filter { one in
            (names.isEmpty || names.contains { matches(one.name, $0) }) && (!isShort || one.isShort)
        }
    }

    // Sessions report and repeat as they do, whatever a case says of that.
    private static func isForSessions(_ scenario: Scenario) -> Bool {
        guard Simulator.isCallAlone(scenario), let flow = scenario.media.first else { return false }
        let usual = MediaFlowConfiguration(name: flow.name, forward: flow.forward, reverse: flow.reverse)
        return flow.feedbackInterval == usual.feedbackInterval && flow.laterCopies == usual.laterCopies
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    private static func value(of name: String, _ rest: inout ArraySlice<String>) -> String {
        guard let value = rest.popFirst() else { end("\(name): a value is missing", status: 2) }
        return value
    }

    private static func seed(_ text: String) -> UInt64 {
        guard let seed = UInt64(text) else { end("\(text): not a whole number", status: 2) }
        return seed
    }

    private static func contenders(_ text: String) -> [Contender] {
        if text == "both" { return Contender.allCases }
        guard let one = Contender(rawValue: text) else { end("--estimator: ours, baseline or both", status: 2) }
        return [one]
    }

    static func end(_ message: String, status: Int32) -> Never {
        let line = message + "\n"
        _ = line.withCString { write(status == 0 ? 1 : 2, $0, strlen($0)) }
        exit(status)
    }
}
