/// An `a=` line while it is read: the name, the value and the line's number.
struct AttributeLine {
    var line: Int
    var name: UTF8Text
    var value: UTF8Text?

    init(_ source: SDPLine) throws(SDPError) {
        (name, value) = source.value.halves(at: .colon)
        line = source.number
        guard name.isToken else { throw source.malformed }
    }

    /// The attribute when it is one that is read into a type.
    var known: SDPAttributeName? { SDPAttributeName(rawValue: name.text) }

    /// The attribute as it stands.
    var unread: SDPAttribute { SDPAttribute(name: name.text, value: value?.text) }

    func malformed(_ name: SDPAttributeName) -> SDPError { .malformedAttribute(line: line, attribute: name) }

    /// The value, which may not be empty.
    func required(_ name: SDPAttributeName) throws(SDPError) -> UTF8Text {
        guard let value = value?.trimmed, !value.isEmpty else { throw malformed(name) }
        return value
    }

    /// The value's words, of which there are at least `count`.
    func words(_ name: SDPAttributeName, atLeast count: Int) throws(SDPError) -> [UTF8Text] {
        let words = value?.words ?? []
        guard words.count >= count else { throw malformed(name) }
        return words
    }

    /// The value's first word, and the rest of it.
    func headAndTail(_ name: SDPAttributeName) throws(SDPError) -> (head: UTF8Text, tail: UTF8Text?) {
        let (head, tail) = try required(name).halves(at: .space)
        let rest = tail?.trimmed
        return (head, rest?.isEmpty == true ? nil : rest)
    }

    /// The whole value as a number.
    func number<Number: FixedWidthInteger>(_ name: SDPAttributeName) throws(SDPError) -> Number {
        guard let number = try required(name).number(Number.self) else { throw malformed(name) }
        return number
    }

    /// Sets what may be said once; the same value said again is let pass.
    func set<Value: Equatable>(_ field: inout Value?, to new: Value, _ name: SDPAttributeName) throws(SDPError) {
        guard field == nil || field == new else { throw .conflictingAttribute(line: line, attribute: name) }
        field = new
    }
}
