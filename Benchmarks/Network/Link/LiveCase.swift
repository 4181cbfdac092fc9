import BenchmarkSupport
import CTunnel
import Glibc
import RapportBase
import RapportSimulator

/// A case between two namespaces, until the end of the input.
struct LiveCase {
    private let settings: LinkSettings
    private let one: SimulationCase
    private let tunnels: [Tunnel]
    private let start = Clock.wall()
    private var run: LiveRun
    private var input = LineReader()
    private var log: PacketLog?
    private var wasOver = false
    private var began = false
    private var shown: Timestamp?

    init(_ settings: LinkSettings, _ one: SimulationCase) {
        guard let run = LiveRun(one.scenario, seed: settings.seed) else { fail("\(one.name): cannot run here") }
        self.settings = settings
        self.one = one
        self.run = run
        log = settings.packets.map { PacketLog(path: $0) }
        tunnels = [
            Tunnel(namespace: settings.left, side: 0), Tunnel(namespace: settings.right, side: 1),
        ]
    }

    private var now: Timestamp { Timestamp(nanoseconds: Clock.wall() - start) }

    mutating func work() {
        Output.show(#"{"type":"ready"}"#)
        while true {
            let wait = run.deadline.map { max($0.nanoseconds - now.nanoseconds, 0) } ?? -1
            let readable = tunnel_wait([0, tunnels[0].descriptor, tunnels[1].descriptor], 3, wait)
            for side in 0...1 where readable & (2 << Int32(side)) != 0 { read(side) }
            deliver()
            tell()
            if readable & 1 != 0, !takeInput() { return finish() }
        }
    }

    private mutating func read(_ side: Int) {
        while let packet = tunnels[side].receive() {
            run.accept(packet, link: side, at: now)
            log?.note(packet, link: side, "in", at: run.elapsed(now))
        }
    }

    private mutating func deliver() {
        while let (link, packet) = run.take(at: now) {
            tunnels[1 - link].send(packet)
            log?.note(packet, link: link, "out", at: run.elapsed(now))
        }
    }

    // MARK: Out

    private mutating func tell() {
        if !began, run.origin != nil {
            began = true
            Output.show(#"{"type":"begin"}"#)
        }
        if !wasOver, run.isOver(at: now) {
            wasOver = true
            Output.show(#"{"type":"over"}"#)
        }
        guard let sample = run.lastSample, sample.flow.at != shown else { return }
        shown = sample.flow.at
        Output.show(Self.line(sample.flow, sample.links))
    }

    private static func line(_ flow: FlowSample, _ links: [LinkSample]) -> [UInt8] {
        var json = JSONText()
        json.beginObject()
        json.write("type", "sample")
        json.write("seconds", (flow.at - .zero).inSeconds)
        json.write("send", flow.sendRate)
        json.write("media", flow.mediaRate)
        json.beginArray("links")
        for link in links {
            json.beginObject()
            json.write("capacity", link.capacity)
            json.write("rate", link.rate)
            json.write("queue", link.queueDelay)
            json.write("backlog", Double(link.backlog))
            json.write("dropped", Double(link.dropped))
            json.write("lost", Double(link.lost))
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private func finish() {
        let result = run.result
        let figures = one.judge(result)
        let isMet = figures.allSatisfy(\.isMet)
        var line = JSONText()
        line.beginObject()
        line.write("type", "figures")
        line.write("case", one.name)
        line.write("met", isMet)
        line.beginArray("figures")
        for figure in figures { figure.write(to: &line) }
        line.endArray()
        line.endObject()
        Output.show(line.bytes)
        guard let path = settings.json else { return }
        var json = JSONText()
        json.beginObject()
        json.write("seed", Double(settings.seed))
        json.beginArray("cases")
        one.write([(settings.name, figures, result)], isMet: isMet, to: &json)
        json.endArray()
        json.endObject()
        guard let file = fopen(path, "w") else { fail("\(path): cannot be written") }
        let written = fwrite(json.bytes, 1, json.bytes.count, file)
        guard fclose(file) == 0, written == json.bytes.count else { fail("\(path): not written to its end") }
    }

    // MARK: In

    // False at the end of the input.
    private mutating func takeInput() -> Bool {
        guard let lines = input.read() else { return false }
        for line in lines { take(line.split(separator: " ").map(String.init)) }
        return true
    }

    private mutating func take(_ words: [String]) {
        let numbers = words.dropFirst().compactMap(Double.init)
        switch (words.first, numbers.count) {
        case ("repair", 1...): run.repairTypes = Set(numbers.map { UInt8(clamping: Int($0)) })
        case ("rates", 2...3):
            run.decided(
                target: Bitrate(bitsPerSecond: Int(numbers[0])), encoder: Bitrate(bitsPerSecond: Int(numbers[1])),
                pacer: numbers.count == 3 ? .nanoseconds(Int64(numbers[2] * 1e6)) : nil, at: now)
        case ("froze", 1): run.froze(.nanoseconds(Int64(numbers[0] * 1e6)), at: now)
        case ("frames", 2): run.sentFrames(Int(numbers[0]), skipped: Int(numbers[1]))
        case ("begin", 0): run.begin(at: now)
        default: fail("not a line for rapport-link: \(words.joined(separator: " "))")
        }
    }
}
