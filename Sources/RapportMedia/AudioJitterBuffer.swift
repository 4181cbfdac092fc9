public import RapportBase

/// Puts the packets of an Opus stream back in order and says, every 10 ms, what the next sound is made from.
///
/// The delay that a packet gets follows the path (`PlayoutTarget`). A driver calls `pull` at each step of 10 ms, again
/// as long as it has less than 10 ms of sound, decodes or conceals what the answer says, stretches time as asked
/// (`PlayoutSound` does both) and reports what it did with the next pull.
public struct AudioJitterBuffer: ~Copyable {
    struct Slot {
        var timestamp: Int64 = 0
        var samples = 0
        var arrival: Timestamp = .zero
        var hasFEC = false
        var isDTX = false
        /// Came as a copy within a later packet.
        var isCopy = false
    }

    enum State {
        /// No packet yet.
        case idle
        /// The first packet waits until the start delay is over.
        case buffering(until: Timestamp)
        case playing(Cursor)
    }

    /// Where playing is.
    struct Cursor {
        /// The packet to be handed out next, and its media time.
        var number: Int64
        var timestamp: Int64
        /// Samples made up at `timestamp` while the packet was missing.
        var concealedAhead = 0
        /// The packet before said that the sender pauses.
        var isPaused = false
        var wasConcealing = false
        /// Something was left out: what comes next does not follow what was played.
        var isCut = false
    }

    /// 10 ms at 48 kHz.
    static let block = 480

    let configuration: Configuration
    public internal(set) var statistics = Statistics()
    var ring: PacketRing
    var slots: [Slot]
    var state = State.idle
    var held = 0
    var newest: Int64?
    var target: PlayoutTarget
    /// When the sample at the cursor will be heard; nil while it is not known when it comes.
    var nextHeard: Timestamp?
    /// Share of packets that never came, lately.
    var lostShare = 0.0
    /// Two packets far away in a row are a new stream: where the second one is expected.
    private var strayNext: SequenceNumber?
    private var mediaUnwrapper = RTPTimestampUnwrapper()

    /// Extra delay for lip synchronisation.
    public var syncDelay: Duration = .zero

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        ring = PacketRing(slots: configuration.slots, slotBytes: configuration.slotBytes)
        slots = Array(repeating: Slot(), count: configuration.slots)
        target = PlayoutTarget(configuration.target)
    }

    /// Packets held now.
    public var heldPackets: Int { held }

    /// The delay against the fastest packet that the path asks for, `syncDelay` included.
    public var targetDelay: Duration {
        guard let transit = target.transit, let fastest = target.fastest else {
            return min(configuration.startDelay + syncDelay, configuration.maximumDelay)
        }
        let least = target.learnt < configuration.startPackets ? configuration.startDelay : configuration.minimumDelay
        let wanted = max(.nanoseconds(transit &- fastest), least) + syncDelay
        return min(wanted, configuration.maximumDelay)
    }

    /// When the sound behind what was handed out so far is heard, as of the last pull; nil before the start, and where
    /// what is played now is no sender's. For `LipSync`.
    public var playoutPoint: PlayoutPoint? {
        guard case .playing(let cursor) = state, let nextHeard else { return nil }
        return PlayoutPoint(
            rtpTimestamp: RTPTimestamp(UInt32(truncatingIfNeeded: cursor.timestamp)), time: nextHeard)
    }

    /// Takes a packet; `payload` is what the decoder gets.
    public mutating func insert(_ packet: Packet, payload: Span<UInt8>, arrival: Timestamp) {
        statistics.packetsReceived += 1
        if let reason = fault(packet, payload) { return drop(reason) }
        if isStray(packet.sequenceNumber) { return drop(.jump) }
        let number = place(packet.sequenceNumber)
        let timestamp = mediaUnwrapper.unwrap(packet.timestamp)
        let reason = refusal(number)
        // A packet that is too late is the very one that the delay must learn from.
        if reason != .duplicate { learn(number, timestamp, packet, arrival) }
        if let reason { return drop(reason) }
        store(number, timestamp, packet, payload, arrival)
        if case .idle = state { state = .buffering(until: arrival + configuration.startDelay) }
    }

    /// Takes the copy of a packet that came within the packet `later`, which has been inserted before it. RFC 2198.
    public mutating func insertCopy(_ packet: Packet, payload: Span<UInt8>, arrival: Timestamp) {
        guard newest != nil, fault(packet, payload) == nil else { return }
        let number = place(packet.sequenceNumber)
        guard let newest, number < newest, newest - number < Int64(ring.slots), refusal(number) == nil else { return }
        let media = slots[slot(newest)].timestamp
        let timestamp = media + Int64(packet.timestamp.distance(from: RTPTimestamp(UInt32(truncatingIfNeeded: media))))
        statistics.redundantPacketsReceived += 1
        target.receiveRecovery(of: Self.nanoseconds(timestamp), arrival: arrival)
        store(number, timestamp, packet, payload, arrival, isCopy: true)
    }

    private mutating func learn(_ number: Int64, _ timestamp: Int64, _ packet: Packet, _ arrival: Timestamp) {
        if case .playing(let cursor) = state, abs(timestamp - cursor.timestamp) > Self.block * 1000 {
            // Ten seconds away although the sequence goes on: the sender's media clock was set anew.
            target.reset()
        }
        target.receive(
            media: Self.nanoseconds(timestamp), arrival: arrival,
            copyLag: packet.hasFEC ? Self.nanoseconds(Int64(packet.samples)) : nil)
        // A packet that is missing and has a copy in this one could be played from now on.
        guard packet.hasFEC, let newest, number > newest, !ring.contains(number - 1), isStillWanted(number - 1)
        else { return }
        target.receiveRecovery(of: Self.nanoseconds(timestamp - Int64(packet.samples)), arrival: arrival)
    }

    private func isStillWanted(_ number: Int64) -> Bool {
        guard case .playing(let cursor) = state else { return false }
        return number >= cursor.number
    }

    static func nanoseconds(_ samples: Int64) -> Int64 { samples &* 62_500 / 3 }

    func slot(_ number: Int64) -> Int { Int(number & Int64(ring.slots - 1)) }

    mutating func drop(_ reason: DropReason, _ packets: Int = 1) {
        statistics.drops.add(reason, packets)
        switch reason {
        case .late, .skipped, .overflow, .jump: statistics.packetsDiscarded += UInt64(packets)
        case .duplicate, .oversized, .malformed, .expired: break
        }
    }

    // Nearest to the newest packet. The offset keeps packets from before the first one from becoming negative.
    private func place(_ sequence: SequenceNumber) -> Int64 {
        guard let newest else { return Int64(sequence.rawValue) + 65_536 }
        return newest + Int64(sequence.distance(from: SequenceNumber(UInt16(truncatingIfNeeded: newest))))
    }

    private mutating func store(
        _ number: Int64, _ timestamp: Int64, _ packet: Packet, _ payload: Span<UInt8>, _ arrival: Timestamp,
        isCopy: Bool = false
    ) {
        guard ring.insert(number, payload) else { return isCopy ? () : drop(.late) }
        held += 1
        newest = max(newest ?? number, number)
        slots[slot(number)] = Slot(
            timestamp: timestamp, samples: packet.samples, arrival: arrival, hasFEC: packet.hasFEC,
            isDTX: packet.isDTX, isCopy: isCopy)
        if packet.hasFEC { statistics.fecPacketsReceived += 1 }
    }

    private func fault(_ packet: Packet, _ payload: Span<UInt8>) -> DropReason? {
        guard payload.count > 0, (1...5760).contains(packet.samples) else { return .malformed }
        return payload.count <= ring.slotBytes ? nil : .oversized
    }

    /// True for a packet out of all proportion; a second one right behind it begins the stream anew.
    private mutating func isStray(_ sequence: SequenceNumber) -> Bool {
        guard let reference = nextNumber, abs(place(sequence) - reference) >= Int64(ring.slots) else {
            strayNext = nil
            return false
        }
        guard strayNext == sequence else {
            strayNext = sequence + 1
            return true
        }
        restart()
        return false
    }

    private func refusal(_ number: Int64) -> DropReason? {
        if ring.contains(number) { return .duplicate }
        if case .playing(let cursor) = state, number < cursor.number { return .late }
        return nil
    }

    /// The lowest number that still can be handed out, or close to it.
    private var nextNumber: Int64? {
        switch state {
        case .idle: nil
        case .buffering: newest
        case .playing(let cursor): cursor.number
        }
    }

    private mutating func restart() {
        drop(.skipped, held)
        ring.removeAll()
        held = 0
        newest = nil
        target.reset()
        strayNext = nil
        nextHeard = nil
        state = .idle
    }
}
