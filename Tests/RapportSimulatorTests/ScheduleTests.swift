import RapportBase
import Testing

@testable import RapportSimulator

@Suite("Rate schedules and traces")
struct ScheduleTests {
    private func schedule(_ steps: (Int64, Int)...) throws -> RateSchedule {
        try RateSchedule(steps.map { .init(at: .milliseconds($0.0), rate: .kilobits($0.1)) })
    }

    @Test("a packet that a step meets is carried at both rates")
    func acrossStep() throws {
        let rates = try schedule((0, 1000), (10, 2000))
        // 2000 bytes: 10 ms at 1 Mbps carry 1250, the rest takes 3 ms at 2 Mbps.
        #expect(rates.end(ofBytes: 2000, from: .zero) == .milliseconds(13))
        #expect(rates.end(ofBytes: 1250, from: .zero) == .milliseconds(10))
        #expect(rates.end(ofBytes: 1000, from: .milliseconds(20)) == .milliseconds(24))
    }

    @Test("nothing leaves at a rate of zero, and never if it stays so")
    func zeroRate() throws {
        let rates = try schedule((0, 1000), (4, 0), (50, 1000), (60, 0))
        #expect(rates.end(ofBytes: 1000, from: .zero) == .milliseconds(54))
        #expect(rates.end(ofBytes: 1000, from: .milliseconds(55)) == nil)
        #expect(rates.bits(from: .zero, to: .milliseconds(100)) == 14_000)
    }

    @Test("schedules that make no sense are refused")
    func badSchedules() {
        #expect(throws: SimulatorError.noInitialRate) { try RateSchedule([]) }
        #expect(throws: SimulatorError.noInitialRate) { try schedule((5, 1000)) }
        #expect(throws: SimulatorError.unorderedStep(2)) { try schedule((0, 1), (10, 2), (10, 3)) }
        #expect(throws: SimulatorError.invalidRate(1)) { try schedule((0, 1), (10, -1)) }
        #expect(throws: SimulatorError.invalidRate(0)) { try schedule((0, 200_000_000)) }
    }

    @Test("a trace file is read and written again")
    func traceRoundTrip() throws {
        let trace = try DeliveryTrace(parsing: [UInt8]("0\n5\n5\r\n12\n\n".utf8).span)
        #expect(trace.deliveries == [0, 5, 5, 12])
        #expect(try DeliveryTrace(parsing: trace.serialized.span) == trace)
    }

    @Test(
        "a trace file that is none is refused with the line",
        arguments: [
            ("", SimulatorError.emptyTrace), ("0\n", .emptyTrace), ("\n", .emptyTrace), ("1\nx\n", .malformedLine(2)),
            ("1\n\n2\n", .malformedLine(2)), ("-1\n", .malformedLine(1)), ("1\n2 \n", .malformedLine(2)),
            ("5\n4\n", .decreasingTime(line: 2)), ("1234567890\n", .malformedLine(1)), ("1.5\n", .malformedLine(1)),
        ])
    func badTraces(_ text: String, _ error: SimulatorError) {
        #expect(throws: error) { try DeliveryTrace(parsing: [UInt8](text.utf8).span) }
    }

    @Test("a trace cut off at any byte is a shorter trace or refused")
    func truncation() throws {
        let text = [UInt8]("10\n20\n30\n105\n".utf8)
        for length in 0...text.count {
            let part = Array(text[..<length])
            guard let trace = try? DeliveryTrace(parsing: part.span) else { continue }
            #expect(trace.deliveries.count <= 4 && trace.deliveries == trace.deliveries.sorted())
        }
    }

    @Test("random bytes are never taken for more than they are")
    func randomBytes() {
        var generator = SimulationGenerator(seed: 3)
        var accepted = 0
        for round in 0..<3000 {
            let alphabet: [UInt8] = round % 2 == 0 ? Array(0...255) : [0x0A, 0x0D, 0x30, 0x31, 0x39]
            let text = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            guard let trace = try? DeliveryTrace(parsing: text.span) else { continue }
            accepted += 1
            #expect(trace.deliveries == trace.deliveries.sorted() && trace.period > 0)
        }
        #expect(accepted > 10)
    }

    @Test("a trace begins again, and finds the delivery that comes next")
    func rounds() throws {
        let trace = try DeliveryTrace(deliveries: [0, 5, 5, 10])
        #expect((0..<9).map { trace.time(of: $0) } == [0, 5, 5, 10, 10, 15, 15, 20, 20].map { .milliseconds($0) })
        for moment in [Int64(0), 1, 5, 6, 10, 11, 20, 21] {
            let number = trace.firstDelivery(from: .milliseconds(moment))
            #expect(trace.time(of: number) >= .milliseconds(moment))
            if number > 0 { #expect(trace.time(of: number - 1) < .milliseconds(moment)) }
        }
    }

    @Test("a link with a trace carries one full packet a delivery and wastes what nobody uses")
    func traceLink() throws {
        let trace = try DeliveryTrace(deliveries: (1...100).map { $0 * 10 })
        var scenario = Scenario(links: [LinkConfiguration(rate: .trace(trace))], duration: .seconds(2))
        var source = DatagramConfiguration(rate: .kilobits(10_000), forward: [.link(0)])
        source.bytes = 1504
        source.start = .milliseconds(1005)
        scenario.datagrams = [source]
        // From 1010 to 2000 ms, both included, there is a delivery each 10 ms.
        #expect(fixedRun(300, scenario).linkCounters[0].delivered == 100)
    }

    @Test("a made-up cellular trace has about the rate it was asked for and the gaps of handovers")
    func cellular() throws {
        let trace = try CellularModel(rate: .kilobits(1500)).trace(seconds: 300, seed: 5)
        #expect(trace == (try CellularModel(rate: .kilobits(1500)).trace(seconds: 300, seed: 5)))
        #expect(trace.meanRate > .kilobits(1100) && trace.meanRate < .kilobits(2300))
        let gaps = zip(trace.deliveries, trace.deliveries.dropFirst()).map { $1 - $0 }
        #expect(gaps.count { $0 >= 300 } >= 5)
    }
}
