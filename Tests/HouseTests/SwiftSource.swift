import Foundation

/// One Swift file and what a few plain rules can tell about it without a compiler.
struct SwiftSource {
    let path: String
    let text: String
    /// The text without comments and without the contents of string literals; interpolated code stays.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        var stripper = CommentStripper(text)
        code = stripper.strip()
    }

    /// Modules that the file imports, whatever stands before the word.
    var imports: [String] {
        Self.matches(
            of: #"(?m)^\s*(?:(?:@\w+(?:\([^)]*\))?|public|package|internal|fileprivate|private)\s+)*import\s+"#
                + #"(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)"#,
            in: code)
    }

    /// How often a regular expression is found in the code.
    func count(of pattern: String) -> Int { Self.matches(of: "(" + pattern + ")", in: code).count }

    /// How often it is found in the text as it stands, with comments and literals.
    func countInText(of pattern: String) -> Int { Self.matches(of: "(" + pattern + ")", in: text).count }

    /// What the first group of `pattern` caught, once for each match.
    private static func matches(of pattern: String, in text: String) -> [String] {
        // A pattern is written in these tests: one that does not compile is a mistake to see at once.
        let expression = try! NSRegularExpression(pattern: pattern)
        let whole = NSRange(text.startIndex..., in: text)
        return expression.matches(in: text, range: whole).compactMap { match in
            Range(match.range(at: 1), in: text).map { String(text[$0]) }
        }
    }

    /// Name and length in lines of every function, initialiser and deinitialiser with a body.
    var functions: [(name: String, lines: Int)] {
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.indices.compactMap { start in
            guard let name = Self.functionName(lines[start]) else { return nil }
            return Self.bodyEnd(lines, from: start).map { (name, $0 - start + 1) }
        }
    }

    private static func functionName(_ line: String) -> String? {
        let words = line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }).map(String.init)
        guard let at = words.firstIndex(where: { ["func", "init", "deinit"].contains($0) }) else { return nil }
        guard words[..<at].allSatisfy(modifiers.contains) else { return nil }
        guard words[at] == "func" else { return words[at] }
        return at + 1 < words.count ? words[at + 1] : "operator"
    }

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "static", "class", "final", "override", "mutating",
        "nonmutating", "consuming", "borrowing", "inlinable", "inline", "always", "never", "discardableResult",
        "required",
        "convenience", "nonisolated", "nonsending", "isolated", "prefix", "postfix", "usableFromInline", "MainActor",
        "concurrent", "Sendable",
    ]

    /// Index of the line on which the first brace opened at or behind `start` closes; nil for a requirement.
    private static func bodyEnd(_ lines: [String], from start: Int) -> Int? {
        var depth = 0
        for index in start..<lines.count {
            for character in lines[index] {
                if character == "{" { depth += 1 }
                if character == "}" {
                    depth -= 1
                    if depth <= 0 { return depth == 0 ? index : nil }
                }
            }
            if depth == 0, index > start, functionName(lines[index]) != nil { return nil }
        }
        return nil
    }
}
