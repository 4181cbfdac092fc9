import RapportBase

extension TransportFeedback {
    func append(to bytes: inout [UInt8]) {
        let deltas = wireDeltas()
        let start = RTCP.begin(RTCPPacketType.transportFeedback, count: RTCPFeedbackFormat.transportWide, &bytes)
        bytes.append(uint32: sender.rawValue)
        bytes.append(uint32: media.rawValue)
        bytes.append(uint16: baseSequence.rawValue)
        bytes.append(uint16: UInt16(deltas.count))
        bytes.append(uint24: UInt32(bitPattern: referenceTime))
        bytes.append(feedbackCount)
        Self.appendChunks(deltas.map(Self.status), &bytes)
        for delta in deltas {
            guard let delta else { continue }
            if let small = UInt8(exactly: delta) {
                bytes.append(small)
            } else {
                bytes.append(uint16: UInt16(bitPattern: delta))
            }
        }
        RTCP.end(start, &bytes)
    }

    /// Ticks from the arrival before; nil for a packet that has not arrived.
    ///
    /// A delta past the range of 16 bits is clamped, and the ones behind it count from the clamped time, so that the
    /// error does not stay.
    private func wireDeltas() -> [Int16?] {
        var before: Int64 = 0
        return arrivals.prefix(65_535).map { arrival in
            guard let arrival else { return nil }
            let nanoseconds = arrival.wholeNanoseconds
            let ticks = Self.roundedTicks(nanoseconds)
            let delta = Int16(clamping: ticks - before)
            before += Int64(delta)
            return delta
        }
    }

    private static func roundedTicks(_ nanoseconds: Int64) -> Int64 {
        let (ticks, rest) = nanoseconds.quotientAndRemainder(dividingBy: 250_000)
        if rest >= 125_000 { return ticks + 1 }
        return rest <= -125_000 ? ticks - 1 : ticks
    }

    private static func status(_ delta: Int16?) -> PacketStatus {
        guard let delta else { return .notReceived }
        return UInt8(exactly: delta) == nil ? .largeDelta : .smallDelta
    }

    /// Takes at each place the chunk that covers most packets: a run, 14 one-bit symbols or 7 two-bit symbols.
    private static func appendChunks(_ statuses: [PacketStatus], _ bytes: inout [UInt8]) {
        var start = 0
        while start < statuses.count {
            let run = runLength(statuses, start)
            let oneBit = statuses[start...].prefix(14)
            let twoBit = statuses[start...].prefix(7)
            if run >= oneBit.count || (run >= twoBit.count && oneBit.contains(.largeDelta)) {
                bytes.append(uint16: statuses[start].rawValue << 13 | UInt16(run))
                start += run
            } else if !oneBit.contains(.largeDelta) {
                bytes.append(uint16: 0x8000 | vector(oneBit, bits: 1))
                start += oneBit.count
            } else {
                bytes.append(uint16: 0xC000 | vector(twoBit, bits: 2))
                start += twoBit.count
            }
        }
    }

    // 13 bits hold the length of a run.
    private static func runLength(_ statuses: [PacketStatus], _ start: Int) -> Int {
        let first = statuses[start]
        let limit = min(statuses.count, start + 0x1FFF)
        var end = start + 1
        while end < limit, statuses[end] == first { end += 1 }
        return end - start
    }

    private static func vector(_ statuses: ArraySlice<PacketStatus>, bits: Int) -> UInt16 {
        var chunk: UInt16 = 0
        var shift = 14
        for status in statuses {
            shift -= bits
            chunk |= status.rawValue << UInt16(shift)
        }
        return chunk
    }
}
