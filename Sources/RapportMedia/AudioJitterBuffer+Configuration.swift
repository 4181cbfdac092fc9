public import RapportBase

extension AudioJitterBuffer {
    /// Limits and habits of a buffer.
    public struct Configuration: Sendable {
        /// Packets held at most; a power of two.
        public var slots = 256
        /// Largest payload in bytes.
        public var slotBytes = 1500
        /// How the delay is chosen.
        public var target = PlayoutTarget.Configuration()
        /// Delay before the path is known, and packets until it is. No more than an even path keeps: a step that is
        /// taken back half a second later is heard.
        public var startDelay: Duration = .milliseconds(10)
        public var startPackets = 25
        public var minimumDelay: Duration = .milliseconds(5)
        public var maximumDelay: Duration = .seconds(2)
        /// Sound is pulled in steps of 10 ms: within this much around the target the next step is no better.
        public var tolerance: Duration = .milliseconds(1)
        /// Above the target by this much, packets are thrown away at once until the target is met.
        public var flushAbove: Duration = .milliseconds(200)
        /// Concealment without any packet after which zeros are as good.
        public var maximumConcealment: Duration = .seconds(1)

        public init() {}
    }

    /// What happened so far, under the names of webrtc-stats (RTCInboundRtpStreamStats).
    public struct Statistics: Sendable, Equatable {
        /// Sum over the samples handed out of the time they were held.
        public var jitterBufferDelay: Duration = .zero
        /// Sum over the samples handed out of the target at that time.
        public var jitterBufferTargetDelay: Duration = .zero
        /// Samples handed out of packets.
        public var jitterBufferEmittedCount: UInt64 = 0
        /// All samples handed out since the first packet.
        public var totalSamplesReceived: UInt64 = 0
        /// Samples made up because a packet was missing.
        public var concealedSamples: UInt64 = 0
        /// The part of `concealedSamples` that were zeros.
        public var silentConcealedSamples: UInt64 = 0
        /// Runs of concealed samples.
        public var concealmentEvents: UInt64 = 0
        /// Samples inserted, or left out, to change the delay.
        public var insertedSamplesForDeceleration: UInt64 = 0
        public var removedSamplesForAcceleration: UInt64 = 0
        /// Packets taken.
        public var packetsReceived: UInt64 = 0
        /// Packets handed out to be decoded.
        public var packetsDecoded: UInt64 = 0
        /// Packets that came too late, and packets thrown away to meet the target.
        public var packetsDiscarded: UInt64 = 0
        /// Packets that carry a copy of the one before them.
        public var fecPacketsReceived: UInt64 = 0
        /// Packets that came as a copy within a later packet. RFC 2198.
        public var redundantPacketsReceived: UInt64 = 0
        /// Samples recovered from such a copy: they count neither as emitted nor as concealed.
        public var fecSamples: UInt64 = 0
        /// Times the buffer was emptied to its target after a stall.
        public var jitterBufferFlushes: UInt64 = 0
        public var drops = DropCounts()

        public init() {}

        /// Mean time that samples were held; nil before the first.
        public var meanDelay: Duration? {
            guard jitterBufferEmittedCount > 0 else { return nil }
            return .nanoseconds(jitterBufferDelay.wholeNanoseconds / Int64(jitterBufferEmittedCount))
        }

        /// Share of concealed samples, 0...1.
        public var concealedShare: Double {
            totalSamplesReceived == 0 ? 0 : Double(concealedSamples) / Double(totalSamplesReceived)
        }
    }

    /// One packet of sound, taken apart.
    public struct Packet: Sendable, Equatable {
        public var sequenceNumber: SequenceNumber
        /// Media time of its first sample, 48 kHz.
        public var timestamp: RTPTimestamp
        /// Samples per channel at 48 kHz.
        public var samples: Int
        /// Carries, or may carry, a copy of the packet before it.
        public var hasFEC: Bool
        /// The sender pauses after it. RFC 7587 section 3.1.3.
        public var isDTX: Bool
        /// Loudness in -dBov from the header extension, if the packet has one. RFC 6464.
        public var level: UInt8?

        public init(
            sequenceNumber: SequenceNumber, timestamp: RTPTimestamp, samples: Int, hasFEC: Bool = false,
            isDTX: Bool = false, level: UInt8? = nil
        ) {
            self.sequenceNumber = sequenceNumber
            self.timestamp = timestamp
            self.samples = samples
            self.hasFEC = hasFEC
            self.isDTX = isDTX
            self.level = level
        }
    }
}
