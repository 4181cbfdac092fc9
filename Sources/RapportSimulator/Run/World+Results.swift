import RapportBase
import RapportMedia

extension World {
    mutating func sample(at now: Timestamp) {
        for index in links.indices { recorder.sample(link: index, links[index], at: now) }
        for index in calls.indices { sampleFlow(index, at: now) }
    }

    private mutating func sampleFlow(_ index: Int, at now: Timestamp) {
        let start = now - Simulator.sampleInterval
        let (sender, receiver) = (calls[index].sender, calls[index].receiver)
        let flow = recorder.flows[index]
        let seconds = Simulator.sampleInterval.inSeconds
        let delays = sender.pacerDelays
        let from = recorder.flows[index].sampled.pacerDelays
        let longest = delays.delays[from...].max() ?? 0
        let before = flow.sampled
        let sample = FlowSample(
            at: now, sendRate: flow.sent.rate(from: start, to: now),
            receiveRate: flow.received.rate(from: start, to: now), mediaRate: flow.media.rate(from: start, to: now),
            goodput: Double((receiver.totals.payloadBytes - before.payload) * 8) / seconds,
            paddingRate: Double((sender.totals.paddingBytes - before.padding) * 8) / seconds,
            repeatRate: Double((sender.totals.repeatedBytes - before.repeated) * 8) / seconds,
            target: Double(sender.decision.target.bitsPerSecond), encoder: Double(sender.source.target.bitsPerSecond),
            pacerDelay: Double(longest) / 1e6, frozen: Double(receiver.totals.frozen - before.frozen) / 1e6)
        recorder.flowSamples[index].append(sample)
        recorder.flows[index].sampled = RunResult.Sampled(
            payload: receiver.totals.payloadBytes, padding: sender.totals.paddingBytes,
            repeated: sender.totals.repeatedBytes, frozen: receiver.totals.frozen, pacerDelays: delays.delays.count)
    }

    func makeResult() -> RunResult {
        var result = RunResult(
            scenario: scenario, seed: seed, flowSamples: recorder.flowSamples, linkSamples: recorder.linkSamples,
            linkCounters: links.map(\.counters) + airs.map(\.counters), flows: recorder.flows,
            connections: recorder.connections,
            waits: recorder.waits)
        result.events = events.handled
        result.packetsUnderWay = pool.used
        result.packetsSent = packetsSent
        result.packetsArrived = packetsArrived
        for (index, call) in calls.enumerated() { complete(&result.flows[index], call) }
        for (index, connection) in connections.enumerated() {
            result.connections[index].segmentsSent = connection.segmentsSent
            result.connections[index].segmentsLost = connection.segmentsLost
        }
        return result
    }

    private func complete(_ flow: inout RunResult.Flow, _ call: Call) {
        flow.pacerDelays = call.sender.pacerDelays
        flow.freezes = call.receiver.freezes
        flow.sentPackets = call.sender.totals.packets
        flow.markedPackets = call.receiver.totals.marked
        flow.receivedPackets = call.receiver.totals.packets
        flow.probePackets = call.sender.totals.probePackets
        flow.paddingBytes = call.sender.totals.paddingBytes
        flow.repeatedBytes = call.sender.totals.repeatedBytes
        flow.skippedFrames = call.sender.totals.skippedFrames
        flow.frames = call.receiver.totals.frames
    }
}
