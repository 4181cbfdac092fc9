import Foundation

@testable import RapportAudio

/// A small seeded world for the tests: speech-like far and near ends and an echo path of a few reflections.
struct Scene {
    var far: [Float]
    var near: [Float]
    var echo: [Float]
    private var taps: [(place: Int, gain: Float)] = []
    private var noise: SeededNoise

    var microphone: [Float] { zip(near, echo).map { max(-1, min(1, $0 + $1)) } }

    /// `seconds` at 16 kHz, the echo `delay` samples late.
    init(seconds: Int, delay: Int, nearActive: Range<Int>? = nil, seed: UInt64 = 1) {
        let count = seconds * 16_000
        far = Scene.babble(count, seed: seed, active: 0..<count)
        near = Scene.babble(
            count, seed: seed &+ 99, active: nearActive.map { $0.lowerBound * 16_000..<$0.upperBound * 16_000 } ?? 0..<0
        )
        noise = SeededNoise(seed: seed &+ 7)
        for i in 0..<40 { taps.append((place: delay + i * 37, gain: 0.5 * noise.next() * (1 - Float(i) / 40))) }
        echo = []
        play(far)
    }

    /// Another far end over the same path.
    mutating func play(_ sound: [Float]) {
        far = sound
        echo = [Float](repeating: 0, count: far.count)
        for tap in taps {
            for i in tap.place..<far.count { echo[i] += tap.gain * far[i - tap.place] }
        }
        for i in 0..<far.count { echo[i] += 1e-4 * noise.next() }
    }

    /// Noise in syllables, brighter and darker, so that it has the rhythm of speech.
    static func babble(_ count: Int, seed: UInt64, active: Range<Int>) -> [Float] {
        var noise = SeededNoise(seed: seed)
        var low: Float = 0, level: Float = 0, target: Float = 0, tone: Float = 0.5
        return (0..<count).map { i in
            if i % 2_400 == 0 {
                target = max(0, noise.next() + 0.4) * 0.25
                tone = 0.3 + 0.3 * abs(noise.next())
            }
            level += 0.002 * (target - level)
            low += tone * (noise.next() - low)
            return active.contains(i) ? low * level : 0
        }
    }

    /// Speech of `Fixtures`, 16 kHz, full scale 1.
    static func speech(_ name: String) throws -> [Float] {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        // Our own files: 44 bytes of header, then samples.
        let bytes = try Data(contentsOf: root.appending(path: "Fixtures/\(name).wav")).dropFirst(44)
        return stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            Float(Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)) / 32_768
        }
    }

    static func energy(_ x: some Sequence<Float>) -> Float { x.reduce(1e-12) { $0 + $1 * $1 } }

    /// Runs the canceller over a far end and a microphone, in place of the program around it.
    static func run(
        _ canceller: inout EchoCanceller, far: [Float], microphone: [Float],
        afterBlock: (Int, borrowing EchoCanceller) -> Void = { _, _ in }
    ) -> [Float] {
        let length = canceller.sampleRate.blockLength
        var output: [Float] = []
        for block in 0..<(microphone.count / length) {
            var near = Array(microphone[block * length..<(block + 1) * length])
            let played = Array(far[block * length..<(block + 1) * length])
            var span = near.mutableSpan
            canceller.process(near: &span, far: played.span)
            output += near
            afterBlock(block, canceller)
        }
        return output
    }
}
