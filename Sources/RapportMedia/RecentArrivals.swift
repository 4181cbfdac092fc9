import RapportBase

/// The largest transit of the last moment, for which a queue that emptied at once counts only with its newest packet.
///
/// After a stall all packets arrive together; the older ones say how long it was, only the newest how the path is now.
struct RecentArrivals: Sendable {
    private static let slices = 8
    private let slice: Int64
    private let together: Int64
    private var maxima = [Int64](repeating: .min, count: slices)
    private var current: Int64 = .min
    private var last: (arrival: Int64, transit: Int64)?

    /// - Parameters:
    ///   - window: how far back is looked.
    ///   - together: packets closer than this came out of one queue.
    init(window: Duration, together: Duration) {
        slice = max(window.wholeNanoseconds / Int64(Self.slices), 1)
        self.together = together.wholeNanoseconds
    }

    mutating func add(transit: Int64, arrival: Timestamp) {
        if let last, arrival.nanoseconds &- last.arrival >= together {
            advance(to: last.arrival / slice)
            let index = Self.index(last.arrival / slice)
            maxima[index] = max(maxima[index], last.transit)
        }
        last = (arrival.nanoseconds, transit)
    }

    /// Nil when nothing arrived within the window.
    func largest(at now: Timestamp) -> Int64? {
        let newest = now.nanoseconds / slice
        var largest = Int64.min
        for back in 0..<Int64(Self.slices)
        where newest - back <= current && newest - back > current - Int64(Self.slices) {
            largest = max(largest, maxima[Self.index(newest - back)])
        }
        if let last, last.arrival / slice > newest - Int64(Self.slices) { largest = max(largest, last.transit) }
        return largest == .min ? nil : largest
    }

    mutating func removeAll() {
        for index in maxima.indices { maxima[index] = .min }
        (current, last) = (.min, nil)
    }

    private mutating func advance(to newest: Int64) {
        guard current != .min, newest - current < Int64(Self.slices) else {
            if current == .min || newest > current {
                for index in maxima.indices { maxima[index] = .min }
                current = newest
            }
            return
        }
        while current < newest {
            current += 1
            maxima[Self.index(current)] = .min
        }
    }

    private static func index(_ number: Int64) -> Int {
        Int(((number % Int64(slices)) + Int64(slices)) % Int64(slices))
    }
}
