public import RapportBase

/// Spreads packets over time so that a key frame does not arrive at the bottleneck as one burst.
///
/// Sound passes by it, and `passed(sound:at:)` tells what it took of the rate. Everything else leaves at a factor above the
/// target rate, retransmissions first, in bursts of at most `burst`. If the queue would take longer than
/// `maximumQueueTime` to drain, the rate rises a little; what has waited that long all the same is dropped, and the
/// encoder is asked for a key frame. Data has a guaranteed share of the rate, and what sound and pictures leave of it
/// (`dataRoom(_:)`, `enqueue(data:_:at:)`).
public struct Pacer: ~Copyable {
    /// Limits of a pacer.
    public struct Configuration: Sendable {
        /// Pacing rate over target rate: slightly above one with transport-wide feedback.
        public var factor = 1.1
        /// Time worth of packets that may leave together. At 1.5 Mbit/s these are two, and three after a pause: each wake-up
        /// costs more than the packet it sends, here and at the receiver.
        public var burst: Duration = .milliseconds(12)
        /// Below this rate bursts are shorter, in proportion.
        public var fullBurstRate: Bitrate = .kilobits(900)
        /// How far the rate may rise so that nothing stays for too long. Behind a line that drops what is too much, more
        /// would only be lost, asked for again, and wait again.
        public var haste = 1.2
        /// Longest stay in the queue.
        public var maximumQueueTime: Duration = .seconds(2)
        /// Queued packets at most; powers of two.
        public var retransmissionSlots = 256
        public var videoSlots = 1024
        /// Messages of data queued at most; powers of two.
        public var urgentDataSlots = 64
        public var bulkDataSlots = 16
        /// Bytes of data queued at most, of either urgency. Few, so that whoever sends it knows early that it has to wait:
        /// a fifth of a second at 600 kbit/s.
        public var dataBytes = 16_384
        /// Guaranteed bytes that urgent data may save up: two packets leave at once.
        public var urgentCredit = 2400
        /// What is around a message on the path, a DTLS record: 13 bytes of header, 8 of nonce, 16 of tag, 28 of IPv4 and UDP.
        public var dataOverhead = 65
        /// Largest packet in bytes.
        public var slotBytes = 1500
        /// Bytes by which each packet is larger on the path than here: the rate is that of the path.
        public var headers = 0

        public init() {}
    }

    /// What went through.
    public struct Counters: Sendable, Equatable {
        public var packetsSent: UInt64 = 0
        public var bytesSent: UInt64 = 0
        /// Sum over the packets sent of the time they were queued; webrtc-stats calls it totalPacketSendDelay.
        public var totalSendDelay: Duration = .zero
        /// Packets and bytes without content, for probes and to keep a rate.
        public var paddingPackets: UInt64 = 0
        public var paddingBytes: UInt64 = 0
        /// Probes that were sent whole.
        public var probes: UInt64 = 0
        /// How often a queue was dropped because it stood too long.
        public var queueTooLong: UInt64 = 0
        public var drops = DropCounts()
        public var urgentData = Messages()
        public var bulkData = Messages()

        public init() {}
    }

    public internal(set) var counters = Counters()
    let configuration: Configuration
    private var target: Bitrate
    /// The rate decided by congestion control; without it the target times the factor.
    private var decidedRate: Bitrate?
    /// Nothing leaves while this is true: more is under way than the path holds.
    public var isHeld = false
    var probe: ActiveProbe?
    var padding = PaddingClock()
    private var retransmission: PacketQueue
    private var video: PacketQueue
    var data: PacedData
    /// When everything sent so far will have left at the pacing rate.
    private var busyUntil: Timestamp = .zero
    private var needsKeyFrame = false

    public init(target: Bitrate, _ configuration: Configuration = Configuration()) {
        self.target = target
        self.configuration = configuration
        retransmission = PacketQueue(slots: configuration.retransmissionSlots, slotBytes: configuration.slotBytes)
        video = PacketQueue(slots: configuration.videoSlots, slotBytes: configuration.slotBytes)
        data = PacedData(configuration)
    }

    /// Packets of pictures waiting.
    public var queuedPackets: Int { retransmission.count + video.count }
    public var queuedBytes: Int { retransmission.bytes + video.bytes }

    /// How long the last packet waiting now will take to leave.
    public var expectedQueueTime: Duration { pacingRate.duration(ofBytes: waitingBytes) }

    // On the path.
    private var waitingBytes: Int { queuedBytes + queuedPackets * configuration.headers }

    /// How old what waits is or will be when it leaves, whichever is more.
    public func queueTime(at now: Timestamp) -> Duration {
        guard let oldest = earlier(retransmission.oldest, video.oldest) else { return .zero }
        return max(expectedQueueTime, now - oldest)
    }

    /// Tells the rate that the congestion controller allows.
    public mutating func update(target: Bitrate) { self.target = target }

    /// Tells what the estimator decided: the rate of the queue, and the rate up to which padding fills.
    public mutating func update(pacing: Bitrate, padding rate: Bitrate) {
        decidedRate = pacing
        padding.rate = rate
    }

    /// Queues a packet. False when it was dropped, or data refused, which is counted.
    @discardableResult
    public mutating func enqueue(
        _ kind: PacedKind, _ packet: Span<UInt8>, tag: PacketTag, at now: Timestamp
    ) -> Bool {
        let refusal: DropReason?
        switch kind {
        case .retransmission: refusal = retransmission.append(packet, tag: tag, at: now)
        case .video: refusal = video.append(packet, tag: tag, at: now)
        case .urgentData: return append(packet, .urgent, tag: tag, at: now)
        case .bulkData: return append(packet, .bulk, tag: tag, at: now)
        }
        guard let refusal else { return true }
        counters.drops.add(refusal)
        if kind == .video { needsKeyFrame = true }
        return false
    }

    /// When `next(at:into:)` has a packet; nil while nothing waits.
    public var deadline: Timestamp? {
        if isHeld { return nil }
        if let probe { return probe.next }
        let entitled = data.deadline(pacing: pacingRate, target: target)
        guard let first = earlier(earlier(retransmission.oldest, video.oldest), entitled) else {
            return padding.deadline
        }
        return max(first, busyUntil - lead)
    }

    /// Copies the packet that may leave now into `packet`; nil when none may. Call until nil.
    public mutating func next(at now: Timestamp, into packet: inout [UInt8]) -> PacedPacket? {
        dropExpired(at: now)
        dropStaleProbe(at: now)
        guard !isHeld, probe.map({ $0.next <= now }) ?? (busyUntil - now <= burst) else { return nil }
        let rate = pacingRate(at: now)
        data.refill(pacing: pacingRate, target: target, at: now)
        guard var sent = takeFirst(into: &packet) else { return nil }
        busyUntil = max(busyUntil, now) + rate.duration(ofBytes: wireBytes(sent))
        sent.probe = takeFromProbe(sent.bytes, at: now)
        return count(sent, at: now)
    }

    // Of data nobody reports that it arrived: it is no part of a probe.
    private mutating func takeFirst(into packet: inout [UInt8]) -> PacedPacket? {
        if !isProbing, let entitled = data.takeGuaranteed(into: &packet) { return entitled }
        if let asked = retransmission.removeFirst(kind: .retransmission, into: &packet) { return asked }
        if let picture = video.removeFirst(kind: .video, into: &packet) { return picture }
        return isProbing ? nil : data.takeSpare(into: &packet)
    }

    /// Tells of a packet of sound that left: it waits for nothing, but what it takes of the rate is not there for the rest.
    /// On a slow line that is a tenth.
    /// - Parameter bytes: on the path, all headers included.
    public mutating func passed(sound bytes: Int, at now: Timestamp) {
        let taken = max(busyUntil, now) + pacingRate.duration(ofBytes: bytes)
        // On a line that is too slow for sound alone, pictures still have to be let go once it is faster.
        busyUntil = min(taken, max(busyUntil, now + Self.soundAhead))
        padding.sent(bytes, at: now)
        data.left(bytes)
    }

    /// True while no pictures wait: padding has no queue to overtake.
    var isIdle: Bool { retransmission.isEmpty && video.isEmpty }

    /// True once after video was dropped from the queue: what follows cannot be decoded without a key frame.
    public mutating func takeKeyFrameNeed() -> Bool {
        defer { needsKeyFrame = false }
        return needsKeyFrame
    }

    // How long sound may keep the rest waiting at most.
    private static let soundAhead: Duration = .milliseconds(100)

    // On a slow line a packet takes as long as a burst: two at once would be a queue there.
    private var burst: Duration {
        pacingRate >= configuration.fullBurstRate
            ? configuration.burst
            : max(configuration.burst * (pacingRate.real / configuration.fullBurstRate.real), configuration.burst / 5)
    }

    // How long before all that was sent is through more may leave. With half a burst free again several packets leave
    // together; with the least room each would have its own wake-up. Where half a burst is room for one, two are awaited.
    private var lead: Duration {
        let (half, waiting) = (burst / 2, queuedPackets)
        guard waiting > 1 else { return half }
        let packet = expectedQueueTime / waiting
        return packet < burst ? min(half, burst - packet) : half
    }

    private var pacingRate: Bitrate { max(decidedRate ?? target * configuration.factor, .kilobits(10)) }

    // The rate that empties the queue before its oldest packet is too old, if that is more than the pacing rate.
    private func pacingRate(at now: Timestamp) -> Bitrate {
        guard let oldest = earlier(retransmission.oldest, video.oldest) else { return pacingRate }
        let left = max(configuration.maximumQueueTime - (now - oldest), .milliseconds(1))
        let draining = Double(waitingBytes * 8) / left.inSeconds
        return min(max(pacingRate, Bitrate(bitsPerSecond: Int(draining))), pacingRate * configuration.haste)
    }

    private mutating func dropExpired(at now: Timestamp) {
        if let oldest = video.oldest, now - oldest > configuration.maximumQueueTime {
            // Frames refer to the ones before them: dropping only the old packets would send undecodable ones.
            counters.drops.add(.expired, video.removeAll())
            counters.queueTooLong += 1
            needsKeyFrame = true
        }
        if let oldest = retransmission.oldest, now - oldest > configuration.maximumQueueTime {
            counters.drops.add(.expired, retransmission.removeAll())
            counters.queueTooLong += 1
        }
    }

    private mutating func count(_ packet: PacedPacket, at now: Timestamp) -> PacedPacket {
        counters.packetsSent += 1
        counters.bytesSent += UInt64(packet.bytes)
        counters.totalSendDelay += now - packet.queuedAt
        padding.sent(wireBytes(packet), at: now)
        data.left(wireBytes(packet))
        if let urgency = packet.kind.urgency { counters.count(data: packet, urgency, at: now) }
        return packet
    }
}

// Without an array: this is asked for every packet.
private func earlier(_ a: Timestamp?, _ b: Timestamp?) -> Timestamp? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
}
