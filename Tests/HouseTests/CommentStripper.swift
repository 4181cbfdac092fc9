/// Blanks out comments and the contents of string literals, keeping line breaks and interpolated code.
struct CommentStripper {
    private let text: [Character]
    private var index = 0
    private var output = ""

    init(_ text: String) { self.text = Array(text) }

    mutating func strip() -> String {
        while index < text.count { stripCode(until: nil) }
        return output
    }

    private func starts(_ token: String) -> Bool {
        var position = index
        for character in token {
            guard position < text.count, text[position] == character else { return false }
            position += 1
        }
        return true
    }

    /// Copies code up to the parenthesis that closes an interpolation, or to the end.
    private mutating func stripCode(until closing: Character?) {
        var depth = 0
        while index < text.count {
            if starts("//") {
                skipLine()
            } else if starts("/*") {
                skipBlock()
            } else if text[index] == "\"" || starts("#\"") {
                stripString()
            } else {
                if text[index] == "(" { depth += 1 }
                if text[index] == closing, depth == 0 { return }
                if text[index] == ")" { depth -= 1 }
                output.append(text[index])
                index += 1
            }
        }
    }

    private mutating func skipLine() {
        while index < text.count, !text[index].isNewline { index += 1 }
    }

    private mutating func skipBlock() {
        var depth = 0
        while index < text.count {
            if starts("/*") {
                depth += 1
                index += 2
            } else if starts("*/") {
                depth -= 1
                index += 2
                if depth == 0 { return }
            } else {
                if text[index].isNewline { output.append("\n") }
                index += 1
            }
        }
    }

    private mutating func stripString() {
        let hashes = starts("#\"") ? "#" : ""
        let quote = starts(hashes + "\"\"\"") ? "\"\"\"" : "\""
        index += hashes.count + quote.count
        output.append("\"")
        while index < text.count, !starts(quote + hashes) {
            if starts("\\" + hashes + "(") {
                index += 2 + hashes.count
                output.append(" ")
                stripCode(until: ")")
                index += 1
                output.append(" ")
            } else if text[index] == "\\", hashes.isEmpty {
                index += 2
            } else {
                if text[index].isNewline { output.append("\n") }
                index += 1
            }
        }
        index += quote.count + hashes.count
        output.append("\"")
    }
}
