import Testing

@testable import RapportAudio

/// Devices whose echo no filter follows: the other side is protected by attenuation, and the user is told.
@Suite("A hopeless device", .enabled(if: Build.isOptimised))
struct HopelessDeviceTests {
    private static let seconds = 16
    /// From here on the far end is silent and the near end speaks.
    private static let turn = 12

    /// An echo whose delay wanders by whole syllables, rectified by a broken loudspeaker: loud, and of a spectrum that
    /// the far end has not.
    private func brokenEcho(of far: [Float]) -> [Float] {
        var delay = 800
        var random = SeededNoise(seed: 41)
        var low: Float = 0
        return far.indices.map { i in
            if i % 1_280 == 0 { delay = 400 + Int(abs(random.next()) * 2_400) }
            let x = i >= delay ? far[i - delay] : 0
            low += 0.01 * (abs(x) - low)
            return 1.5 * (abs(x) - low) + 1e-4 * random.next()
        }
    }

    private func scene() -> (far: [Float], near: [Float], microphone: [Float]) {
        let count = Self.seconds * 16_000
        let far = Scene.babble(count, seed: 11, active: 0..<Self.turn * 16_000)
        let near = Scene.babble(count, seed: 12, active: Self.turn * 16_000 + 8_000..<count)
        let microphone = zip(near, brokenEcho(of: far)).map { max(-1, min(1, $0 + $1)) }
        return (far, near, microphone)
    }

    @Test("its echo does not get through, the statistics and the words say why, and speaking takes turns")
    func staysSafe() {
        let (far, near, microphone) = scene()
        var canceller = EchoCanceller(sampleRate: .wideband)
        var states: [EchoState] = []
        var atTheTurn: EchoStatistics?
        let output = Scene.run(&canceller, far: far, microphone: microphone) { block, canceller in
            states.append(canceller.statistics.state)
            if block == Self.turn * 100 - 50 { atTheTurn = canceller.statistics }
        }
        let late = 8 * 16_000..<Self.turn * 16_000
        #expect(Scene.energy(microphone[late]) / Scene.energy(output[late]) > 1_000, "30 dB")
        #expect(!states.contains(.converged))
        #expect(atTheTurn?.state == .hopeless)
        #expect(atTheTurn?.isGuardActive == true)
        #expect(atTheTurn?.summary.contains("your microphone is lowered") == true)
        let spoken = (Self.turn + 1) * 16_000..<Self.seconds * 16_000
        #expect(Scene.energy(output[spoken]) / Scene.energy(near[spoken]) > 0.3, "the near end's turn passes")
        #expect(!canceller.statistics.isGuardActive)
    }

    @Test("until the echo is learned nothing of it is sent either", arguments: [500, 2_000, 3_600])
    func safeFromTheStart(delay: Int) {
        let scene = Scene(seconds: 3, delay: delay, seed: 21)
        var canceller = EchoCanceller(sampleRate: .wideband)
        let output = Scene.run(&canceller, far: scene.far, microphone: scene.microphone)
        let first = 0..<16_000
        #expect(Scene.energy(scene.microphone[first]) / Scene.energy(output[first]) > 100, "20 dB")
    }
}
