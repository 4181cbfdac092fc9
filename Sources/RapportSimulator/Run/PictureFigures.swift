public import RapportBase

/// How the pictures of a call went, from some moment to its end.
public struct PictureFigures: Sendable, Equatable {
    /// Pictures that stood for 200 ms longer than they should, and for how long together.
    public var freezes: Int
    public var stood: Duration
    /// Pictures shown.
    public var shown: Int
    /// Pictures and sound that came, in bit/s, without headers.
    public var goodput: Double
    /// Shares of what was sent, from the call's beginning: packets that repair lost ones, and those sent again.
    public var repairShare: Double
    public var repeatShare: Double
    /// Packets that came back by repair.
    public var repaired: Int
}

extension RunResult {
    /// How the pictures of the first call went.
    /// - Parameter start: what is before is the call finding its rate.
    public func pictures(from start: Timestamp) -> PictureFigures {
        let flow = flows[0]
        let end = Timestamp.zero + scenario.duration
        let stood = flow.freezes.sorted(from: start, to: end)
        let sent = max(flow.sent.rate(from: .zero, to: end) / 8 * scenario.duration.inSeconds, 1)
        return PictureFigures(
            freezes: stood.count, stood: .nanoseconds(Int64(stood.reduce(0, +) * 1e6)),
            shown: flow.shown.sorted(from: start, to: end).count, goodput: flow.payload.rate(from: start, to: end),
            repairShare: Double(flow.repairBytes) / sent, repeatShare: Double(flow.repeatedBytes) / sent,
            repaired: flow.repaired)
    }
}

extension Scenario {
    /// One call over a line of this rate that loses packets on the way of its pictures.
    public static func lossyCall(
        _ rate: Bitrate, roundTrip: Duration, loss: LossModel, seconds: Int
    ) -> Scenario {
        var scenario = Parts.single(
            .constant(rate), roundTrip: roundTrip, queue: Parts.dropTail(300, at: rate), seconds: seconds)
        scenario.links[0].loss = loss
        return scenario
    }
}

extension LossModel {
    /// Loss in bursts: three of four packets of a bad stretch, which lasts for `packets` on average.
    public static func bursts(of packets: Double, loss: Double) -> LossModel {
        let bad = min(loss / 0.75, 0.9)
        let toGood = 1 / max(packets, 1)
        return .gilbertElliott(
            toBad: min(toGood * bad / (1 - bad), 1), toGood: toGood, lossWhenGood: 0, lossWhenBad: 0.75)
    }
}
