import Foundation
import Testing

/// What core rooms may not do, as patterns over their code.
enum Impurity: String, CaseIterable {
    case clock, tasks, dispatch, foundation, randomness, locks, printing, io

    var pattern: String {
        switch self {
        case .clock:
            #"\b(ContinuousClock|SuspendingClock|UTCClock|clock_gettime|gettimeofday|g_get_monotonic_time|g_get_real_time)\b"#
                + #"|\btime\(nil\)|\bDate\(\)|\bDate\.now\b|\b\w*[sS]leep\("#
        case .tasks: #"\bTask\b|\bwithTaskGroup\b|\bwithThrowingTaskGroup\b|\bAsyncStream\b|\basync\s+let\b"#
        case .dispatch: #"\bDispatch\w*"#
        case .foundation: #"\bFoundation\w*"#
        case .randomness:
            #"\bSystemRandomNumberGenerator\b|\.random\((?![^()]*(?:\([^()]*\)[^()]*)*\busing:)"#
                + #"|\.(shuffled|shuffle|randomElement)\(\)|\barc4random\w*|\brand\(\)|\bgetrandom\("#
        case .locks: #"\bpthread_\w+|\bMutex\b|\bNSLock\b|\bAtomic\b|\bThread\b"#
        case .printing: #"\b(debugPrint|print|dump|NSLog|fputs|puts|printf)\("#
        case .io:
            #"\b(fopen|socket|sendto|recvfrom|opendir|unlink|mkdir)\(|\b(FileHandle|FileManager|ProcessInfo|getenv)\b"#
        }
    }
}

@Suite("Purity of core rooms")
struct PurityTests {
    /// Maxima that are not zero: room, impurity, count. The file is edited downwards only.
    private func maxima() throws -> [String: [String: Int]] {
        let text = try Checkout.text("Tests/Ratchets/purity.json")
        return try JSONDecoder().decode([String: [String: Int]].self, from: Data(text.utf8))
    }

    @Test("counts of impure calls never rise, and the file follows when they fall")
    func ratchet() throws {
        let maxima = try maxima()
        for room in try RoomTable.read().rooms.values where room.kind == .core {
            let sources = try Checkout.sources(of: room.name)
            #expect(!sources.isEmpty, "\(room.name) has no sources")
            for impurity in Impurity.allCases {
                let places = sources.filter { $0.count(of: impurity.pattern) > 0 }.map(\.path)
                let count = sources.reduce(0) { $0 + $1.count(of: impurity.pattern) }
                let maximum = maxima[room.name]?[impurity.rawValue] ?? 0
                #expect(count == maximum, "\(room.name), \(impurity.rawValue): \(count), not \(maximum), in \(places)")
            }
        }
    }

    @Test("the ratchet knows only core rooms and impurities that exist")
    func ratchetNames() throws {
        let rooms = try RoomTable.read().rooms
        for (room, counts) in try maxima() {
            #expect(rooms[room]?.kind == .core, "\(room)")
            for name in counts.keys { #expect(Impurity(rawValue: name) != nil, "\(name)") }
        }
    }

    @Test(
        "a planted impurity is seen",
        arguments: [
            (Impurity.clock, "let now = ContinuousClock.now"), (.clock, "usleep(10)"), (.clock, "time(nil)"),
            (.clock, #"let s = "at \(Date())""#), (.tasks, "Task { await f() }"), (.tasks, "Task.detached { }"),
            (.dispatch, "DispatchQueue.main.async {}"), (.foundation, "import Foundation"),
            (.randomness, "Int.random(in: 0..<f(3))"), (.randomness, "list.shuffled()"), (.locks, "let m = Mutex(0)"),
            (.printing, "print(1)"), (.io, "fopen(path, mode)"),
        ])
    func plantedImpurity(_ impurity: Impurity, _ code: String) {
        #expect(SwiftSource(path: "planted", text: code).count(of: impurity.pattern) == 1)
    }

    @Test(
        "what only looks impure is not",
        arguments: [
            (Impurity.clock, "// reads ContinuousClock"), (.clock, #"let s = "time(nil)""#),
            (.randomness, "Int.random(in: 0..<f(3), using: &generator)"), (.tasks, "struct TaskList {}"),
            (.foundation, "let foundation = 1"), (.printing, "/* print(1) /* nested */ print(2) */"),
        ])
    func innocent(_ impurity: Impurity, _ code: String) {
        #expect(SwiftSource(path: "innocent", text: code).count(of: impurity.pattern) == 0)
    }
}
