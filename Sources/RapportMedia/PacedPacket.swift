public import RapportBase
public import RapportRTP

/// What a queued packet carries; the order of the cases is the order of sending. Sound is never queued.
public enum PacedKind: Int, Sendable, CaseIterable {
    /// Within its guaranteed share; what exceeds it waits like bulk data.
    case urgentData
    case retransmission
    case video
    /// Before retransmissions within its guaranteed share, but for that last.
    case bulkData
}

/// A packet without content that the pacer wants, and for what.
public struct PaddingNeed: Sendable, Equatable {
    /// Bytes of the packet at most.
    public var bytes: Int
    /// The probe it belongs to; nil for padding that keeps a rate.
    public var probe: Int?
}

/// A packet that left the pacer's queue. Its bytes were copied to where the caller asked for them.
public struct PacedPacket: Sendable, Equatable {
    public var kind: PacedKind
    /// What the caller attached: the pacer only carries it.
    public var tag: PacketTag
    /// When the packet was queued; now minus this is its pacing delay.
    public var queuedAt: Timestamp
    public var bytes: Int
    /// The probe it was part of; nil outside probes.
    public var probe: Int?
}

/// What the owner needs to know of a packet when it leaves the queue.
public struct PacketTag: Sendable, Equatable {
    /// Names the send stream in the owner's table.
    public var stream: Int
    public var sequenceNumber: SequenceNumber
    /// Where the fields are that are stamped when the packet is sent; offsets from the packet's first byte.
    public var layout: RTPHeaderLayout?

    /// - Parameter layout: as the builder returned it; it is moved so that the packet starts at zero.
    public init(stream: Int = 0, sequenceNumber: SequenceNumber, layout: RTPHeaderLayout? = nil) {
        self.stream = stream
        self.sequenceNumber = sequenceNumber
        self.layout = layout.map { layout in
            RTPHeaderLayout(
                start: 0, transportSequenceOffset: layout.transportSequenceOffset.map { $0 - layout.start },
                absoluteSendTimeOffset: layout.absoluteSendTimeOffset.map { $0 - layout.start },
                payloadStart: layout.payloadStart - layout.start)
        }
    }
}
