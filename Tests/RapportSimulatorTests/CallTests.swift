import RapportBase
import RapportMedia
import Testing

@testable import RapportSimulator

@Suite("Calls")
struct CallTests {
    /// Notes what the seam is told, in a box because a run keeps its estimators to itself.
    private final class Notes: @unchecked Sendable {
        var sent: [SentPacket] = []
        var results: [[PacketResult]] = []
        var roundTrips: [Duration] = []
        var demands: [Bitrate] = []
    }

    private struct NotingEstimator: BandwidthEstimator {
        let notes: Notes
        var fixed: FixedRateEstimator
        var probes: [ProbeRequest] = []
        var deadline: Timestamp? { nil }
        var decision: RateDecision { fixed.decision }
        mutating func packetSent(_ packet: SentPacket) { notes.sent.append(packet) }
        mutating func received(_ results: [PacketResult], at now: Timestamp) { notes.results.append(results) }
        mutating func update(roundTrip: Duration, at now: Timestamp) { notes.roundTrips.append(roundTrip) }
        mutating func update(receiverLimit: Bitrate?, at now: Timestamp) {}
        mutating func update(demand: Bitrate, at now: Timestamp) { notes.demands.append(demand) }
        mutating func handleTimeout(at now: Timestamp) {}
        mutating func takeProbe(at now: Timestamp) -> ProbeRequest? { probes.popLast() }
    }

    private func scenario(_ kilobits: Int = 3000, seconds: Int = 30) -> Scenario {
        var scenario = Scenario(
            links: path(kilobits, queue: .dropTail(.bytes(100_000))), duration: .seconds(seconds))
        scenario.media = [MediaFlowConfiguration(forward: [.link(0)], reverse: [.link(1)])]
        return scenario
    }

    @Test("a call sends what it is allowed, and the encoder's limit bounds it")
    func rates() {
        for (allowed, expected) in [(500, 500.0), (1000, 1000), (5000, 1650)] {
            let result = fixedRun(allowed, scenario())
            let rate = result.flows[0].sent.rate(from: .seconds(5), to: .seconds(30)) / 1000
            #expect(abs(rate - expected) < expected * 0.05, "\(allowed): \(rate)")
            #expect(result.flows[0].paddingBytes == 0)
            #expect(result.flows[0].freezes.delays.isEmpty)
            #expect(result.flows[0].frames > 880)
        }
    }

    @Test("feedback tells each packet in order, as arrived once, with its true spacing, whatever is lost and overtaken")
    func feedback() throws {
        var network = scenario()
        network.links[0].loss = .independent(0.05)
        network.links[0].jitter = .uniform(most: .milliseconds(40), reorders: true)
        let notes = Notes()
        let result = Simulator.run(network, seed: 2) { _ in
            NotingEstimator(notes: notes, fixed: FixedRateEstimator(rate: .kilobits(1000)))
        }
        #expect(notes.sent.map(\.number) == (0..<Int64(notes.sent.count)).map { $0 })
        #expect(notes.results.count > 500)
        var arrived: Set<Int64> = []
        for results in notes.results {
            #expect(results.map(\.packet.number) == results.map(\.packet.number).sorted())
            for one in results where one.arrival != nil {
                #expect(arrived.insert(one.packet.number).inserted)
                #expect(one.packet == notes.sent[Int(one.packet.number)])
            }
        }
        // Everything that arrived is told, but for the last interval and what came too late for the recorder's window.
        #expect(arrived.count > result.flows[0].receivedPackets - 40)
        let offsets = notes.results.joined().compactMap { one in
            one.arrival.map { ($0 - one.packet.sentAt).inMilliseconds }
        }
        // Delays between 25 and 65 ms and the sending, off by a constant: the receiver's clock.
        let (least, most) = (offsets.min() ?? 0, offsets.max() ?? 0)
        #expect(most - least > 30 && most - least < 75 && least > 1_000_000)
        let roundTrip = try #require(notes.roundTrips.first)
        #expect(roundTrip > .milliseconds(50) && roundTrip < .milliseconds(110))
    }

    @Test("a probe leaves at its rate, with padding where there is no media, and is marked")
    func probes() throws {
        let notes = Notes()
        let probe = ProbeRequest(id: 9, rate: .kilobits(1800), duration: .milliseconds(15), packets: 5)
        _ = Simulator.run(scenario(seconds: 2), seed: 2) { _ in
            NotingEstimator(notes: notes, fixed: FixedRateEstimator(rate: .kilobits(300)), probes: [probe])
        }
        let marked = notes.sent.filter { $0.probe == 9 }
        #expect(marked.count >= 5 && marked.contains { $0.kind == .padding })
        let span = try #require(marked.last).sentAt - marked[0].sentAt
        let bits = marked.dropLast().reduce(0) { $0 + $1.bytes * 8 }
        let rate = Double(bits) / span.inSeconds
        #expect(abs(rate - 1_800_000) < 20_000)
    }

    @Test("padding fills up to its rate and no further")
    func padding() {
        let result = Simulator.run(scenario(), seed: 1) { _ in
            FixedRateEstimator(rate: .kilobits(3000), padding: .kilobits(2000))
        }
        let rate = result.flows[0].sent.rate(from: .seconds(5), to: .seconds(30))
        #expect(abs(rate - 2_000_000) < 60_000)
        #expect(result.flows[0].paddingBytes > 1_000_000)
    }

    @Test("a closed window holds video back, asks for a sign of life each half second, and opens again")
    func window() {
        let notes = Notes()
        var network = scenario(seconds: 20)
        network.links[1].outages = [.init(from: .seconds(5), to: .seconds(10))]
        network.media[0].hasAudio = false
        _ = Simulator.run(network, seed: 1) { _ in
            NotingEstimator(notes: notes, fixed: FixedRateEstimator(rate: .kilobits(1000), window: 20_000))
        }
        let video = notes.sent.filter { $0.kind == .video }
        let blind = video.filter { $0.sentAt > .seconds(6) && $0.sentAt < .seconds(10) }
        #expect(blind.count >= 6 && blind.count <= 10)
        #expect(video.count { $0.sentAt > .seconds(15) } > 300)
    }

    @Test("sound needs no window")
    func soundWithoutWindow() {
        let notes = Notes()
        _ = Simulator.run(scenario(seconds: 4), seed: 1) { _ in
            NotingEstimator(notes: notes, fixed: FixedRateEstimator(rate: .kilobits(1000), window: 0))
        }
        #expect(notes.sent.count { $0.kind == .audio } == 201)
        #expect(notes.sent.count { $0.kind == .video } < 10)
    }

    @Test("what is lost is repeated, and without loss nothing is")
    func repeats() {
        var network = scenario()
        network.links[0].loss = .independent(0.05)
        let lossy = fixedRun(1000, network)
        let share = Double(lossy.flows[0].repeatedBytes) / Double(lossy.flows[0].sent.total)
        #expect(share > 0.035 && share < 0.08)
        #expect(lossy.flows[0].frames > 880)
        #expect(fixedRun(1000, scenario()).flows[0].repeatedBytes == 0)
    }

    @Test("a freeze is seen and measured, and a key frame ends it when all is lost")
    func freezes() throws {
        var network = scenario(seconds: 20)
        for link in 0...1 { network.links[link].outages = [.init(from: .seconds(10), to: .seconds(11))] }
        let result = fixedRun(1000, network)
        let freezes = result.flows[0].freezes.sorted(from: .seconds(10), to: .seconds(20))
        let longest = try #require(freezes.last)
        #expect(longest > 1000 && longest < 2500 && freezes.count < 4)
        #expect(result.flows[0].freezes.sorted(from: .zero, to: .seconds(10)).isEmpty)
    }

    @Test("a pause is silent, told as no demand, and no freeze")
    func pause() {
        let notes = Notes()
        var network = scenario(seconds: 20)
        network.media[0].pauses = [.seconds(8)..<Timestamp.seconds(12)]
        let result = Simulator.run(network, seed: 1) { _ in
            NotingEstimator(notes: notes, fixed: FixedRateEstimator(rate: .kilobits(1000)))
        }
        #expect(notes.sent.allSatisfy { $0.sentAt < .milliseconds(8200) || $0.sentAt >= .seconds(12) })
        #expect(notes.demands.map { $0 > .zero } == [true, false, true])
        #expect(result.flows[0].freezes.delays.isEmpty)
    }

    @Test("what can no longer be repeated is given up for a key frame, and repeats stay below the target")
    func givingUp() {
        var network = scenario(seconds: 30)
        for link in 0...1 { network.links[link].outages = [.init(from: .seconds(10), to: .seconds(14))] }
        let result = fixedRun(1000, network)
        #expect(result.flows[0].freezes.sorted(from: .seconds(16), to: .seconds(30)).isEmpty)
        #expect(result.flows[0].freezes.sorted(from: .seconds(10), to: .seconds(16)).last ?? 0 < 6000)
        let repeats = result.flowSamples[0].map(\.repeatRate)
        // Half a second's worth may come at once, then the target.
        #expect((repeats.max() ?? 0) < 1_000_000 * 3.6)
        #expect(repeats.dropFirst(85).allSatisfy { $0 == 0 })
    }

    @Test("an encoder that lags comes near its target in a few time constants, and overshoots after a fall")
    func laggingEncoder() {
        var model = VideoModel()
        model.lag = .milliseconds(300)
        model.noise = 0
        model.drift = 0
        var source = VideoSource(model, start: .kilobits(300), SimulationGenerator(seed: 1))
        func rate(at milliseconds: Int64) -> Int {
            source.encode(isKey: false, at: .milliseconds(milliseconds)) * 8 * 30
        }
        source.update(target: .kilobits(1200))
        #expect(rate(at: 0) < 500_000)
        for frame in 1..<30 { _ = rate(at: Int64(frame) * 33) }
        #expect(rate(at: 1000) > 1_100_000)
        source.update(target: .kilobits(300))
        let first = rate(at: 1200)
        #expect(first > 550_000 && first < 620_000)
        for frame in 1..<30 { _ = rate(at: 1200 + Int64(frame) * 33) }
        #expect(rate(at: 2200) < 330_000)
    }

    @Test("an encoder follows its target within its response time and keeps to it on average")
    func encoder() {
        var source = VideoSource(VideoModel(), start: .kilobits(300), SimulationGenerator(seed: 1))
        var now = Timestamp.zero
        func second() -> Int {
            (0..<30).reduce(0) { sum, _ in
                now += .milliseconds(33)
                return sum + source.encode(isKey: false, at: now) * 8
            }
        }
        let slow = (0..<10).map { _ in second() }.reduce(0, +) / 10
        #expect(abs(slow - 300_000) < 12_000)
        source.update(target: .kilobits(1200))
        now += .milliseconds(33)
        _ = source.encode(isKey: false, at: now)
        #expect(source.target == .kilobits(1200))
        source.update(target: .kilobits(600))
        now += .milliseconds(33)
        _ = source.encode(isKey: false, at: now)
        #expect(source.target == .kilobits(1200))
        now += .milliseconds(100)
        _ = source.encode(isKey: false, at: now)
        #expect(source.target == .kilobits(600))
    }
}
