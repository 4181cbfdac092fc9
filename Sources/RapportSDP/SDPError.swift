/// Why a text is not a session description that can be used. Names the place, never carries the text itself.
///
/// Lines count from 1. RFC 8866 section 9 (grammar); RFC 9429 section 5.8 (parsing).
public enum SDPError: Error, Hashable, Sendable {
    /// The whole text is larger than `SessionDescription.maximumBytes`.
    case tooLarge(bytes: Int)
    /// One line is longer than `SessionDescription.maximumLineBytes`.
    case lineTooLong(line: Int, bytes: Int)
    /// More `m=` lines than `SessionDescription.maximumMediaSections`.
    case tooManyMediaSections(line: Int)
    /// An attribute is repeated more often than any use of it needs.
    case tooManyAttributes(line: Int, attribute: SDPAttributeName)
    /// The line is not a small letter, an equals sign and a value.
    case malformedLine(line: Int)
    /// A NUL, or a carriage return that does not end a line.
    case forbiddenByte(line: Int)
    /// A line of this type may not stand here.
    case unexpectedLine(line: Int, type: SDPLineType)
    /// The text ends, or goes on with something else, where this line has to stand.
    case missingLine(line: Int, type: SDPLineType)
    /// The value of the line breaks its grammar.
    case malformedValue(line: Int, type: SDPLineType)
    /// The value of an attribute breaks its grammar.
    case malformedAttribute(line: Int, attribute: SDPAttributeName)
    /// An attribute that may stand once stands twice with different values.
    case conflictingAttribute(line: Int, attribute: SDPAttributeName)

    /// Where it was found, counted from 1; nil when it is about the whole text.
    public var line: Int? {
        switch self {
        case .tooLarge: nil
        case .lineTooLong(let line, _), .tooManyMediaSections(let line), .tooManyAttributes(let line, _),
            .malformedLine(let line), .forbiddenByte(let line), .unexpectedLine(let line, _),
            .missingLine(let line, _), .malformedValue(let line, _), .malformedAttribute(let line, _),
            .conflictingAttribute(let line, _):
            line
        }
    }
}
