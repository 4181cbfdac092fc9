import Allocations
import Glibc
import RapportAudio

// rapport-tick: heap allocations of the sound that is sent, in 10 ms steps of the whole capture pipeline. Exit status 1
// when there are any after the first second.

/// White noise and its echo 40 ms later, the same on every run.
struct Echo {
    private var state: UInt64 = 1
    private var played: [Float] = []

    /// Fills one block: what is played, and what the microphone hears of it beside a noise of its own.
    mutating func next(far: inout [Float], near: inout [Float], delay: Int) {
        for index in far.indices {
            far[index] = noise() * 0.2
            played.append(far[index])
            let past = played.count - 1 - delay
            near[index] = (past >= 0 ? played[past] * 0.3 : 0) + noise() * 0.02
        }
        if played.count > 1 << 20 { played.removeFirst(played.count - delay - 1) }
    }

    private mutating func noise() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
}

@main
enum Command {
    static func main() {
        let before = allocations_of_thread()
        let counts = [SampleRate.wideband, .fullband].map { rate in (rate, allocations(at: rate)) }
        // Setting up allocates: a counter that has seen none of it counts nothing.
        let sawSetUp = allocations_of_thread() > before
        let text = counts.map { "\"\($0.0.rawValue)\":\($0.1)" }.joined(separator: ",")
        print("{\"benchmark\":\"audio-tick\",\"blocks\":\(blocks),\"allocations\":{\(text)}}")
        exit(sawSetUp && counts.allSatisfy { $0.1 == 0 } ? 0 : 1)
    }

    static let blocks = 3000

    /// Allocations in `blocks` steps, after one second in which everything is set up.
    static func allocations(at rate: SampleRate) -> UInt64 {
        var pipeline = CapturePipeline(sampleRate: rate)
        var echo = Echo()
        var far = [Float](repeating: 0, count: rate.blockLength)
        var near = far
        var counted: UInt64 = 0
        for block in 0..<(blocks + 100) {
            echo.next(far: &far, near: &near, delay: rate.blockLength * 4)
            let before = allocations_of_thread()
            var span = near.mutableSpan
            pipeline.process(near: &span, far: far.span)
            if block >= 100 { counted += UInt64(allocations_of_thread() - before) }
        }
        return counted
    }
}
