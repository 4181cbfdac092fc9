import RapportBase
import Testing

@Suite("SplitMix")
struct SplitMixTests {
    @Test("gives the numbers of the published algorithm")
    func knownAnswers() {
        var generator = SplitMix(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in generator.next() } == expected)
    }

    @Test("spreads uniform numbers over 0 to 1")
    func uniform() {
        var generator = SplitMix(seed: 9)
        let numbers = (0..<10_000).map { _ in generator.uniform() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.02)
    }
}
