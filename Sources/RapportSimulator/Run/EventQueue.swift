import RapportBase

/// What happens next in a run: a heap by time, then by the order in which it was planned.
struct EventQueue {
    enum Event {
        /// The packet in this slot comes to its next hop or to its end.
        case arrival(Int32)
        /// The link's server is through with a packet.
        case served(Int32)
        /// The air has carried a burst.
        case carried(Int32)
        /// A timer of the call's sending or receiving end, of a TCP sender, of a source of datagrams.
        case sender(Int32)
        case receiver(Int32)
        case connection(Int32)
        case datagrams(Int32)
        case sample
    }

    private struct Entry {
        var time: Int64
        var order: Int64
        var event: Event

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private var heap: [Entry] = []
    private var order: Int64 = 0
    private(set) var handled = 0

    /// When the next event is.
    var nextTime: Timestamp? { heap.first.map { Timestamp(nanoseconds: $0.time) } }

    mutating func plan(_ event: Event, at time: Timestamp) {
        order += 1
        let entry = Entry(time: time.nanoseconds, order: order, event: event)
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 4
            guard entry.isBefore(heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    /// The next event not later than `end`.
    mutating func next(until end: Timestamp) -> (event: Event, time: Timestamp)? {
        guard let first = heap.first, first.time <= end.nanoseconds else { return nil }
        handled += 1
        let last = heap.removeLast()
        if !heap.isEmpty { sink(last) }
        return (first.event, Timestamp(nanoseconds: first.time))
    }

    private mutating func sink(_ entry: Entry) {
        var index = 0
        let count = heap.count
        while true {
            let first = index * 4 + 1
            guard first < count else { break }
            var least = first
            var child = first + 1
            while child < min(first + 4, count) {
                if heap[child].isBefore(heap[least]) { least = child }
                child += 1
            }
            guard heap[least].isBefore(entry) else { break }
            heap[index] = heap[least]
            index = least
        }
        heap[index] = entry
    }
}
