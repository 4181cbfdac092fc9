import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("Repair packets")
struct RepairTests {
    private static let source = SSRC(77)

    private struct Block {
        var packets: [[UInt8]]
        var repairs: [[UInt8]]
    }

    private func block(_ count: Int, repairs: Int, from base: UInt16 = 65_530, seed: UInt64 = 1) -> Block {
        let packets = Self.packets(count, from: base, seed: seed)
        var encoder = RepairEncoder(source: Self.source)
        encoder.begin(SequenceNumber(base), packets: count, repairs: repairs)
        for packet in packets { encoder.add(packet.span) }
        let made = (0..<encoder.repairs).compactMap { index -> [UInt8]? in
            var payload: [UInt8] = []
            return encoder.appendPayload(index, to: &payload) ? payload : nil
        }
        return Block(packets: packets, repairs: made)
    }

    private static func packets(_ count: Int, from base: UInt16 = 65_530, seed: UInt64 = 1) -> [[UInt8]] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            var packet: [UInt8] = []
            _ = RTPPacketBuilder.append(
                marker: index == count - 1, payloadType: PayloadType(masking: 96),
                sequenceNumber: SequenceNumber(base) + index, timestamp: RTPTimestamp(1234), ssrc: source,
                to: &packet)
            packet += (0..<Int.random(in: 1...50, using: &generator)).map { UInt8(truncatingIfNeeded: $0 &* index) }
            return packet
        }
    }

    /// What comes back when some packets and repair packets are lost.
    private func recovered(_ block: Block, lost: Set<Int>, lostRepairs: Set<Int> = []) throws -> [[UInt8]] {
        var decoder = RepairDecoder(source: Self.source)
        for (index, packet) in block.packets.enumerated() where !lost.contains(index) {
            decoder.insert(SequenceNumber(packet.span.uint16(at: 2)), packet)
        }
        for (index, payload) in block.repairs.enumerated() where !lostRepairs.contains(index) {
            try decoder.insertRepair(payload)
        }
        var packets: [[UInt8]] = []
        while let restored = decoder.takeRestored() { packets.append(restored.packet) }
        let recovered = decoder.counters.recovered
        #expect(packets.count == Int(recovered))
        return packets.sorted { $0.span.uint16(at: 2) &- 65_530 < $1.span.uint16(at: 2) &- 65_530 }
    }

    @Test("any one packet comes back, whatever the repair packets", arguments: 1...8)
    func single(repairs: Int) throws {
        for count in [1, 2, 6, 15, 16, 46] {
            let block = block(count, repairs: repairs)
            for lost in 0..<count {
                #expect(try recovered(block, lost: [lost]) == [block.packets[lost]], "\(lost) of \(count)")
            }
        }
    }

    @Test("any two packets come back while no two share their repair packets", arguments: 3...8)
    func double(repairs: Int) throws {
        let count = repairs == 3 ? 7 : repairs * (repairs - 1) / 2
        let block = block(count, repairs: repairs)
        for one in 0..<count {
            for other in (one + 1)..<count {
                #expect(try recovered(block, lost: [one, other]) == [block.packets[one], block.packets[other]])
            }
        }
    }

    @Test("a burst of three comes back, with two repair packets one of two", arguments: 2...16)
    func burst(repairs: Int) throws {
        let count = repairs == 2 ? 12 : min(repairs * (repairs - 1) / 2, RepairPattern.maximumBlock)
        let block = block(count, repairs: repairs)
        let length = min(repairs, 3)
        for first in 0...(count - length) {
            let lost = first..<(first + length)
            #expect(try recovered(block, lost: Set(lost)) == Array(block.packets[lost]), "\(lost)")
        }
    }

    @Test("packets of the frame before come back with the next one's repair packets", arguments: 1...6)
    func window(repairs: Int) throws {
        let packets = Self.packets(12)
        var encoder = RepairEncoder(source: Self.source, window: 2)
        var decoder = RepairDecoder(source: Self.source)
        // Two frames of five, two packets between them that are not protected; the first one's repair packets are lost.
        for (range, isLost) in [(0..<5, true), (7..<12, false)] {
            encoder.begin(SequenceNumber(65_530) + range.lowerBound, packets: 5, repairs: repairs)
            for index in range {
                encoder.add(packets[index])
                if index != 2 { decoder.insert(SequenceNumber(65_530) + index, packets[index]) }
            }
            for index in 0..<repairs where !isLost {
                var payload: [UInt8] = []
                if encoder.appendPayload(index, to: &payload) { try decoder.insertRepair(payload) }
            }
        }
        let restored = decoder.takeRestored()
        #expect(restored?.packet == packets[2] && restored?.sequence == SequenceNumber(65_530) + 2)
    }

    @Test("what is too far away, or was forgotten, is not covered")
    func beyond() throws {
        for (gap, isForgotten) in [(30, false), (100, false), (25, true)] {
            let packets = Self.packets(gap + 20)
            var encoder = RepairEncoder(source: Self.source, window: 3)
            for first in [0, gap] {
                if isForgotten, first > 0 { encoder.forget() }
                encoder.begin(SequenceNumber(65_530) + first, packets: 20, repairs: 1)
                for index in first..<(first + 20) { encoder.add(packets[index]) }
            }
            var payload: [UInt8] = []
            _ = encoder.appendPayload(0, to: &payload)
            let header = try FlexFECHeader(parsing: payload.span)
            #expect(header.base == SequenceNumber(65_530) + gap && header.mask == (1 << 20) - 1)
        }
    }

    @Test("with three or more, a packet comes back although one of its repair packets is lost", arguments: 4...8)
    func repairLost(repairs: Int) throws {
        let block = block(repairs, repairs: repairs)
        for lost in 0..<repairs {
            for repair in 0..<repairs {
                #expect(try recovered(block, lost: [lost], lostRepairs: [repair]) == [block.packets[lost]])
            }
        }
    }

    @Test("packets that come after their repair packet complete it")
    func late() throws {
        let block = block(6, repairs: 1)
        var decoder = RepairDecoder(source: Self.source)
        for index in [0, 1, 2] { decoder.insert(SequenceNumber(65_530) + index, block.packets[index]) }
        try decoder.insertRepair(block.repairs[0])
        var restored = decoder.takeRestored()
        #expect(restored?.packet == nil && decoder.waitingCount == 1)
        decoder.insert(SequenceNumber(65_530) + 5, block.packets[5])
        restored = decoder.takeRestored()
        #expect(restored?.packet == nil)
        decoder.insert(SequenceNumber(65_530) + 3, block.packets[3])
        restored = decoder.takeRestored()
        #expect(restored?.packet == block.packets[4])
        let (waiting, discarded) = (decoder.waitingCount, decoder.counters.packetsDiscarded)
        #expect(waiting == 0 && discarded == 0)
    }

    @Test("what nobody needs, what is of another source and what is malformed is counted")
    func discarded() throws {
        let block = block(4, repairs: 2)
        var decoder = RepairDecoder(source: Self.source)
        for (index, packet) in block.packets.enumerated() {
            decoder.insert(SequenceNumber(65_530) + index, packet)
        }
        for payload in block.repairs { try decoder.insertRepair(payload) }
        let counters = decoder.counters
        #expect(counters.packetsReceived == 2 && counters.packetsDiscarded == 2)
        var foreign = block.repairs[0]
        foreign[15] ^= 1
        for bytes in [foreign, Array(foreign[..<10]), []] {
            var isRefused = false
            do { try decoder.insertRepair(bytes) } catch { isRefused = true }
            #expect(isRefused)
        }
        let restored = decoder.takeRestored()
        let discarded = decoder.counters.packetsDiscarded
        #expect(discarded == 5 && restored?.packet == nil)
    }

    @Test("every truncation of a repair packet is refused, or gives nothing longer than it is", arguments: [1, 40, 90])
    func truncations(span: Int) throws {
        // Of three packets the last is missing; the mask has one of its three lengths.
        let packets = Self.packets(span + 1)
        let named: Set = [0, span / 2, span]
        var parity = Parity()
        for packet in named.map({ packets[$0] }) { parity.add(packet.span) }
        var payload: [UInt8] = []
        let header = FlexFECHeader(
            source: Self.source, base: SequenceNumber(65_530), mask: named.reduce(0) { $0 | 1 << UInt128($1) },
            recovery: parity.recovery)
        header.append(to: &payload)
        payload += parity.bytes
        var outcomes: [Int] = []
        for length in 0...payload.count {
            var decoder = RepairDecoder(source: Self.source)
            for index in 0..<span { decoder.insert(SequenceNumber(65_530) + index, packets[index]) }
            do { try decoder.insertRepair(Array(payload[..<length])) } catch { outcomes.append(length) }
            let restored = decoder.takeRestored()
            let counters = decoder.counters
            #expect(counters.packetsDiscarded + counters.recovered == 1)
            #expect(restored?.packet.count ?? 0 <= max(length, packets.map(\.count).max() ?? 0))
            if length == payload.count { #expect(restored?.packet == packets[span]) }
        }
        // No head is taken that is cut off.
        #expect(outcomes.starts(with: 0..<header.length))
    }

    @Test("what is longer than any packet that is taken is refused, so that what waits stays small")
    func tooLong() throws {
        let block = block(3, repairs: 1)
        var decoder = RepairDecoder(source: Self.source, slotBytes: 200)
        // The longest head, and parity of the longest packet without its fixed header.
        let longest = 32 + 200 - 12
        for (count, isTaken) in [(longest, true), (longest + 1, false)] {
            let payload = block.repairs[0] + [UInt8](repeating: 0, count: count - block.repairs[0].count)
            var isRefused = false
            do { try decoder.insertRepair(payload) } catch { isRefused = true }
            #expect(isRefused != isTaken)
        }
        let (count, bytes) = (decoder.waitingCount, decoder.waitingBytes)
        #expect(count == 1 && bytes == longest)
    }

    @Test(
        "on a path that loses, delays and repeats, all that comes back is what was sent",
        arguments: 1...8 as ClosedRange<UInt64>)
    func honest(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let window = Int.random(in: 1...4, using: &generator)
        var encoder = RepairEncoder(source: Self.source, window: window)
        var decoder = RepairDecoder(source: Self.source)
        var sent: [SequenceNumber: [UInt8]] = [:]
        var late: [SequenceNumber] = []
        var next = SequenceNumber(65_000)
        var recovered = 0
        for frame in 0..<200 {
            let count = Int.random(in: 1...RepairPattern.maximumBlock, using: &generator)
            let repairs = Int.random(in: 1...RepairPattern.maximumRepairs, using: &generator)
            encoder.begin(next, packets: count, repairs: repairs)
            for packet in Self.packets(count, from: next.rawValue, seed: UInt64(frame)) {
                encoder.add(packet)
                sent[next] = packet
                switch Int.random(in: 0..<8, using: &generator) {
                case 0: break
                case 1: late.append(next)
                case 2: for _ in 0..<2 { decoder.insert(next, packet) }
                default: decoder.insert(next, packet)
                }
                next += 1
            }
            for index in 0..<repairs where Int.random(in: 0..<8, using: &generator) > 0 {
                var payload: [UInt8] = []
                if encoder.appendPayload(index, to: &payload) { try decoder.insertRepair(payload) }
            }
            if Bool.random(using: &generator) {
                for each in late { decoder.insert(each, sent[each] ?? []) }
                late.removeAll()
            }
            while let restored = decoder.takeRestored() {
                recovered += 1
                #expect(restored.packet == sent[restored.sequence])
            }
        }
        let counters = decoder.counters
        let settled = counters.packetsDiscarded + counters.recovered + UInt64(decoder.waitingCount)
        #expect(settled == counters.packetsReceived && recovered == Int(counters.recovered))
        // An eighth is lost and another comes late, most of it too late to be of use.
        #expect(recovered > sent.count / 16)
    }

    @Test("no more than so many repair packets wait, whatever comes", arguments: 1...4 as ClosedRange<UInt64>)
    func bounded(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var decoder = RepairDecoder(source: Self.source)
        var outcomes = 0
        for _ in 0..<5000 {
            let number = SequenceNumber(UInt16.random(in: 0...400, using: &generator))
            var bytes = (0..<Int.random(in: 12...80, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                decoder.insert(number, bytes)
            } else {
                if bytes.count >= 20 {
                    (bytes[0], bytes[8]) = (0, 1)
                    bytes.replaceSubrange(
                        12..<18, with: [0, 0, 0, 77, UInt8(number.rawValue >> 8), UInt8(number.rawValue & 255)])
                }
                try? decoder.insertRepair(bytes)
            }
            while decoder.takeRestored() != nil { outcomes += 1 }
            let waiting = decoder.waitingCount
            #expect(waiting <= RepairDecoder.maximumWaiting)
        }
        let counters = decoder.counters
        #expect(outcomes == Int(counters.recovered))
        let settled = counters.packetsDiscarded + counters.recovered + UInt64(decoder.waitingCount)
        #expect(settled == counters.packetsReceived)
    }

    @Test("a source that begins anew elsewhere is repaired there")
    func restart() throws {
        let (old, new) = (block(5, repairs: 1), block(5, repairs: 1, from: 20_000))
        var decoder = RepairDecoder(source: Self.source)
        for packet in old.packets { decoder.insert(SequenceNumber(packet.span.uint16(at: 2)), packet) }
        for packet in new.packets.dropLast() { decoder.insert(SequenceNumber(packet.span.uint16(at: 2)), packet) }
        try decoder.insertRepair(new.repairs[0])
        let restored = decoder.takeRestored()
        #expect(restored?.packet == new.packets[4])
    }
}

// Over arrays: a Span of an array's element cannot be handed to a value that is not copied.
extension RepairDecoder {
    fileprivate mutating func insert(_ sequence: SequenceNumber, _ packet: [UInt8]) { insert(sequence, packet.span) }
    fileprivate mutating func insertRepair(_ payload: [UInt8]) throws(RTPError) { try insertRepair(payload.span) }
}

extension RepairEncoder {
    fileprivate mutating func add(_ packet: [UInt8]) { add(packet.span) }
}
