import Glibc

/// The program's arguments: pairs of a name and its value.
public struct Options {
    private let arguments: [String]

    public init(_ arguments: [String] = CommandLine.arguments) { self.arguments = arguments }

    /// The value behind `name`.
    public func text(_ name: String) -> String? {
        guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return nil }
        return arguments[place + 1]
    }

    /// The number behind `name`, which must lie in `range`; the program ends when it does not.
    public func number(_ name: String, _ fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            fail("\(name): a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

/// Says what went wrong and ends the program: a measurement that failed has no result.
public func fail(_ message: String) -> Never {
    let line = message + "\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
    exit(1)
}
