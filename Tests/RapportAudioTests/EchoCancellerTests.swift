import Glibc
import Testing

@testable import RapportAudio

@Suite("Echo canceller")
struct EchoCancellerTests {
    @Test("an echo is found, measured and removed")
    func removesEcho() throws {
        let scene = Scene(seconds: 5, delay: 1_900)
        var canceller = EchoCanceller(sampleRate: .wideband)
        let output = Scene.run(&canceller, far: scene.far, microphone: scene.microphone)
        let before = Scene.energy(scene.microphone[64_000...]), after = Scene.energy(output[64_000...])
        #expect(before / after > 1_000, "30 dB")
        let statistics = canceller.statistics
        #expect(statistics.state == .converged)
        #expect(statistics.linearERLE > 12)
        #expect(!statistics.isGuardActive)
        let delay = try #require(statistics.delay)
        #expect(delay > .milliseconds(100) && delay < .milliseconds(140))
    }

    @Test("the near end alone passes with its level, 8 ms late")
    func nearAlone() {
        let scene = Scene(seconds: 3, delay: 500, nearActive: 1..<3)
        var canceller = EchoCanceller(sampleRate: .wideband, decisions: .signalProcessing)
        let silence = [Float](repeating: 0, count: scene.near.count)
        let output = Scene.run(&canceller, far: silence, microphone: scene.near)
        let shifted = output[(32_000 + 128)...], original = scene.near[32_000..<(scene.near.count - 128)]
        var product: Float = 0
        for (a, b) in zip(shifted, original) { product += a * b }
        let gain = product / Scene.energy(original)
        #expect(gain > 0.85 && gain < 1.05, "\(gain)")
        #expect(canceller.statistics.state == .idle)
    }

    @Test("a drifting clock is measured to a few parts per million", .enabled(if: Build.isOptimised))
    func drift() {
        let scene = Scene(seconds: 20, delay: 800)
        // The loudspeaker's clock is 80 ppm fast: linear interpolation is good enough for this dull noise.
        let warped = (0..<scene.echo.count - 100).map { i -> Float in
            let t = Double(i) * (1 + 80e-6)
            let k = Int(t)
            let part = Float(t - Double(k))
            return k + 1 < scene.echo.count ? scene.echo[k] * (1 - part) + scene.echo[k + 1] * part : 0
        }
        var canceller = EchoCanceller(sampleRate: .wideband)
        _ = Scene.run(&canceller, far: Array(scene.far.prefix(warped.count)), microphone: warped)
        #expect(abs(canceller.statistics.drift - 80) < 15, "\(canceller.statistics.drift)")
    }

    @Test(
        "after the echo path jumps the echo is under control again within two seconds", .enabled(if: Build.isOptimised))
    func jump() {
        let a = Scene(seconds: 10, delay: 900), b = Scene(seconds: 10, delay: 1_700)
        let microphone = Array(a.microphone[..<80_000]) + Array(b.microphone[80_000...])
        var canceller = EchoCanceller(sampleRate: .wideband)
        let output = Scene.run(&canceller, far: a.far, microphone: microphone)
        #expect(Scene.energy(microphone[112_000...]) / Scene.energy(output[112_000...]) > 300)
        #expect(canceller.statistics.pathChanges >= 2)
    }

    @Test(
        "in the second in which the echo path changes hardly anything of the echo passes",
        .enabled(if: Build.isOptimised), arguments: [3, 4, 5, 6] as [UInt64])
    func changes(seed: UInt64) {
        // The same far end, in another room from 5 s on.
        let a = Scene(seconds: 7, delay: 900, seed: seed), b = Scene(seconds: 7, delay: 1_010, seed: seed)
        let microphone = Array(a.microphone[..<80_000]) + b.microphone[80_000...].map { -$0 }
        var canceller = EchoCanceller(sampleRate: .wideband)
        let output = Scene.run(&canceller, far: a.far, microphone: microphone)
        let ratio = Scene.energy(microphone[80_000..<96_000]) / Scene.energy(output[80_128..<96_128])
        #expect(ratio > 300, "25 dB: \(ratio)")
    }

    @Test(
        "a person who begins to talk does not make the filter give up what it knows, wherever the echo lies",
        .enabled(if: Build.isOptimised), arguments: (14..<30).map { $0 * 80 })
    func windowStays(delay: Int) {
        // Two reflections alike, 25 ms apart: which of them is the strongest changes with every syllable.
        let scene = Scene(seconds: 9, delay: delay, nearActive: 5..<9)
        var echo = [Float](repeating: 0, count: scene.far.count)
        for i in (delay + 400)..<echo.count { echo[i] = 0.3 * (scene.far[i - delay] - scene.far[i - delay - 400]) }
        let near = scene.near.map { 2 * $0 }
        let output = LinearCanceller.run(scene.far, zip(near, echo).map { $0 + $1 })
        var left: [Float] = []
        for i in 80_000..<output.count { left.append(output[i] - near[i]) }
        let ratio = Scene.energy(echo[80_000..<output.count]) / Scene.energy(left)
        #expect(ratio > 10, "10 dB: \(ratio)")
    }

    @Test(
        "a far end of steady tones does not make a filter that models them begin anew", .enabled(if: Build.isOptimised),
        arguments: (2..<14).map { $0 * 160 })
    func tones(delay: Int) {
        var scene = Scene(seconds: 16, delay: delay, seed: UInt64(delay))
        let count = scene.far.count
        var tones = [Float](repeating: 0, count: count)
        for tone in [220, 277, 330] as [Float] {
            for harmonic in 1...5 {
                let step = 2 * Float.pi * tone * Float(harmonic) / 16_000
                for i in 0..<count { tones[i] += 0.05 / Float(harmonic) * sin(step * Float(i)) }
            }
        }
        scene.play(tones)
        var canceller = EchoCanceller(sampleRate: .wideband)
        let output = Scene.run(&canceller, far: scene.far, microphone: scene.microphone)
        for second in 4..<16 {
            let part = second * 16_000..<second * 16_000 + 15_000
            let ratio = Scene.energy(scene.microphone[part]) / Scene.energy(output[part])
            #expect(ratio > 1_000, "30 dB in second \(second): \(ratio)")
        }
    }

    @Test(
        "a sound that was not heard before is no change of the path: what the filter knows of others is kept",
        .enabled(if: Build.isOptimised), arguments: (20..<32).map { $0 * 80 })
    func newSounds(delay: Int) throws {
        var scene = Scene(seconds: 1, delay: delay)
        scene.play(try Scene.speech("voice-clinician"))
        var learnt = 0
        var canceller = EchoCanceller(sampleRate: .wideband)
        _ = Scene.run(&canceller, far: scene.far, microphone: scene.echo) { block, canceller in
            if block == 300 { learnt = canceller.statistics.pathChanges }
        }
        let changes = canceller.statistics.pathChanges
        #expect(changes == learnt, "\(learnt) in the first 3 s, then \(changes - learnt)")
        #expect(canceller.statistics.linearERLE > 15)
    }

    @Test("at 48 kHz the same echo is removed", .enabled(if: Build.isOptimised))
    func fullband() {
        let scene = Scene(seconds: 6, delay: 1_200)
        func widen(_ x: [Float]) -> [Float] { x.flatMap { [$0, $0, $0] } }
        var canceller = EchoCanceller(sampleRate: .fullband)
        let microphone = widen(scene.microphone)
        let output = Scene.run(&canceller, far: widen(scene.far), microphone: microphone)
        #expect(Scene.energy(microphone[192_000...]) / Scene.energy(output[192_000...]) > 300)
    }

    @Test("the mask's weights have the network's shape, and text of another shape is refused")
    func weights() {
        func fits(_ text: StaticString) -> Bool {
            if case .some = EchoMask.make(text) { true } else { false }
        }
        #expect(fits(MaskWeights.text))
        #expect(!fits("AAAA"))
        #expect(!fits(""))
    }

    @Test("the guard engages when an echo stays that cannot be modelled, and lets go when the far end stops")
    func halfDuplex() {
        var protection = EchoGuard()
        for _ in 0..<600 {
            protection.note(
                microphone: 1, error: 0.9, output: 0.5, farActive: true, delayKnown: false, echoLikely: true)
        }
        #expect(protection.state == .hopeless)
        #expect(protection.isActive)
        #expect(protection.gain < 0.11)
        for _ in 0..<100 {
            protection.note(microphone: 1, error: 1, output: 1, farActive: false, delayKnown: false, echoLikely: true)
        }
        #expect(!protection.isActive)
        #expect(protection.gain > 0.95)
    }
}

extension LinearCanceller {
    /// What a new one leaves of the microphone.
    fileprivate static func run(_ far: [Float], _ microphone: [Float]) -> [Float] {
        var canceller = LinearCanceller()
        var output: [Float] = []
        for start in stride(from: 0, to: microphone.count - EchoGeometry.hop + 1, by: EchoGeometry.hop) {
            microphone.withUnsafeBufferPointer { near in
                far.withUnsafeBufferPointer { played in
                    canceller.run(microphone: near.baseAddress! + start, far: played.baseAddress! + start)
                }
            }
            for i in 0..<EchoGeometry.hop { output.append(canceller.error[i]) }
        }
        return output
    }
}
