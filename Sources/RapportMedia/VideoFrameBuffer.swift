public import RapportBase
public import RapportRTP

/// Assembles VP8 frames from packets and releases them in decode order. RFC 7741.
///
/// Decoding begins at a key frame. A frame follows when it continues the sequence numbers or the picture ids. While
/// packets are missing the buffer waits; frames that do not need them (a key frame, a higher number of the lowest
/// temporal layer, the frame after non-reference ones) may go on after a short wait. When the long wait is over it
/// gives up, and a key frame has to be asked for.
public struct VideoFrameBuffer: ~Copyable {
    /// Limits of a buffer.
    public struct Configuration: Sendable {
        /// Packets held at most; a power of two.
        public var slots = 1024
        /// Largest payload behind the descriptor, in bytes.
        public var slotBytes = 1500
        /// Wait for missing packets that later frames can do without.
        public var skipWait: Duration = .milliseconds(40)
        /// Wait for missing packets that everything depends on; short when nothing can be requested again.
        public var maximumWait: Duration = .seconds(1)
        /// Least time between two requests for a key frame.
        public var keyFrameRequestInterval: Duration = .milliseconds(500)
        /// While a key frame arrives, none is asked for unless its packets stay away this long. At the start of a call
        /// a key frame takes a second or more to come through, and a second one as long again.
        public var keyFrameStall: Duration = .milliseconds(500)

        public init() {}
    }

    /// What happened so far. Each packet taken is in exactly one of `packetsInFrames`, `paddingPackets` and `drops`, or
    /// held.
    public struct Counters: Sendable, Equatable {
        public var packetsReceived: UInt64 = 0
        public var packetsInFrames: UInt64 = 0
        public var paddingPackets: UInt64 = 0
        public var framesReceived: UInt64 = 0
        public var keyFramesReceived: UInt64 = 0
        /// Times that frames were passed over without losing the rest.
        public var skips: UInt64 = 0
        /// Times that nothing but a key frame could help.
        public var givenUp: UInt64 = 0
        public var keyFramesRequested: UInt64 = 0
        public var drops = DropCounts()

        public init() {}
    }

    struct Slot {
        var timestamp = RTPTimestamp(0)
        var descriptor = VP8PayloadDescriptor(startOfPartition: false)
        var arrival: Timestamp = .zero
        var marker = false
        var isPadding = false
        var isKeyFrame = false
        var isRetransmission = false
    }

    /// The frame released last: what may follow depends on it.
    struct Reference {
        var pictureID: UInt16?
        var tl0PictureIndex: UInt8?
    }

    enum State {
        case waitingForKeyFrame
        case decoding(Reference)
    }

    let configuration: Configuration
    public internal(set) var counters = Counters()
    var ring: PacketRing
    var slots: [Slot]
    var state = State.waitingForKeyFrame
    /// Lowest number still of use; everything below was released or dropped.
    var floor: Int64 = 0
    var newest: Int64?
    var held = 0
    /// Since when a packet has been missing that the next frame needs.
    var gapSince: Timestamp?
    /// The key frame whose packets are arriving, and when the last of them did.
    var arriving: (keyFrame: RTPTimestamp, last: Timestamp)?
    private var stray: SequenceNumber?
    private var lastRequest: Timestamp?

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        ring = PacketRing(slots: configuration.slots, slotBytes: configuration.slotBytes)
        slots = Array(repeating: Slot(), count: configuration.slots)
    }

    public var heldPackets: Int { held }

    /// True until a key frame arrived, and again when too much was lost.
    public var isWaitingForKeyFrame: Bool {
        switch state {
        case .waitingForKeyFrame: true
        case .decoding: false
        }
    }

    /// Takes a packet and appends the frames that it completes.
    /// - Parameters:
    ///   - descriptor: parsed from the packet's payload.
    ///   - payload: what is behind the descriptor.
    ///   - isRetransmission: it came as RTX; `header` then holds the original sequence number.
    public mutating func insert(
        _ header: RTPHeader, descriptor: VP8PayloadDescriptor, payload: Span<UInt8>, arrival: Timestamp,
        isRetransmission: Bool = false, into frames: inout [AssembledFrame]
    ) {
        insert(
            sequence: header.sequenceNumber, timestamp: header.timestamp, marker: header.marker,
            descriptor: descriptor, payload: payload, arrival: arrival, isRetransmission: isRetransmission,
            into: &frames)
    }

    /// Takes a packet that has no payload: it is nothing but a place in the sequence.
    public mutating func insertPadding(
        _ sequence: SequenceNumber, arrival: Timestamp, into frames: inout [AssembledFrame]
    ) {
        counters.packetsReceived += 1
        guard let number = admit(sequence, bytes: 0) else { return }
        let nothing: [UInt8] = []
        _ = ring.insert(number, nothing.span)
        note(number, Slot(arrival: arrival, isPadding: true))
        release(at: arrival, into: &frames)
    }

    mutating func insert(
        sequence: SequenceNumber, timestamp: RTPTimestamp, marker: Bool, descriptor: VP8PayloadDescriptor,
        payload: Span<UInt8>, arrival: Timestamp, isRetransmission: Bool, into frames: inout [AssembledFrame]
    ) {
        counters.packetsReceived += 1
        guard payload.count > 0 else { return counters.drops.add(.malformed) }
        guard let number = admit(sequence, bytes: payload.count) else { return }
        _ = ring.insert(number, payload)
        // RFC 6386 section 9.1: the lowest bit of a frame's first byte is zero in a key frame.
        note(
            number,
            Slot(
                timestamp: timestamp, descriptor: descriptor, arrival: arrival, marker: marker,
                isKeyFrame: descriptor.startsFrame && payload[0] & 1 == 0, isRetransmission: isRetransmission))
        completed(by: number, at: arrival, into: &frames)
    }

    /// Goes on without what has been missing for too long. Call at `deadline` or later.
    public mutating func handleTimeout(at now: Timestamp, into frames: inout [AssembledFrame]) {
        release(at: now, into: &frames)
    }

    /// When `handleTimeout` or `takeKeyFrameRequest` has something to do.
    public var deadline: Timestamp? {
        switch state {
        case .waitingForKeyFrame:
            guard newest != nil else { return nil }
            let again = lastRequest.map { $0 + configuration.keyFrameRequestInterval } ?? .zero
            return arriving.map { max($0.last + configuration.keyFrameStall, again) } ?? again
        case .decoding:
            guard let gapSince else { return nil }
            return gapSince + (skipIsOver ? configuration.maximumWait : configuration.skipWait)
        }
    }

    /// True when a key frame has to be asked for now (PLI, RFC 4585 section 6.3.1); not more often than the interval.
    public mutating func takeKeyFrameRequest(at now: Timestamp) -> Bool {
        guard isWaitingForKeyFrame, let deadline, deadline <= now else { return false }
        lastRequest = now
        counters.keyFramesRequested += 1
        return true
    }

    /// Gives up at once on what is missing: no retransmission will come. The next key frame goes on.
    public mutating func requireKeyFrame() {
        guard !isWaitingForKeyFrame else { return }
        counters.givenUp += 1
        state = .waitingForKeyFrame
        gapSince = nil
        skipIsOver = false
        dropUndecodable()
    }

    /// The short wait of the present gap is over and brought nothing.
    var skipIsOver = false

    // MARK: - Admission

    /// The packet's number when it may be stored; nil when it was dropped.
    private mutating func admit(_ sequence: SequenceNumber, bytes: Int) -> Int64? {
        guard bytes <= ring.slotBytes else { return refuse(.oversized) }
        if isStray(sequence) { return refuse(.jump) }
        let number = place(sequence)
        guard number >= floor else { return refuse(.late) }
        if ring.contains(number) { return refuse(.duplicate) }
        makeRoom(for: number)
        return number
    }

    private mutating func refuse(_ reason: DropReason) -> Int64? {
        counters.drops.add(reason)
        return nil
    }

    // Nearest to the newest packet; the offset keeps packets from before the first one from becoming negative.
    private mutating func place(_ sequence: SequenceNumber) -> Int64 {
        guard let newest else {
            let number = Int64(sequence.rawValue) + 65_536
            floor = number - Int64(ring.slots / 2)
            return number
        }
        return newest + Int64(sequence.distance(from: SequenceNumber(UInt16(truncatingIfNeeded: newest))))
    }

    /// True for a packet out of all proportion; a second one right behind it begins the stream anew.
    private mutating func isStray(_ sequence: SequenceNumber) -> Bool {
        guard let newest, abs(place(sequence) - newest) >= 3000 else {
            stray = nil
            return false
        }
        guard stray == sequence else {
            stray = sequence + 1
            return true
        }
        stray = nil
        counters.givenUp += 1
        advance(to: newest + 1, dropping: .skipped)
        ring.removeAll()
        self.newest = nil
        state = .waitingForKeyFrame
        gapSince = nil
        skipIsOver = false
        return false
    }

    private mutating func makeRoom(for number: Int64) {
        let lowest = number - Int64(ring.slots) + 1
        guard lowest > floor else { return }
        requireKeyFrame()
        advance(to: max(lowest, floor), dropping: .overflow)
    }

    private mutating func note(_ number: Int64, _ slot: Slot) {
        slots[index(number)] = slot
        held += 1
        newest = max(newest ?? number, number)
        if slot.isKeyFrame || (!slot.isPadding && arriving?.keyFrame == slot.timestamp) {
            arriving = (slot.timestamp, slot.arrival)
        }
    }

    func index(_ number: Int64) -> Int { Int(number & Int64(ring.slots - 1)) }

    /// The packet with this number if it is held and belongs to a frame.
    func packet(_ number: Int64) -> Slot? {
        guard ring.contains(number) else { return nil }
        let slot = slots[index(number)]
        return slot.isPadding ? nil : slot
    }

    /// Drops what is held below `number`; nothing below it will be taken any more.
    mutating func advance(to number: Int64, dropping reason: DropReason) {
        let end = min(number, (newest ?? floor) + 1)
        var passed = floor
        while passed < end, held > 0 {
            if ring.contains(passed) {
                if slots[index(passed)].isPadding {
                    counters.paddingPackets += 1
                } else {
                    counters.drops.add(reason)
                }
                ring.remove(passed)
                held -= 1
            }
            passed += 1
        }
        floor = max(floor, number)
    }

    // Only from the first packet of a key frame on can anything be decoded again.
    private mutating func dropUndecodable() {
        guard let newest else { return }
        var number = floor
        while number <= newest {
            if let slot = packet(number), slot.isKeyFrame { break }
            number += 1
        }
        advance(to: number, dropping: .skipped)
    }
}
