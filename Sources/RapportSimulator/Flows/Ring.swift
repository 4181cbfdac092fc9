/// First in, first out, in memory that is used again.
struct Ring<Element> {
    private var slots: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: Element? { count == 0 ? nil : slots[head] }

    mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[(head + count) & (slots.count - 1)] = element
        count += 1
    }

    mutating func removeFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            slots[head] = nil
            head = (head + 1) & (slots.count - 1)
            count -= 1
        }
        return slots[head]
    }

    mutating func removeAll() {
        while removeFirst() != nil {}
    }

    private mutating func grow() {
        var larger: [Element?] = Array(repeating: nil, count: max(slots.count * 2, 32))
        for index in 0..<count { larger[index] = slots[(head + index) & (slots.count - 1)] }
        slots = larger
        head = 0
    }
}
