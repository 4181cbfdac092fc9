import Foundation
import Testing

/// What the README shows is what the tests compile and run.
@Suite("The README")
struct ReadmeTests {
    @Test("its program is the one that the tests run")
    func program() throws {
        let readme = try Checkout.text("README.md")
        let shown = try #require(Self.block(of: readme))
        #expect(shown == (try Self.compiled()))
    }

    /// The first Swift block, without its `import` line.
    static func block(of text: String) -> [String]? {
        let lines = text.components(separatedBy: "\n")
        guard let start = lines.firstIndex(of: "```swift"),
            let end = lines[start...].firstIndex(of: "```")
        else { return nil }
        return lines[(start + 1)..<end].filter { !$0.isEmpty && !$0.hasPrefix("import ") }
    }

    static func compiled() throws -> [String] {
        let lines = try Checkout.text("Tests/RapportTests/ReadmeBody.swift").components(separatedBy: "\n")
        let start = try #require(lines.firstIndex { $0.hasSuffix("// README begins") })
        let end = try #require(lines.firstIndex { $0.hasSuffix("// README ends") })
        return lines[(start + 1)..<end].map { String($0.dropFirst(8)) }
    }
}
