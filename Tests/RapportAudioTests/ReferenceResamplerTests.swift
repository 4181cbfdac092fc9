import Testing

@testable import RapportAudio

@Suite("The far end read at the loudspeaker's clock")
struct ReferenceResamplerTests {
    @Test("a clock wrong for ever never leads beyond the samples there are", arguments: [1.0, -1.0])
    func bounds(sign: Double) {
        var resampler = ReferenceResampler()
        let block = SampleBuffer(count: 160)
        let output = SampleBuffer(count: 160)
        for i in 0..<160 { block[i] = 0.5 }
        var held = 0
        for _ in 0..<300 {
            resampler.append(block.base)
            if !resampler.read(ppm: sign * 100_000, into: output.base) { held += 1 }
        }
        let lag = resampler.lag
        #expect(held > 50 && lag >= 13 && lag <= 3_000, "\(held) \(lag)")
        // Sound that never changes is read as it is, wherever.
        let read = (0..<160).map { output[$0] }
        resampler.readPast(blocksBack: 1, into: output.base)
        let past = (0..<160).map { output[$0] }
        #expect((read + past).allSatisfy { abs($0 - 0.5) < 0.01 })
    }
}
