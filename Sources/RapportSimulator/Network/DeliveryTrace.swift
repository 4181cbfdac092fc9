public import RapportBase

/// A recorded link in Mahimahi's format: one line a delivery, the millisecond at which up to 1504 bytes may leave.
///
/// The trace begins again after its last delivery. What is not used at its moment is lost, as on the radio.
public struct DeliveryTrace: Sendable, Equatable {
    /// Bytes that one delivery carries: Mahimahi's packet size.
    public static let bytesPerDelivery = 1504
    /// Deliveries held at most: an hour at 12 Mbit/s.
    public static let longest = 4_000_000

    /// Milliseconds from the start, never decreasing.
    public let deliveries: [Int64]

    /// - Throws: `emptyTrace`, `traceTooLong`, `decreasingTime`.
    public init(deliveries: [Int64]) throws(SimulatorError) {
        guard let last = deliveries.last, last > 0 else { throw .emptyTrace }
        guard deliveries.count <= Self.longest else { throw .traceTooLong(deliveries.count) }
        var earlier: Int64 = 0
        for (index, time) in deliveries.enumerated() {
            guard time >= earlier else { throw .decreasingTime(line: index + 1) }
            earlier = time
        }
        self.deliveries = deliveries
    }

    /// Reads a trace file: decimal milliseconds, one a line; empty lines at the end are passed over.
    ///
    /// - Throws: `malformedLine` for anything else, and what `init(deliveries:)` throws.
    public init(parsing text: Span<UInt8>) throws(SimulatorError) {
        var times: [Int64] = []
        var line = 1
        var position = 0
        while position < text.count {
            var end = position
            while end < text.count, text[end] != 0x0A { end += 1 }
            if let time = try Self.number(text, position..<end, line: line) { times.append(time) }
            guard times.count <= Self.longest else { throw .traceTooLong(times.count) }
            position = end + 1
            line += 1
        }
        try self.init(deliveries: times)
    }

    /// The text of the trace, which `init(parsing:)` reads.
    public var serialized: [UInt8] {
        var text: [UInt8] = []
        for time in deliveries {
            text.append(contentsOf: time.description.utf8)
            text.append(0x0A)
        }
        return text
    }

    /// Length of one round in milliseconds.
    var period: Int64 { deliveries.last ?? 1 }

    /// The moment of the delivery with this number, counted through all rounds.
    func time(of number: Int64) -> Timestamp {
        let count = Int64(deliveries.count)
        let (round, place) = number.quotientAndRemainder(dividingBy: count)
        return .milliseconds(round * period + deliveries[Int(place)])
    }

    /// Number of the first delivery at `time` or later.
    func firstDelivery(from time: Timestamp) -> Int64 {
        let milliseconds = (time.nanoseconds + 999_999) / 1_000_000
        // The last delivery of a round and the first of the next may share a millisecond: begin a round before.
        let round = max(milliseconds / period - 1, 0)
        var number = round * Int64(deliveries.count)
        var (low, high) = (number, number + 3 * Int64(deliveries.count))
        while low < high {
            number = (low + high) / 2
            if self.time(of: number) >= time { high = number } else { low = number + 1 }
        }
        return low
    }

    /// Mean rate over the whole trace.
    public var meanRate: Bitrate {
        Bitrate(bitsPerSecond: deliveries.count * Self.bytesPerDelivery * 8 * 1000 / Int(period))
    }

    /// Bits that could leave between two moments.
    public func bits(from start: Timestamp, to end: Timestamp) -> Double {
        Double((firstDelivery(from: end) - firstDelivery(from: start)) * Int64(Self.bytesPerDelivery) * 8)
    }

    private static func number(_ text: Span<UInt8>, _ range: Range<Int>, line: Int) throws(SimulatorError) -> Int64? {
        var range = range
        if !range.isEmpty, text[range.upperBound - 1] == 0x0D { range = range.lowerBound..<range.upperBound - 1 }
        if range.isEmpty {
            guard range.upperBound + 1 >= text.count else { throw .malformedLine(line) }
            return nil
        }
        // Nine digits are eleven days: what is longer is no trace, and cannot overflow here.
        guard range.count <= 9 else { throw .malformedLine(line) }
        var value: Int64 = 0
        for index in range {
            guard text[index] >= 0x30, text[index] <= 0x39 else { throw .malformedLine(line) }
            value = value * 10 + Int64(text[index] - 0x30)
        }
        return value
    }
}
