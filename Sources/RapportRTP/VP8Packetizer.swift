/// Cuts encoded frames into payloads. RFC 7741 section 4.4.
public enum VP8Packetizer {
    /// The ranges of a frame that go into one packet each, first to last, as even in packet size as can be.
    ///
    /// No packet with its reduction is above `maxPayload`; apart from reductions, sizes differ by one byte at most.
    /// - Parameters:
    ///   - frameBytes: length of the frame; zero gives no packet.
    ///   - maxPayload: bytes of the frame that a packet takes at most, the descriptor already taken off.
    ///   - firstPacketReduction: what the first packet takes less (extensions that only it carries).
    ///   - lastPacketReduction: what the last packet takes less.
    /// - Returns: nothing when a reduction leaves no room, or the frame is shorter than the packets it would need.
    public static func split(
        frameBytes: Int, maxPayload: Int, firstPacketReduction: Int = 0, lastPacketReduction: Int = 0
    ) -> [Range<Int>] {
        let first = max(firstPacketReduction, 0)
        let last = max(lastPacketReduction, 0)
        guard frameBytes > 0, first < maxPayload, last < maxPayload else { return [] }
        let total = frameBytes + first + last
        let packets = (total + maxPayload - 1) / maxPayload
        guard packets <= frameBytes else { return [] }
        // The frame is seen as lengthened by the reductions and cut at even places; every packet keeps one byte.
        func boundary(_ index: Int) -> Int {
            if index == packets { return frameBytes }
            return index == 0 ? 0 : min(max(index * total / packets - first, index), frameBytes - (packets - index))
        }
        return (0..<packets).map { boundary($0)..<boundary($0 + 1) }
    }
}
