public import RapportBase

/// A one-way link: policer, queue, server, then loss, delay and what holds packets together.
public struct LinkConfiguration: Sendable, Equatable {
    /// A time in which everything that leaves the server is lost.
    public struct Outage: Sendable, Equatable {
        public var from: Timestamp
        public var to: Timestamp

        public init(from: Timestamp, to: Timestamp) {
            self.from = from
            self.to = to
        }
    }

    /// A propagation delay that holds from a moment on.
    public struct DelayStep: Sendable, Equatable {
        public var at: Timestamp
        public var delay: Duration

        public init(at: Timestamp, delay: Duration) {
            self.at = at
            self.delay = delay
        }
    }

    public var rate: LinkRate
    public var queue: QueueDiscipline
    /// Managed queues mark the packets of calls where they would drop them. RFC 3168; RFC 8867 section 6.2.
    public var marks = false
    /// Propagation delay, ascending in time; the first holds from the start.
    public var delay: [DelayStep]
    public var jitter: Jitter = .none
    public var loss: LossModel = .none
    public var policer: TokenBucket?
    /// Packets arrive together at multiples of this: ack aggregation, a sleeping radio.
    public var aggregation: Duration?
    public var outages: [Outage] = []

    public init(
        rate: LinkRate = .unlimited, queue: QueueDiscipline = .dropTail(.time(.milliseconds(300))),
        delay: Duration = .zero
    ) {
        self.rate = rate
        self.queue = queue
        self.delay = [DelayStep(at: .zero, delay: delay)]
    }
}
