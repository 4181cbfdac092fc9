/// Notices that a queue stays although we drain it: then somebody else fills it.
struct Competition: Sendable {
    /// Since when drains have not emptied the queue.
    private(set) var since: Double?
    /// The rate before the first of those drains.
    private(set) var rateBefore = 0.0
    /// What came through then.
    private(set) var deliveredBefore = 0.0
    /// Drains in a row after which the queue was not much shorter.
    private(set) var failures = 0
    /// What the last two drains left, newest last.
    private(set) var left: (before: Double?, newest: Double?) = (nil, nil)
    private var queueAtDrain = 0.0
    /// The queue when the first of them began.
    private(set) var firstQueue: Double?
    private(set) var leastQueue = Double.infinity
    private(set) var mostQueue = 0.0
    /// The least queue of this stretch of time and of the one before.
    private var least = (before: 0.0, newest: 0.0)
    private var stretchBegan = 0.0

    private static let stretch = 2.0
    private static let longQueue = 0.1

    mutating func overuse(rate: Double, delivered: Double, at time: Double) {
        guard since == nil else { return }
        (since, rateBefore, deliveredBefore, leastQueue, mostQueue) = (time, rate, delivered, .infinity, 0)
    }

    mutating func expect(queue: Double) {
        queueAtDrain = queue
        if firstQueue == nil { firstQueue = queue }
        saw(queue)
    }

    /// A drain ended and `queue` still stands.
    /// - Parameter passes: whether nearly all that is sent comes through at once. If not, the path itself got slower.
    mutating func remained(_ queue: Double, passes: Bool) {
        saw(queue)
        guard passes else { return left = (nil, nil) }
        left = (left.newest, queue)
        // Any clear fall says that sending less helps: against traffic at a constant rate it helps slowly.
        let fell = queueAtDrain - queue > max(0.006, 0.04 * queueAtDrain)
        failures = fell ? 0 : failures + 1
    }

    /// Whether two drains of different depth left the same: a queue would have become shorter by the deeper one.
    func isUnmoved(by tolerance: Double) -> Bool {
        guard let before = left.before, let newest = left.newest else { return false }
        return abs(before - newest) < tolerance
    }

    /// Looks at the queue as time passes.
    mutating func watch(_ queue: Double, at time: Double) {
        if time - stretchBegan > Self.stretch {
            stretchBegan = time
            least = (least.newest, queue)
        }
        least.newest = min(least.newest, queue)
    }

    /// Whether a queue has stood for more than two seconds of drains. One of our own would have gone; the other flow's
    /// falls by itself now and then, which looks like an effect of ours.
    var isHeld: Bool { min(least.before, least.newest) > Self.longQueue }

    mutating func saw(_ queue: Double) {
        leastQueue = min(leastQueue, queue)
        mostQueue = max(mostQueue, queue)
    }

    /// The queue went away.
    mutating func drained() { self = Competition() }
}
