import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Live runs")
struct LiveRunTests {
    private func packet(
        type: UInt8 = 96, padded: Bool = false, payload: Int = 1000, transport: UInt8 = 17
    ) -> [UInt8] {
        var packet: [UInt8] = [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, transport, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2]
        packet += Array(repeating: 0, count: 8)
        packet += [padded ? 0xA0 : 0x80, type, 0x12, 0x34, 0, 0, 0, 0, 1, 2, 3, 4]
        return packet + Array(repeating: 0, count: payload - 12)
    }

    private func steady(_ name: String = "steady-1000") throws -> SimulationCase {
        try #require(SimulationCase.all.first { $0.name == name })
    }

    // Feeds the forward link as a sender of a fixed rate and looks after it each millisecond.
    private func drive(_ run: inout LiveRun, from begin: Int64, to end: Int64, every gap: Int64) -> Int {
        var arrived = 0
        for millisecond in begin..<end {
            let now = Timestamp.milliseconds(millisecond)
            if millisecond % gap == 0 { run.accept(packet(), link: 0, at: now) }
            while let (link, _) = run.take(at: now) {
                #expect(link == 0)
                arrived += 1
            }
        }
        return arrived
    }

    @Test("the scenario begins with the first RTP packet, and what passed before is delivered but not counted")
    func begin() throws {
        var run = try #require(LiveRun(try steady().scenario, seed: 1))
        var handshake = packet()
        handshake[28] = 22
        run.accept(handshake, link: 0, at: .seconds(4))
        #expect(run.origin == nil)
        run.accept(packet(type: 96), link: 1, at: .seconds(4))
        #expect(run.origin == nil)
        run.accept(packet(), link: 0, at: .milliseconds(4001))
        #expect(run.origin == .milliseconds(4001))
        var arrived: [Int] = []
        while let (link, _) = run.take(at: .seconds(5)) { arrived.append(link) }
        #expect(arrived.sorted() == [0, 0, 1])
        #expect(run.result.linkCounters[0].offered == 1)
        #expect(run.elapsed(.seconds(5)) == .milliseconds(999))
    }

    @Test("figures are those of what passed")
    func figures() throws {
        let one = try steady()
        var run = try #require(LiveRun(one.scenario, seed: 1))
        // 1028 bytes each 8 ms are 1028 kbit/s on a link of 1000: the queue stands.
        let arrived = drive(&run, from: 1, to: 60_000, every: 8)
        let result = run.result
        #expect(result.linkSamples[0].count == 299)
        #expect(result.flowSamples[0].count == 299)
        #expect(result.flows[0].receivedPackets == arrived)
        let queue = Measure.queue(link: 0, percentile: 0.95, from: .seconds(30), to: .seconds(50)).value(in: result)
        #expect(queue > 280 && queue <= 300)
        let media = Measure.mediaShare(flow: 0, of: .kilobits(1000), from: .seconds(30), to: .seconds(50)).value(
            in: result)
        #expect(media > 0.998 && media < 1.002)
        #expect(one.judge(result).contains { !$0.isMet })
    }

    @Test("a retransmission of what was lost is media, another one is not, and padding is padding")
    func repairs() throws {
        var scenario = try steady().scenario
        scenario.links[0].outages = [.init(from: .seconds(1), to: .milliseconds(1100))]
        var run = try #require(LiveRun(scenario, seed: 1))
        run.repairTypes = [97]
        run.accept(packet(payload: 500), link: 0, at: .zero)
        run.accept(packet(payload: 900), link: 0, at: .milliseconds(1010))
        run.accept(packet(type: 97, payload: 902), link: 0, at: .milliseconds(1200))
        run.accept(packet(type: 97, payload: 902), link: 0, at: .milliseconds(1300))
        run.accept(packet(type: 97, padded: true, payload: 902), link: 0, at: .milliseconds(1400))
        var arrived = 0
        while run.take(at: .seconds(2)) != nil { arrived += 1 }
        #expect(arrived == 4)
        let flow = run.result.flows[0]
        #expect(flow.media.total == 528 + 930)
        #expect(flow.received.total == 528 + 3 * 930)
        #expect(flow.repeatedBytes == 2 * 930)
        #expect(flow.paddingBytes == 930)
        #expect(flow.sentPackets == 5 && flow.receivedPackets == 4)
    }

    @Test("what the ends tell is in the figures")
    func told() throws {
        var run = try #require(LiveRun(try steady("start").scenario, seed: 1))
        run.decided(target: .kilobits(1), encoder: .kilobits(1), pacer: nil, at: .milliseconds(1))
        _ = drive(&run, from: 0, to: 400, every: 10)
        run.decided(target: .kilobits(1450), encoder: .kilobits(1400), pacer: .milliseconds(7), at: .milliseconds(400))
        run.froze(.milliseconds(300), at: .milliseconds(900))
        _ = drive(&run, from: 400, to: 5000, every: 10)
        let result = run.result
        #expect(Measure.reach(.target, flow: 0, level: .kilobits(1425), after: .zero).value(in: result) == 0.4)
        #expect(Measure.reach(.encoder, flow: 0, level: .kilobits(1425), after: .zero).value(in: result) == .infinity)
        #expect(Measure.freezes(flow: 0, from: .zero, to: .seconds(5)).value(in: result) == 1)
        #expect(Measure.pacer(flow: 0, percentile: 1, from: .zero, to: .seconds(5)).value(in: result) == 7)
        #expect(result.flowSamples[0].last?.target == 1_450_000)
    }

    @Test("headers of packets of every length are read or passed over")
    func truncation() {
        let whole = packet(payload: 20)
        for count in 0...whole.count {
            let content = PassingPacket(Array(whole.prefix(count))).content
            switch count {
            case ..<28: #expect(content == .other)
            case ..<40: #expect(content == .datagram)
            default:
                #expect(content == .rtp(payloadType: 96, ssrc: 0x0102_0304, sequence: 0x1234, isPadded: false))
            }
        }
        var generator = SimulationGenerator(seed: 9)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(generator.next() % 64)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            #expect(PassingPacket(bytes).bytes == bytes.count)
        }
        #expect(PassingPacket(packet(type: 200)).content == .datagram)
        #expect(PassingPacket(packet(transport: 6)).content == .segment(payload: 1008))
    }

    @Test("scenarios with more than one call cannot run")
    func refused() throws {
        let names = Set(SimulationCase.all.filter { LiveRun($0.scenario, seed: 1) != nil }.map(\.name))
        #expect(names.isSuperset(of: ["start", "rise", "fall", "steady-500", "loss-10", "reordering", "cubic-300"]))
        #expect(!names.contains("5.4"))
    }
}
