import Testing

/// A smell test, not a limit: it prints, and fails only when it measures nothing.
@Suite("Function length")
struct FunctionLengthReport {
    @Test("the median length, the share over 70 lines and the longest functions are printed")
    func report() throws {
        let table = try RoomTable.read()
        var all: [(name: String, lines: Int)] = []
        for room in table.rooms.values where room.kind != .library {
            for source in try Checkout.sources(of: room.name) {
                all += source.functions.map { ("\(source.path) \($0.name)", $0.lines) }
            }
        }
        all.sort { $0.lines > $1.lines }
        #expect(all.count > 50)
        let long = all.count { $0.lines > 70 }
        print("Function length: \(all.count) functions, median \(all[all.count / 2].lines) lines,")
        print("  over 70 lines: \(long) (\(long * 1000 / all.count) per mille); the longest:")
        for function in all.prefix(5) { print("  \(function.lines)  \(function.name)") }
    }

    @Test("lengths are counted from the first line of the declaration to its closing brace")
    func counting() {
        let source = SwiftSource(
            path: "x",
            text: """
                protocol P { func required() }
                struct S {
                    public static func a() { 1 }
                    private func b(
                        _ x: Int
                    ) -> String {
                        // a brace in a comment: }
                        "and in a string: }"
                    }
                    init() {}
                    let closure = { (func: Int) in 1 }
                }
                """)
        #expect(source.functions.map(\.name) == ["a", "b", "init"])
        #expect(source.functions.map(\.lines) == [1, 6, 1])
    }
}
