import RapportBase
import Testing

@testable import RapportMedia

@Suite("What sound loses")
struct SoundLossTests {
    @Test("nothing is known before the first report; then what it said, until the next")
    func ownReports() {
        var loss = SoundLoss()
        #expect(loss.share(at: .seconds(1)) == nil)
        loss.update(fractionLost: 0.25)
        #expect(loss.share(at: .seconds(100)) == 0.25)
        loss.update(fractionLost: 0)
        #expect(loss.share(at: .seconds(101)) == 0)
    }

    @Test("reports about pictures tell of it within two seconds, where its own are missing or older")
    func otherReports() throws {
        for first in [nil, 0.0] {
            var loss = SoundLoss()
            if let first { loss.update(fractionLost: first) }
            loss.update(pathLoss: 0.2, at: .seconds(1))
            #expect(try #require(loss.share(at: .seconds(1))) < 0.08, "one report may be chance")
            loss.update(pathLoss: 0.2, at: .seconds(2))
            #expect(try #require(loss.share(at: .seconds(2))) > 0.08)
        }
    }

    @Test("when pictures stop, what was said of them counts for ten seconds")
    func staleness() throws {
        var loss = SoundLoss()
        loss.update(fractionLost: 0.01)
        for second in 1...9 { loss.update(pathLoss: 0.2, at: .seconds(Int64(second))) }
        #expect(try #require(loss.share(at: .seconds(19))) > 0.15)
        #expect(loss.share(at: .milliseconds(19_001)) == 0.01)
        loss.update(pathLoss: 0, at: .seconds(30))
        #expect(loss.share(at: .seconds(30)) == 0.01, "what was forgotten does not come back")
    }

    @Test("figures that make no sense stay within their bounds")
    func nonsense() throws {
        var loss = SoundLoss()
        loss.update(fractionLost: 7)
        #expect(loss.share(at: .zero) == 1)
        loss.update(fractionLost: -1)
        loss.update(pathLoss: -3, at: .zero)
        #expect(loss.share(at: .zero) == 0)
        for second in 1...50 { loss.update(pathLoss: 9, at: .seconds(Int64(second))) }
        #expect(try #require(loss.share(at: .seconds(50))) <= 1)
    }
}
