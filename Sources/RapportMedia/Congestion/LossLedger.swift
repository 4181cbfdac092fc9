import RapportBase

/// Which packets were lost, by the time they were sent; a packet that was only late is taken out again.
struct LossLedger: Sendable {
    /// Packets reported on, and those of them that are lost.
    struct Share: Sendable, Equatable {
        var packets = 0
        var lost = 0

        var loss: Double { packets > 0 ? Double(lost) / Double(packets) : 0 }
    }

    private struct Bucket {
        var number: Int64 = .min
        var share = Share()
    }

    private static let bucketLength = 0.1
    private static let (buckets, slots) = (64, 4096)
    private static let mostDispersion = 20.0

    private var ring = [Bucket](repeating: Bucket(), count: buckets)
    /// The number of the packet a slot speaks of, doubled, plus one when it was lost.
    private var fates = [Int64](repeating: -1, count: slots)
    /// When the newest packet reported on was sent.
    private(set) var newestSent = 0.0

    /// Takes a result. True when the packet was counted as lost before and is not any more.
    mutating func add(number: Int64, sent: Double, isLost: Bool) -> Bool {
        guard number >= 0, number < Int64.max / 4, sent >= 0, sent < 1e12 else { return false }
        let slot = Int(number & Int64(Self.slots - 1))
        let fate = fates[slot]
        if fate >> 1 == number {
            guard fate & 1 == 1, !isLost else { return false }
            fates[slot] = number << 1
            correct(sent)
            return true
        }
        fates[slot] = number << 1 | (isLost ? 1 : 0)
        newestSent = max(newestSent, sent)
        let index = Int64(sent / Self.bucketLength)
        let place = Int(index & Int64(Self.buckets - 1))
        if ring[place].number != index {
            guard ring[place].number < index else { return false }
            ring[place] = Bucket(number: index)
        }
        ring[place].share.packets += 1
        if isLost { ring[place].share.lost += 1 }
        return false
    }

    private mutating func correct(_ sent: Double) {
        let index = Int64(sent / Self.bucketLength)
        let place = Int(index & Int64(Self.buckets - 1))
        guard ring[place].number == index, ring[place].share.lost > 0 else { return }
        ring[place].share.lost -= 1
    }

    /// How unevenly losses fall: their variance over their mean, tenth by tenth of a second. 1 for independent ones, and
    /// never less; several where they come in bursts.
    func dispersion(sentFrom start: Double, to end: Double) -> Double {
        guard start < end, end < 1e12, start > -1e12 else { return 1 }
        let (first, last) = (Int64(start / Self.bucketLength), Int64(end / Self.bucketLength))
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        for bucket in ring where bucket.number >= first && bucket.number < last {
            let lost = Double(bucket.share.lost)
            sum += lost
            squares += lost * lost
            count += 1
        }
        guard count > 1, sum > 0 else { return 1 }
        let mean = sum / count
        return min(max((squares - sum * mean) / (count - 1) / mean, 1), Self.mostDispersion)
    }

    /// The share of what was sent between two times. Stretches of which nothing arrived are an outage and tell nothing
    /// of a rate: they are left out.
    func share(sentFrom start: Double, to end: Double) -> Share {
        var sum = Share()
        guard start < end, end < 1e12, start > -1e12 else { return sum }
        let (first, last) = (Int64(start / Self.bucketLength), Int64(end / Self.bucketLength))
        for bucket in ring where bucket.number >= first && bucket.number < last {
            if bucket.share.packets >= 4, bucket.share.lost == bucket.share.packets { continue }
            sum.packets += bucket.share.packets
            sum.lost += bucket.share.lost
        }
        return sum
    }
}
