import RapportBase

/// What was lost of what was sent, piece by piece: the data of the loss-based estimator.
struct LossObservations: Sendable {
    /// One piece: a quarter of a second of sending at least.
    struct Piece: Sendable {
        var sentBytes = 0
        var lostBytes = 0
        /// Bits per second.
        var sendingRate = 0.0

        var loss: Double { sentBytes > 0 ? Double(lostBytes) / Double(sentBytes) : 0 }
    }

    private static let leastSpan = 0.25
    private static let mostPieces = 15
    private static let ageFactor = 0.9
    private static let piecesBeforeReady = 3
    private static let fastShare = 2.0

    /// Newest last.
    private(set) var pieces: [Piece] = []
    private(set) var count = 0
    private var open = Piece()
    private var openedAt: Timestamp?
    private var lastSend: Timestamp?

    var isReady: Bool { count >= Self.piecesBeforeReady }

    /// Takes the results of a feedback; true when a piece was completed.
    mutating func add(_ results: [PacketResult]) -> Bool {
        for result in results {
            let sentAt = result.packet.sentAt
            if openedAt == nil { openedAt = sentAt }
            lastSend = max(lastSend ?? sentAt, sentAt)
            open.sentBytes += result.packet.bytes
            if result.arrival == nil { open.lostBytes += result.packet.bytes }
        }
        guard let openedAt, let lastSend else { return false }
        let span = lastSend.seconds(since: openedAt)
        guard span >= Self.leastSpan else { return false }
        open.sendingRate = Double(open.sentBytes) * 8 / span
        pieces.append(open)
        if pieces.count > Self.mostPieces { pieces.removeFirst() }
        count += 1
        (open, self.openedAt) = (Piece(), lastSend)
        return true
    }

    /// Weight of the piece at `index`: the older, the lighter.
    func weight(_ index: Int) -> Double {
        var weight = 1.0
        for _ in index..<pieces.count - 1 { weight *= Self.ageFactor }
        return weight
    }

    /// Share of bytes lost, without the best and the worst piece once there are more than three.
    var averageLoss: Double {
        var (sent, lost) = (0.0, 0.0)
        for index in pieces.indices {
            sent += weight(index) * Double(pieces[index].sentBytes)
            lost += weight(index) * Double(pieces[index].lostBytes)
        }
        if pieces.count > 3, let best = extreme(<), let worst = extreme(>) {
            sent -= weight(best) * Double(pieces[best].sentBytes)
            lost -= weight(best) * Double(pieces[best].lostBytes)
            // Loss of what was sent much faster than usual is the sender's own doing: it counts.
            if pieces[worst].sendingRate < Self.fastShare * medianRate {
                sent -= weight(worst) * Double(pieces[worst].sentBytes)
                lost -= weight(worst) * Double(pieces[worst].lostBytes)
            }
        }
        return sent > 0 ? min(max(lost / sent, 0), 1) : 0
    }

    private func extreme(_ before: (Double, Double) -> Bool) -> Int? {
        pieces.indices.min { before(pieces[$0].loss, pieces[$1].loss) }
    }

    private var medianRate: Double {
        let rates = pieces.map(\.sendingRate).sorted()
        return rates.isEmpty ? 0 : rates[rates.count / 2]
    }
}
