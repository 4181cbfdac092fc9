import RapportBase

/// A link at work.
struct Link {
    /// What becomes of a packet that comes to the link.
    enum Admission {
        /// Not taken; the packet is gone.
        case refused
        /// It waits.
        case queued
        /// The server began with it and ends then; nil for never.
        case serving(until: Timestamp?)
        /// There is no server: it passes now.
        case passes
    }

    let configuration: LinkConfiguration
    private(set) var counters = LinkCounters()
    private(set) var queue: LinkQueue
    private var serving: QueuedPacket?
    private var loss: LossProcess
    private var policer: TokenBucket?
    private var generator: SimulationGenerator
    private var lastArrival: Timestamp = .zero
    // Of a trace: the delivery that is being used and what is left of it.
    private var delivery: Int64 = -1
    private var deliveryLeft = 0

    init(_ configuration: LinkConfiguration, _ generator: SimulationGenerator) {
        var generator = generator
        self.configuration = configuration
        queue = LinkQueue(configuration.queue, SimulationGenerator(seed: generator.next()))
        loss = LossProcess(configuration.loss)
        policer = configuration.policer
        self.generator = generator
    }

    /// Takes a packet whose `queuedAt` is now.
    mutating func accept(_ packet: QueuedPacket) -> Admission {
        let now = packet.queuedAt
        counters.offered += 1
        if policer?.admits(Int(packet.bytes), at: now) == false {
            counters.policed += 1
            return .refused
        }
        if configuration.rate == .unlimited { return .passes }
        guard serving != nil || queue.count > 0 else { return serve(packet, at: now) }
        guard queue.enqueue(packet, rate: rate(at: now)) else {
            counters.dropped += 1
            return .refused
        }
        counters.queued += 1
        return .queued
    }

    /// The packet whose sending ended now.
    mutating func takeServed() -> QueuedPacket? {
        guard let served = serving else { return nil }
        serving = nil
        counters.queued -= 1
        return served
    }

    /// Begins with the next packet; nil when none waits.
    mutating func serveNext(at now: Timestamp) -> (until: Timestamp?, packet: QueuedPacket)? {
        guard let packet = queue.dequeue(at: now) else { return nil }
        counters.queued -= 1
        guard case .serving(let end) = serve(packet, at: now) else { return nil }
        return (end, packet)
    }

    /// Takes away what the queue's discipline dropped.
    mutating func takeDropped(_ body: (QueuedPacket) -> Void) {
        guard !queue.dropped.isEmpty else { return }
        counters.dropped += queue.dropped.count
        counters.queued -= queue.dropped.count
        queue.takeDropped(body)
    }

    /// When a packet that leaves the server now comes to the far end; nil when it is lost.
    mutating func arrival(of packet: QueuedPacket, leaving now: Timestamp) -> Timestamp? {
        if isOut(at: now) || loss.loses(&generator) {
            counters.lost += 1
            return nil
        }
        counters.delivered += 1
        counters.bytesDelivered += Int(packet.bytes)
        var time = Timestamp(nanoseconds: now.nanoseconds + delay(at: now) + configuration.jitter.draw(&generator))
        if !configuration.jitter.reorders { time = max(time, lastArrival) }
        if let interval = configuration.aggregation?.nanoseconds {
            time = Timestamp(nanoseconds: (time.nanoseconds + interval - 1) / interval * interval)
        }
        lastArrival = max(time, lastArrival)
        return time
    }

    /// The rate of this moment, for queues that are measured in time.
    func rate(at now: Timestamp) -> Bitrate {
        switch configuration.rate {
        case .unlimited: RateSchedule.highestRate
        case .schedule(let schedule): schedule.rate(at: now)
        case .trace(let trace): trace.meanRate
        }
    }

    private mutating func serve(_ packet: QueuedPacket, at now: Timestamp) -> Admission {
        serving = packet
        counters.queued += 1
        switch configuration.rate {
        case .unlimited: return .passes
        case .schedule(let schedule): return .serving(until: schedule.end(ofBytes: Int(packet.bytes), from: now))
        case .trace(let trace): return .serving(until: delivered(Int(packet.bytes), by: trace, from: now))
        }
    }

    private mutating func delivered(_ bytes: Int, by trace: DeliveryTrace, from now: Timestamp) -> Timestamp {
        var left = bytes
        if delivery < 0 || trace.time(of: delivery) < now {
            delivery = trace.firstDelivery(from: now)
            deliveryLeft = DeliveryTrace.bytesPerDelivery
        }
        while true {
            let used = min(left, deliveryLeft)
            left -= used
            deliveryLeft -= used
            if left == 0 { return max(trace.time(of: delivery), now) }
            delivery += 1
            deliveryLeft = DeliveryTrace.bytesPerDelivery
        }
    }

    private func isOut(at now: Timestamp) -> Bool {
        for outage in configuration.outages where outage.from <= now && now < outage.to { return true }
        return false
    }

    private func delay(at now: Timestamp) -> Int64 {
        var delay: Int64 = 0
        for step in configuration.delay {
            if step.at > now { break }
            delay = step.delay.nanoseconds
        }
        return delay
    }
}
