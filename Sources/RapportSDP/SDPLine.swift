/// One line of a description: its number from 1, its letter and what stands behind the equals sign.
struct SDPLine {
    var number: Int
    var type: SDPLineType
    var value: UTF8Text

    var malformed: SDPError { .malformedValue(line: number, type: type) }

    /// Splits a text into lines that end with CRLF or LF; the last may end without. RFC 8866 section 9.
    static func lines(of text: String) throws(SDPError) -> [SDPLine] {
        let bytes = text.utf8.count
        guard bytes <= SessionDescription.maximumBytes else { throw .tooLarge(bytes: bytes) }
        var lines: [SDPLine] = []
        var rest = Substring(text).utf8
        var number = 0
        while !rest.isEmpty {
            number += 1
            let (line, behind) = rest.halves(at: .newline)
            rest = behind ?? rest[rest.endIndex...]
            if let line = try SDPLine(parsing: line, number: number, isLast: rest.isEmpty) { lines.append(line) }
        }
        return lines
    }

    /// Nil for an empty line at the very end.
    private init?(parsing raw: UTF8Text, number: Int, isLast: Bool) throws(SDPError) {
        let line = raw.last == .carriageReturn ? raw.dropLast() : raw
        guard line.count <= SessionDescription.maximumLineBytes else {
            throw .lineTooLong(line: number, bytes: line.count)
        }
        if line.isEmpty && isLast { return nil }
        guard !line.contains(where: { $0 == 0 || $0 == .carriageReturn }) else { throw .forbiddenByte(line: number) }
        guard let letter = line.first, let type = SDPLineType(rawValue: letter), line.dropFirst().first == .equals
        else { throw .malformedLine(line: number) }
        self.number = number
        self.type = type
        value = line.dropFirst(2)
    }
}
