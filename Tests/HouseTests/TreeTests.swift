import Foundation
import Testing

@Suite("The tree")
struct TreeTests {
    static let committed: Set<String> = [
        "Package.swift", "Sources", "Tests", "Benchmarks", "Fixtures", "docs", "Makefile", "README.md", "LICENSE",
        "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", ".swift-format", ".gitignore", ".ci",
    ]
    /// Made by tools and ignored by git.
    static let made: Set<String> = [".git", ".build", ".swiftpm", "Package.resolved", ".vscode"]

    @Test("nothing stands at the top but what belongs there")
    func topLevel() throws {
        let names = Set(try Checkout.names(in: ""))
        #expect(names.subtracting(Self.made).subtracting(Self.committed) == [])
        #expect(names.isSuperset(of: ["Package.swift", "Sources", "Tests", "docs", "Makefile", "LICENSE", ".ci"]))
    }

    @Test("every folder of sources is a target, so nothing lies about uncompiled")
    func sourceFolders() throws {
        let targets = Set(try PackageDump.read().targets.filter { $0.type != "test" }.map(\.name))
        #expect(Set(try Checkout.names(in: "Sources")) == targets)
    }

    @Test("no file leaves work for later in a comment")
    func noLeftovers() throws {
        let words = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
        let expression = try NSRegularExpression(pattern: #"\b("# + words.joined(separator: "|") + #")\b"#)
        let endings = [".swift", ".c", ".h", ".md", ".py", ".sh", ".js", ".css", ".html", "run", "setup"]
        let files = ["Sources", "Tests", "Benchmarks", "docs"].flatMap { Checkout.files(under: $0, endings: endings) }
        #expect(files.count > 40)
        for path in files {
            let text = try Checkout.text(path)
            let found = expression.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text))
            #expect(found == 0, "\(path)")
        }
    }

    @Test("links between the pages of docs/ lead somewhere")
    func links() throws {
        let expression = try NSRegularExpression(pattern: #"\]\(([^)#:]+)(#[^)]*)?\)"#)
        let pages = Checkout.files(under: "docs", endings: [".md"])
        #expect(!pages.isEmpty)
        for page in pages {
            let text = try Checkout.text(page)
            let folder = Checkout.root.appending(path: page).deletingLastPathComponent()
            for match in expression.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
                let target = Range(match.range(at: 1), in: text).map { String(text[$0]) } ?? ""
                let exists = FileManager.default.fileExists(atPath: folder.appending(path: target).standardized.path)
                #expect(exists, "\(page) links to \(target)")
            }
        }
    }
}
