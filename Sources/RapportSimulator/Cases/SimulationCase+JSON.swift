import RapportBase

extension SimulationCase {
    /// Writes the case with the figures and the course of each contender's run.
    public func write(
        _ runs: [(name: String, figures: [Figure], result: RunResult)], isMet: Bool, to json: inout JSONText
    ) {
        json.beginObject()
        json.write("name", name)
        json.write("title", title)
        json.write("met", isMet)
        json.beginArray("runs")
        for run in runs {
            json.beginObject()
            json.write("estimator", run.name)
            json.beginArray("figures")
            for figure in run.figures { figure.write(to: &json) }
            json.endArray()
            run.result.write(to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension Figure {
    /// Writes label, unit, value, limit and whether it is met.
    public func write(to json: inout JSONText) {
        json.beginObject()
        json.write("label", criterion.label)
        json.write("unit", "\(criterion.unit)")
        json.write("value", value)
        switch criterion.bound {
        case .atMost(let most): json.write("atMost", most)
        case .atLeast(let least): json.write("atLeast", least)
        case .none: break
        }
        json.write("met", isMet)
        json.endObject()
    }
}

extension RunResult {
    /// Writes the series of all flows and links: an array a quantity, an element each 200 ms.
    public func write(to json: inout JSONText) {
        json.write("interval", Simulator.sampleInterval.inSeconds)
        json.write("bottleneck", Double(scenario.bottleneck))
        json.beginArray("flows")
        for (index, samples) in flowSamples.enumerated() { write(samples, of: flows[index], to: &json) }
        json.endArray()
        json.beginArray("links")
        for (index, samples) in linkSamples.enumerated() { write(samples, linkCounters[index], to: &json) }
        json.endArray()
        json.beginArray("connections")
        for connection in connections { write(connection, to: &json) }
        json.endArray()
    }

    private func write(_ samples: [FlowSample], of flow: Flow, to json: inout JSONText) {
        json.beginObject()
        json.write("name", flow.configuration.name)
        json.write("frames", Double(flow.frames))
        json.write("skippedFrames", Double(flow.skippedFrames))
        json.write("probePackets", Double(flow.probePackets))
        json.write("send", samples.map(\.sendRate))
        json.write("receive", samples.map(\.receiveRate))
        json.write("media", samples.map(\.mediaRate))
        json.write("goodput", samples.map(\.goodput))
        json.write("padding", samples.map(\.paddingRate))
        json.write("repeats", samples.map(\.repeatRate))
        json.write("target", samples.map(\.target))
        json.write("encoder", samples.map(\.encoder))
        json.write("pacerDelay", samples.map(\.pacerDelay))
        json.write("frozen", samples.map(\.frozen))
        json.endObject()
    }

    private func write(_ samples: [LinkSample], _ counters: LinkCounters, to json: inout JSONText) {
        json.beginObject()
        json.write("offered", Double(counters.offered))
        json.write("delivered", Double(counters.delivered))
        json.write("capacity", samples.map(\.capacity))
        json.write("rate", samples.map(\.rate))
        json.write("queueDelay", samples.map(\.queueDelay))
        json.write("dropped", samples.map { Double($0.dropped + $0.lost) })
        json.endObject()
    }

    private func write(_ connection: Connection, to json: inout JSONText) {
        json.beginObject()
        json.write("name", connection.name)
        json.write("segmentsSent", Double(connection.segmentsSent))
        json.write("segmentsLost", Double(connection.segmentsLost))
        let step = Simulator.sampleInterval
        let count = Int(scenario.duration / step)
        json.write(
            "delivered",
            (0..<count).map { connection.delivered.rate(from: .zero + step * $0, to: .zero + step * ($0 + 1)) })
        json.endObject()
    }
}
