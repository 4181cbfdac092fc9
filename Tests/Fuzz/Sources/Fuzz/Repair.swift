import RapportBase
import RapportMedia
import RapportRTP

/// Packets of a stream and repair packets for it. The first byte chooses: those of a stranger, of which nothing is
/// believed; or those of an honest sender on a path that loses, delays and repeats, of which everything has to be true.
func takeRepair(_ bytes: [UInt8]) {
    guard let choice = bytes.first else { return }
    if choice & 1 == 0 { takeForged(bytes[1...]) } else { takeHonest(choice, bytes[1...]) }
}

private let source = SSRC(0x5EED)

/// Steps of two bytes, kind and length, and that many bytes: a packet of the stream, a repair packet as it is, or one
/// whose fields are in order.
private func takeForged(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    var forgery = Forgery()
    while let kind = rest.popFirst(), let count = rest.popFirst() {
        let body = Array(rest.prefix(Int(count)))
        rest = rest.dropFirst(body.count)
        switch kind & 3 {
        case 0: forgery.insert(body)
        case 1: forgery.insertRepair(body)
        case 2: forgery.insertRepair(addressed(body, at: kind >> 2))
        default: forgery.insert(body + Array(repeating: kind, count: 10 * Int(kind)))
        }
    }
}

/// A repair packet's payload, made such that it is looked at: of our source, near `base`.
private func addressed(_ body: [UInt8], at base: UInt8) -> [UInt8] {
    guard body.count >= 18 else { return body }
    var payload = body
    payload[0] &= 0x3F
    payload[8] = 1
    payload.replace(uint16: UInt16(source.rawValue >> 16), at: 12)
    payload.replace(uint16: UInt16(truncatingIfNeeded: source.rawValue), at: 14)
    payload.replace(uint16: UInt16(base), at: 16)
    return payload
}

/// A decoder that is given what it should not be given, and its promises.
private struct Forgery: ~Copyable {
    private static let slotBytes = 1500
    private static let stamps = HeaderExtensionMap([.transportSequenceNumber: 2, .absoluteSendTime: 3])

    private var decoder = RepairDecoder(source: source, slotBytes: slotBytes)
    /// The longest that a packet can be of which parts were seen, its fixed header left out.
    private var longest = 0
    private var recovered: UInt64 = 0

    mutating func insert(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return }
        var packet = bytes
        clearStamps(&packet)
        longest = max(longest, packet.count - RTPHeader.fixedLength)
        decoder.insert(SequenceNumber(packet.span.uint16(at: 0) & 0x1FF), packet.span)
        check()
    }

    // What a packet goes through before it is kept.
    private func clearStamps(_ packet: inout [UInt8]) {
        guard let header = try? RTPHeader(parsing: packet.span) else { return }
        let before = packet
        HeaderExtensionValues.clearStamps(in: &packet, header: header, map: Self.stamps)
        precondition(packet.count == before.count, "clearing stamps changed a packet's length")
        let block = header.extensionRange
        for index in packet.indices where packet[index] != before[index] {
            precondition(block.contains(index) && packet[index] == 0, "more was cleared than stamps")
        }
    }

    mutating func insertRepair(_ payload: [UInt8]) {
        if let header = try? FlexFECHeader(parsing: payload.span) {
            checkRewriting(header)
            longest = max(longest, payload.count - FlexFECHeader.minimumLength)
        }
        try? decoder.insertRepair(payload.span)
        check()
    }

    private func checkRewriting(_ header: FlexFECHeader) {
        var written: [UInt8] = []
        header.append(to: &written)
        precondition(written.count == header.length, "a head is not as long as it says")
        precondition((try? FlexFECHeader(parsing: written.span)) == header, "a head changes when it is written")
    }

    private mutating func check() {
        var count = 0
        while let restored = decoder.takeRestored() {
            count += 1
            check(restored.packet, restored.sequence)
        }
        recovered += UInt64(count)
        precondition(count <= RepairDecoder.maximumWaiting + 1, "more packets came back than repair packets were there")
        precondition(decoder.waitingCount <= RepairDecoder.maximumWaiting, "too many repair packets wait")
        let most =
            RepairDecoder.maximumWaiting * (Self.slotBytes + FlexFECHeader.length(span: FlexFECHeader.maximumSpan))
        precondition(decoder.waitingBytes <= most, "repair packets that wait take \(decoder.waitingBytes) bytes")
        let counters = decoder.counters
        precondition(counters.recovered == recovered, "\(counters.recovered) came back, \(recovered) were given out")
        precondition(
            counters.packetsReceived == counters.recovered + counters.packetsDiscarded + UInt64(decoder.waitingCount),
            "a repair packet is counted twice or not at all: \(counters)")
    }

    private func check(_ packet: [UInt8], _ sequence: SequenceNumber) {
        let bytes = packet.span
        precondition(packet.count >= RTPHeader.fixedLength && packet[0] >> 6 == 2, "no RTP packet came back")
        precondition(packet.count <= min(Self.slotBytes, RTPHeader.fixedLength + longest), "longer than anything seen")
        precondition(bytes.uint16(at: 2) == sequence.rawValue && bytes.uint32(at: 8) == source.rawValue)
        _ = try? RTPHeader(parsing: bytes)
    }
}

// MARK: An honest sender

/// Frames of four bytes each: packets, their sizes, repair packets, and what becomes of them.
private func takeHonest(_ choice: UInt8, _ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    var path = HonestPath(window: 1 + Int(choice >> 1 & 3), first: UInt16(choice) << 8 | 0xF0)
    // So many that an input is done in milliseconds, and that no number comes twice.
    while rest.count >= 4, path.count < 4000 {
        let frame = Array(rest.prefix(4))
        rest = rest.dropFirst(4)
        path.send(
            packets: 1 + Int(frame[0]), repairs: Int(frame[1] & 31), form: frame[1] >> 5, sizes: frame[2],
            fate: frame[3])
    }
    path.deliverAll()
}

private struct HonestPath: ~Copyable {
    private let window: Int
    private var encoder: RepairEncoder
    private var decoder = RepairDecoder(source: source)
    private var next: SequenceNumber
    /// What was sent, by number.
    private var sent: [UInt16: [UInt8]] = [:]
    private var arrived: Set<UInt16> = []
    private var late: [(sequence: SequenceNumber, packet: [UInt8])] = []
    private var random: FixedGenerator

    init(window: Int, first: UInt16) {
        self.window = window
        encoder = RepairEncoder(source: source, window: window)
        next = SequenceNumber(first)
        random = FixedGenerator()
    }

    var count: Int { sent.count }

    /// A frame in blocks, as a sender cuts it; one without repair packets lies between those that have some.
    mutating func send(packets: Int, repairs: Int, form: UInt8, sizes: UInt8, fate: UInt8) {
        var left = packets
        if repairs == 0, fate & 0x40 != 0 { encoder.forget() }
        while left > 0 {
            let block = min(left, RepairPattern.maximumBlock)
            sendBlock(block, min(repairs, RepairPattern.maximumRepairs), form, sizes, fate)
            left -= block
        }
        if fate & 0x80 != 0 { deliverAll() }
    }

    private mutating func sendBlock(_ count: Int, _ repairs: Int, _ form: UInt8, _ sizes: UInt8, _ fate: UInt8) {
        if repairs > 0 { encoder.begin(next, packets: count, repairs: repairs) }
        var lost: [UInt16] = []
        for index in 0..<count {
            let packet = makePacket(isLast: index == count - 1, sizes)
            if repairs > 0 { precondition(encoder.add(packet.span), "a block takes less than it says") }
            if !deliver(packet, fate) { lost.append(next.rawValue) }
            next += 1
        }
        guard repairs > 0 else { return }
        var lostRepairs = 0
        for index in 0..<repairs {
            var payload: [UInt8] = []
            guard encoder.appendPayload(index, to: &payload) else { continue }
            if chance(fate & 7) { lostRepairs += 1 } else { deliverRepair(lengthened(payload, form)) }
        }
        // One of a block comes back whatever happened before, where no block before shares its repair packets.
        guard lost.count == 1, count > 1, lostRepairs == 0, late.isEmpty, window == 1 else { return }
        precondition(arrived.contains(lost[0]), "a single loss of a block of \(count) did not come back")
    }

    /// The same with a mask as long as `form` says, where it is shorter: another sender may write it so.
    private func lengthened(_ payload: [UInt8], _ form: UInt8) -> [UInt8] {
        var bytes = payload
        if form > 0, bytes[18] & 0x80 != 0 {
            bytes[18] &= 0x7F
            bytes.insert(contentsOf: [0x80, 0, 0, 0], at: 20)
        }
        if form > 1, bytes[18] & 0x80 == 0, bytes[20] & 0x80 != 0 {
            bytes[20] &= 0x7F
            bytes.insert(contentsOf: [0x80, 0, 0, 0, 0, 0, 0, 0], at: 24)
        }
        return bytes
    }

    private mutating func makePacket(isLast: Bool, _ sizes: UInt8) -> [UInt8] {
        var packet: [UInt8] = []
        _ = RTPPacketBuilder.append(
            marker: isLast, payloadType: PayloadType(masking: 96), sequenceNumber: next,
            timestamp: RTPTimestamp(UInt32(truncatingIfNeeded: random.next())), ssrc: source, to: &packet)
        let length = Int(sizes & 0xF) * Int(random.next() >> 58) + Int(sizes >> 4)
        for _ in 0..<length { packet.append(UInt8(truncatingIfNeeded: random.next() >> 33)) }
        return packet
    }

    private mutating func chance(_ eighths: UInt8) -> Bool { random.next() >> 61 < UInt64(eighths) }

    /// False when the packet is lost.
    private mutating func deliver(_ packet: [UInt8], _ fate: UInt8) -> Bool {
        sent[next.rawValue] = packet
        if chance(fate & 7) { return false }
        if chance(fate >> 3 & 7) {
            late.append((next, packet))
        } else {
            arrive(next, packet)
            // Once more, as a path may do.
            if fate & 0x40 != 0 { decoder.insert(next, packet.span) }
        }
        takeRestored()
        return true
    }

    private mutating func arrive(_ sequence: SequenceNumber, _ packet: [UInt8]) {
        arrived.insert(sequence.rawValue)
        decoder.insert(sequence, packet.span)
    }

    private mutating func deliverRepair(_ payload: [UInt8]) {
        do throws(RTPError) { try decoder.insertRepair(payload.span) } catch {
            preconditionFailure("an honest repair packet is refused: \(error)")
        }
        takeRestored()
    }

    mutating func deliverAll() {
        for each in late { arrive(each.sequence, each.packet) }
        late.removeAll()
        takeRestored()
    }

    private mutating func takeRestored() {
        while let restored = decoder.takeRestored() {
            precondition(
                sent[restored.sequence.rawValue] == restored.packet, "what comes back is not what was sent")
            arrived.insert(restored.sequence.rawValue)
        }
        let counters = decoder.counters
        precondition(
            counters.packetsReceived == counters.recovered + counters.packetsDiscarded + UInt64(decoder.waitingCount),
            "a repair packet is counted twice or not at all: \(counters)")
    }
}
