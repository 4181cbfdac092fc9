/// JSON as it is written: numbers with three decimals at most, so that a run's text is the same everywhere.
public struct JSONText: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() {}

    public mutating func beginObject(_ name: String? = nil) { open(name, UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray(_ name: String? = nil) { open(name, UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A number; null when it is not finite.
    public mutating func write(_ name: String, _ value: Double) {
        begin(name)
        append(Self.number(value))
    }

    public mutating func write(_ name: String, _ value: Bool) {
        begin(name)
        append(value ? "true" : "false")
    }

    public mutating func write(_ name: String, _ value: String) {
        begin(name)
        appendQuoted(value)
    }

    /// Numbers in one array.
    public mutating func write(_ name: String, _ values: [Double]) {
        beginArray(name)
        for value in values {
            begin(nil)
            append(Self.number(value))
        }
        endArray()
    }

    private mutating func open(_ name: String?, _ bracket: UInt8) {
        begin(name)
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func begin(_ name: String?) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        if let name {
            appendQuoted(name)
            bytes.append(UInt8(ascii: ":"))
        }
        needsComma = true
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte < 0x20 ? 0x20 : byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "null" }
        let thousandths = (value * 1000).rounded()
        let whole = Int64(thousandths)
        if whole % 1000 == 0 { return "\(whole / 1000)" }
        var rest = String(abs(whole % 1000) + 1000).dropFirst()
        while rest.last == "0" { rest.removeLast() }
        return (whole < 0 ? "-" : "") + "\(abs(whole) / 1000).\(rest)"
    }
}
