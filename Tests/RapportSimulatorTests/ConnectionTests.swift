import RapportBase
import Testing

@testable import RapportSimulator

@Suite("TCP models")
struct ConnectionTests {
    private func run(
        _ variants: [TCPVariant], kilobits: Int = 10_000, queue: Int = 100, loss: Double = 0, seconds: Int = 60
    ) -> RunResult {
        let bytes = kilobits * queue / 8
        var scenario = Scenario(links: path(kilobits, queue: .dropTail(.bytes(bytes))), duration: .seconds(seconds))
        scenario.links[0].loss = .independent(loss)
        scenario.connections = variants.map {
            ConnectionConfiguration(variant: $0, forward: [.link(0)], reverse: [.link(1)])
        }
        return fixedRun(300, scenario)
    }

    private func rate(_ result: RunResult, _ index: Int = 0) -> Double {
        result.connections[index].delivered.rate(from: .seconds(10), to: .zero + result.scenario.duration) * 1500 / 1448
    }

    @Test("one connection alone fills a link", arguments: [TCPVariant.cubic, .reno], [50, 100, 1000])
    func alone(_ variant: TCPVariant, _ queue: Int) {
        let result = run([variant], queue: queue)
        #expect(rate(result) >= 9_000_000)
        #expect(rate(result) <= 10_010_000)
    }

    @Test("two connections share fairly", arguments: [TCPVariant.cubic, .reno])
    func pair(_ variant: TCPVariant) {
        let result = run([variant, variant])
        let (one, two) = (rate(result, 0), rate(result, 1))
        #expect(one + two >= 9_000_000)
        #expect(one / two > 0.6 && one / two < 1.67)
    }

    @Test("the queue fills to its end and shrinks after a loss: a sawtooth")
    func sawtooth() {
        let result = run([.cubic], queue: 300)
        let waits = result.waits[0].sorted(from: .seconds(20), to: .seconds(60))
        #expect(RunResult.percentile(1, of: waits) > 290)
        #expect(RunResult.percentile(0.05, of: waits) < 230)
        #expect(result.connections[0].segmentsLost > 3)
    }

    @Test("Reno under random loss has the rate that the square root law gives it")
    func squareRootLaw() {
        // 1.22 * MSS / (RTT * sqrt(p)): 1.22 * 1500 * 8 / (0.05 * 0.1) = 2.9 Mbps at 1 %.
        let result = run([.reno], kilobits: 100_000, loss: 0.01)
        #expect(rate(result) > 2_000_000 && rate(result) < 4_000_000)
    }

    @Test("a connection survives a blackout by its timeout")
    func blackout() throws {
        var scenario = Scenario(links: path(5000, queue: .dropTail(.bytes(50_000))), duration: .seconds(30))
        scenario.links[0].outages = [.init(from: .seconds(10), to: .seconds(13))]
        scenario.connections = [ConnectionConfiguration(forward: [.link(0)], reverse: [.link(1)])]
        let result = fixedRun(300, scenario)
        let delivered = result.connections[0].delivered
        #expect(delivered.rate(from: .milliseconds(10_200), to: .seconds(13)) == 0)
        #expect(delivered.rate(from: .seconds(20), to: .seconds(30)) > 4_000_000)
    }

    @Test("files come and go: as many bytes as asked for, with silence between them")
    func files() {
        var scenario = Scenario(links: path(2000, queue: .dropTail(.bytes(75_000))), duration: .seconds(300))
        var files = ConnectionConfiguration(forward: [.link(0)], reverse: [.link(1)])
        files.load = .files(bytes: 30_000...50_000, meanPause: .seconds(10), beginsWithFile: true)
        scenario.connections = [files]
        let result = fixedRun(300, scenario)
        // About 300 s over pauses of 10 s and half a second a file: 29 files of 40 kB.
        let total = result.connections[0].delivered.total
        #expect(total > 500_000 && total < 2_200_000)
        #expect(result.connections[0].delivered.total % 1448 == 0)
    }
}
