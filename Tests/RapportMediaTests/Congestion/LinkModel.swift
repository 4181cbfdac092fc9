import RapportBase
import RapportMedia

/// One bottleneck with a drop-tail queue, in virtual time: enough to try an estimator on, no more.
struct LinkModel {
    struct Configuration {
        /// Bits per second from a time in seconds on.
        var capacity: [(from: Double, rate: Double)] = [(0, 2_000_000)]
        /// One way and back, seconds.
        var delay = 0.025
        /// Longest queue in seconds at the first capacity.
        var queue = 0.3
        var loss = 0.0
        /// Uniform extra delay behind the queue; packets overtake when `reorders`.
        var jitter = 0.0
        var reorders = false
        var feedbackInterval = 0.05
        /// Bytes a policer lets pass at once; nil for none. Its rate is the capacity; the link itself has no queue then.
        var policerBucket: Double?
        /// Arrivals are released together at multiples of this.
        var aggregation = 0.0
        /// No packet passes within.
        var blackout: ClosedRange<Double>?
        var feedbackLoss = 0.0
        /// Receiver clock runs faster by this share.
        var drift = 0.0
    }

    struct Packet {
        var flow: Int
        var bytes: Int
        var sent: SentPacket?
        var number: Int64
        var enteredAt: Double
    }

    let configuration: Configuration
    var generator: SeededGenerator
    private var waiting: [Packet] = []
    private var head = 0
    private var freeAt = 0.0
    private(set) var queuedBytes = 0
    private var bucket: Double
    private var bucketAt = 0.0
    private var lastOut = 0.0

    init(_ configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
        generator = SeededGenerator(seed: seed)
        bucket = configuration.policerBucket ?? 0
    }

    func capacity(at time: Double) -> Double {
        (configuration.capacity.last { $0.from <= time } ?? configuration.capacity[0]).rate
    }

    /// Seconds that what waits takes to leave.
    func queueDelay(at time: Double) -> Double { Double(queuedBytes) * 8 / capacity(at: time) }

    /// False when dropped.
    mutating func enter(_ packet: Packet, at time: Double) -> Bool {
        if let dark = configuration.blackout, dark.contains(time) { return false }
        if generator.chance(configuration.loss) { return false }
        if let size = configuration.policerBucket {
            bucket = min(size, bucket + (time - bucketAt) * capacity(at: time) / 8)
            bucketAt = time
            guard bucket >= Double(packet.bytes) else { return false }
            bucket -= Double(packet.bytes)
        }
        let limit = configuration.queue * configuration.capacity[0].rate / 8
        guard Double(queuedBytes + packet.bytes) <= max(limit, 3000) else { return false }
        if head == waiting.count { freeAt = max(freeAt, time) }
        waiting.append(packet)
        queuedBytes += packet.bytes
        return true
    }

    /// What leaves until `end`, with its time of arrival at the other end.
    mutating func leave(until end: Double, _ deliver: (Packet, Double) -> Void) {
        while head < waiting.count {
            let packet = waiting[head]
            let rate = configuration.policerBucket == nil ? capacity(at: freeAt) : 100_000_000
            let done = freeAt + Double(packet.bytes * 8) / rate
            guard done <= end else { break }
            freeAt = done
            head += 1
            queuedBytes -= packet.bytes
            var arrival = done + configuration.delay
            if configuration.jitter > 0 { arrival += Double.random(in: 0...configuration.jitter, using: &generator) }
            if configuration.aggregation > 0 {
                arrival = (arrival / configuration.aggregation).rounded(.up) * configuration.aggregation
            }
            if !configuration.reorders { arrival = max(arrival, lastOut) }
            lastOut = max(lastOut, arrival)
            deliver(packet, arrival)
        }
        if head > 4096 {
            waiting.removeFirst(head)
            head = 0
        }
    }
}
