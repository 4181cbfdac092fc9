import RapportBase
import RapportMedia

/// Several flows over one link, and what came of it.
struct LinkRun {
    struct Sample {
        var time: Double
        /// Seconds the link's queue takes to empty.
        var queue: Double
        /// Bits per second: targets, sent and received rates since the sample before, a flow each.
        var targets: [Double]
        var sent: [Double]
        var received: [Double]
        var bulk: Double
    }

    private(set) var samples: [Sample] = []
    /// The queue each millisecond.
    private(set) var queue: [Double] = []
    private(set) var flows: [MediaFlowModel]

    init(
        _ link: LinkModel.Configuration, _ flows: [(MediaFlowModel.Configuration, any BandwidthEstimator)],
        bulk: BulkFlowModel? = nil, seconds: Double, seed: UInt64 = 1,
        inspect: ((Double, any BandwidthEstimator) -> Void)? = nil
    ) {
        var model = LinkModel(link, seed: seed)
        self.flows = flows.enumerated().map { index, flow in
            MediaFlowModel(flow.0, flow: index, estimator: flow.1, seed: seed &+ UInt64(index) &* 77)
        }
        var bulk = bulk
        let step = 0.001
        var before = (sent: [Int](repeating: 0, count: flows.count), received: [Int](repeating: 0, count: flows.count))
        var bulkBefore = 0
        for tick in 1...Int(seconds / step) {
            let time = Double(tick) * step
            for index in self.flows.indices { self.flows[index].step(to: time, link: &model) }
            bulk?.step(to: time, link: &model)
            var out: [(LinkModel.Packet, Double)] = []
            model.leave(until: time) { out.append(($0, $1)) }
            for (packet, arrival) in out {
                if packet.flow < self.flows.count {
                    self.flows[packet.flow].deliver(packet, at: arrival, drift: link.drift)
                } else {
                    bulk?.deliver(packet, at: arrival, back: link.delay)
                }
            }
            for index in self.flows.indices { self.flows[index].report(at: time, link: &model) }
            inspect?(time, self.flows[0].estimator)
            queue.append(model.queueDelay(at: time))
            guard tick % 100 == 0 else { continue }
            let now = (sent: self.flows.map(\.sent), received: self.flows.map(\.received))
            samples.append(
                Sample(
                    time: time, queue: model.queueDelay(at: time),
                    targets: self.flows.map { Double($0.estimator.decision.target.bitsPerSecond) },
                    sent: zip(now.sent, before.sent).map { Double($0 - $1) * 80 },
                    received: zip(now.received, before.received).map { Double($0 - $1) * 80 },
                    bulk: Double((bulk?.received ?? 0) - bulkBefore) * 80))
            before = now
            bulkBefore = bulk?.received ?? 0
        }
    }

    /// Mean received rate of a flow between two times.
    func received(_ flow: Int = 0, _ from: Double, _ to: Double) -> Double {
        let part = samples.filter { $0.time > from && $0.time <= to }
        return part.reduce(0) { $0 + $1.received[flow] } / Double(max(part.count, 1))
    }

    /// The first time after `from` that the target is at least `rate`, in seconds after it.
    func timeToReach(_ rate: Double, after from: Double, flow: Int = 0) -> Double? {
        samples.first { $0.time > from && $0.targets[flow] >= rate }.map { $0.time - from }
    }

    /// The queue in seconds that `share` of the milliseconds do not exceed.
    func queueQuantile(_ share: Double, _ from: Double, _ to: Double) -> Double {
        let part = queue[min(Int(from * 1000), queue.count)..<min(Int(to * 1000), queue.count)].sorted()
        return part.isEmpty ? 0 : part[Int(Double(part.count - 1) * share)]
    }
}
