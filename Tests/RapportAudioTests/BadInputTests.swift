import Testing

@testable import RapportAudio

@Suite("Bad input")
struct BadInputTests {
    enum Fault: CaseIterable {
        case notANumber, infinity, fullScale, silence, offset, farStops, clipped, noise
    }

    private func spoil(_ fault: Fault, _ microphone: inout [Float], _ far: inout [Float], _ span: Range<Int>) {
        var noise = SeededNoise(seed: 5)
        for i in span {
            switch fault {
            case .notANumber:
                microphone[i] = .nan
                far[i] = .nan
            case .infinity:
                microphone[i] = i % 2 == 0 ? .infinity : -.infinity
                far[i] = .infinity
            case .fullScale: microphone[i] = i % 160 < 80 ? 1 : -1
            case .silence:
                microphone[i] = 0
                far[i] = 0
            case .offset: microphone[i] += 0.5
            case .farStops: far[i] = 0
            case .clipped: microphone[i] = max(-0.02, min(0.02, microphone[i]))
            case .noise:
                microphone[i] = noise.next()
                far[i] = noise.next()
            }
        }
    }

    @Test(
        "a second of it crashes nothing, howls nowhere, and two seconds later the echo is gone",
        .enabled(if: Build.isOptimised), arguments: Fault.allCases)
    func recovers(fault: Fault) {
        let scene = Scene(seconds: 9, delay: 1_000, seed: 3)
        var microphone = scene.microphone, far = scene.far
        spoil(fault, &microphone, &far, 64_000..<80_000)
        var canceller = EchoCanceller(sampleRate: .wideband)
        let output = Scene.run(&canceller, far: far, microphone: microphone)
        #expect(output.allSatisfy { $0.isFinite && abs($0) <= 1 })
        let loudest = microphone.map { $0.isFinite ? abs($0) : 0 }.max() ?? 0
        #expect((output.map { abs($0) }.max() ?? 0) <= 1.5 * loudest)
        #expect(Scene.energy(microphone[112_000...]) / Scene.energy(output[112_000...]) > 100, "20 dB")
    }

    @Test(
        "what is not a number comes out as a number, and the next blocks pass",
        arguments: [Float.nan, .infinity, -.infinity])
    func notANumber(value: Float) {
        var canceller = EchoCanceller(sampleRate: .wideband)
        for block in 0..<60 {
            var near = [Float](repeating: block < 30 ? value : 0.01, count: 160)
            let far = [Float](repeating: block < 20 ? value : 0, count: 160)
            var span = near.mutableSpan
            canceller.process(near: &span, far: far.span)
            #expect(near.allSatisfy { $0.isFinite && abs($0) <= 1 })
        }
    }

    @Test("random blocks at random levels never come out louder than they went in", arguments: [1, 2, 3] as [UInt64])
    func neverLouder(seed: UInt64) {
        var noise = SeededNoise(seed: seed)
        var canceller = EchoCanceller(sampleRate: .wideband)
        var level: Float = 0.1
        var recent: [Float] = []
        for block in 0..<(Build.isOptimised ? 1_500 : 120) {
            if block % 37 == 0 { level = abs(noise.next()) * abs(noise.next()) }
            var near = (0..<160).map { _ in noise.next() * level }
            let far = (0..<160).map { _ in noise.next() * (block % 91 < 40 ? 0 : 0.5) }
            recent.append(Scene.energy(near))
            if recent.count > 4 { recent.removeFirst() }
            var span = near.mutableSpan
            canceller.process(near: &span, far: far.span)
            #expect(near.allSatisfy { $0.isFinite })
            #expect(Scene.energy(near) <= 2 * (recent.max() ?? 0) + 1e-3, "block \(block)")
        }
    }
}
