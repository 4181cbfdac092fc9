import RapportBase

/// The control law of CoDel for one queue. RFC 8289 section 5.
struct CoDelControl {
    static let target: Int64 = 5_000_000
    static let interval: Int64 = 100_000_000
    static let largestPacket = 1500

    private var firstAbove: Int64 = 0
    private var dropNext: Int64 = 0
    private var count = 0
    private var lastCount = 0
    private var isDropping = false

    /// The next packet to send; those that the law drops on the way go to `dropped`, or are marked if they can be.
    mutating func dequeue(
        from queue: inout PacketFIFO, at now: Timestamp, dropping dropped: inout [QueuedPacket]
    ) -> QueuedPacket? {
        let time = now.nanoseconds
        var (packet, mayDrop) = take(from: &queue, at: time)
        if isDropping {
            if !mayDrop { isDropping = false }
            while isDropping, time >= dropNext, let victim = packet {
                count += 1
                if victim.isCapable {
                    dropNext = control(dropNext)
                    return victim.marked
                }
                dropped.append(victim)
                (packet, mayDrop) = take(from: &queue, at: time)
                if mayDrop { dropNext = control(dropNext) } else { isDropping = false }
            }
        } else if mayDrop, let victim = packet {
            if victim.isCapable {
                packet = victim.marked
            } else {
                dropped.append(victim)
                (packet, _) = take(from: &queue, at: time)
            }
            isDropping = true
            // Section 5.4: take up the old drop rate when the last dropping state is not long ago.
            let delta = count - lastCount
            count = delta > 1 && time - dropNext < 16 * Self.interval ? delta : 1
            dropNext = control(time)
            lastCount = count
        }
        return packet
    }

    private mutating func take(from queue: inout PacketFIFO, at time: Int64) -> (QueuedPacket?, Bool) {
        guard let packet = queue.removeFirst() else {
            firstAbove = 0
            return (nil, false)
        }
        if time - packet.queuedAt.nanoseconds < Self.target || queue.bytes <= Self.largestPacket {
            firstAbove = 0
            return (packet, false)
        }
        if firstAbove == 0 {
            firstAbove = time + Self.interval
            return (packet, false)
        }
        return (packet, time >= firstAbove)
    }

    private func control(_ time: Int64) -> Int64 {
        time + Int64(Double(Self.interval) / Double(max(count, 1)).squareRoot())
    }
}
