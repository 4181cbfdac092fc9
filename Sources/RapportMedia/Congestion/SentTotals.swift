/// How much was sent up to each of the newest packets, by their numbers.
///
/// A ring allocated once.
struct SentTotals: Sendable {
    private static let slots = 2048
    private var entries = [(number: Int64, bytes: Double)](repeating: (.min, 0), count: slots)
    private var total = 0.0

    mutating func append(number: Int64, bytes: Int) {
        total += Double(max(bytes, 0))
        entries[Self.slot(number)] = (number, total)
    }

    /// Bytes that left after packet `number`; zero for one that is not among the newest.
    func bytes(after number: Int64) -> Double {
        let entry = entries[Self.slot(number)]
        return entry.number == number ? total - entry.bytes : 0
    }

    private static func slot(_ number: Int64) -> Int { Int(truncatingIfNeeded: number) & (slots - 1) }
}
