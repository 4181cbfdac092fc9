import RapportBase
import Testing

@testable import RapportMedia

@Suite("SoundMixer")
struct SoundMixerTests {
    private func block(_ value: Int16, channels: Int = 1) -> [Int16] {
        [Int16](repeating: value, count: 480 * channels)
    }

    private func mix(_ mixer: inout SoundMixer, _ blocks: [[Int16]]) -> [Int16] {
        for block in blocks { mixer.add(block) }
        var output: [Int16] = []
        mixer.take(into: &output)
        return output
    }

    @Test("what fits is added exactly, and nothing is zero")
    func adds() {
        var mixer = SoundMixer()
        let three = mix(&mixer, [block(1_000), block(-300), block(42)])
        let none = mix(&mixer, [])
        #expect(three == block(742) && none == block(0))
    }

    @Test("six loud voices are turned down, never clipped and never the wrong way round")
    func limits() {
        var mixer = SoundMixer()
        var generator = SeededGenerator(seed: 4)
        var previous: Int16 = 0
        for step in 0..<200 {
            let blocks = (0..<6).map { _ in
                (0..<480).map { _ in Int16.random(in: -32_768...32_767, using: &generator) }
            }
            let sums = (0..<480).map { index in blocks.reduce(0) { $0 + Int($1[index]) } }
            let mixed = mix(&mixer, blocks)
            #expect(mixed.allSatisfy { abs(Int($0)) < 32_700 })
            #expect(zip(mixed, sums).allSatisfy { Int($0) * $1 >= 0 }, "step \(step)")
            previous = mixed.last ?? previous
        }
        // A sum of six times full scale for long is a straight line below the ceiling, not a square at the rail.
        let loud = (0..<20).map { _ in mix(&mixer, [[Int16]](repeating: block(30_000), count: 6)) }
        #expect(loud.last.map { Set($0).count == 1 && ($0[0] > 27_000) && $0[0] < 30_000 } ?? false)
    }

    @Test("the gain comes back within a second, without a step")
    func releases() {
        var mixer = SoundMixer()
        _ = mix(&mixer, [block(30_000), block(30_000)])
        var last: Int16 = 0
        var steepest = 0
        for _ in 0..<100 {
            let mixed = mix(&mixer, [block(10_000)])
            if last != 0 { steepest = max(steepest, abs(Int(mixed[0]) - Int(last))) }
            last = mixed.last ?? 0
        }
        #expect(last > 9_900 && last <= 10_000 && steepest < 100)
    }

    @Test("one channel goes to both of two; a seventh sound and odd lengths are left out and counted")
    func shapes() {
        var mixer = SoundMixer(channels: 2)
        mixer.add(block(5, channels: 2))
        mixer.add((0..<480).map { Int16($0) })
        mixer.add([1, 2, 3])
        mixer.add(block(9), gain: .infinity)
        var output: [Int16] = []
        mixer.take(into: &output)
        #expect(output == (0..<960).map { Int16($0 / 2 + 5) } && mixer.leftOut == 2)
        for _ in 0..<7 { mixer.add(block(1)) }
        #expect(mixer.leftOut == 3)
    }
}
