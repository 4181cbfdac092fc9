import RapportBase
import Testing

@testable import Rapport

@Suite struct VoiceStageTests {
    // Noise in bursts of 200 ms, as loud as speech; a function of the seed.
    private func bursts(_ blocks: Int) -> [[Int16]] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<blocks).map { block in
            (0..<480).map { _ in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return block / 20 % 3 == 2 ? 0 : Int16(truncatingIfNeeded: Int(state % 8000) - 4000)
            }
        }
    }

    private func energy(_ blocks: ArraySlice<[Int16]>) -> Double {
        blocks.joined().reduce(0) { $0 + Double($1) * Double($1) }
    }

    @Test("What was played comes out of what the microphone hears, two blocks later and half as loud")
    func echo() {
        let stage = VoiceStage(VoiceProcessing())
        let played = bursts(300)
        var (heard, sent): ([[Int16]], [[Int16]]) = ([], [])
        for index in played.indices {
            var block = index < 2 ? [Int16](repeating: 0, count: 480) : played[index - 2].map { $0 / 2 }
            heard.append(block)
            stage.played(played[index])
            stage.process(&block)
            sent.append(block)
        }
        #expect(
            energy(sent[200...]) * 30 < energy(heard[200...]), "\(energy(sent[200...])) of \(energy(heard[200...]))")
        #expect(stage.droppedReferences == 0 && stage.echoSummary.contains("echo"))
    }

    @Test("Without echo cancellation a voice passes, and blocks of another length are left alone")
    func passes() {
        var processing = VoiceProcessing()
        processing.echoCancellation = false
        processing.autoGainControl = false
        let stage = VoiceStage(processing)
        let voice = bursts(120)
        var sent: [[Int16]] = []
        for var block in voice {
            stage.process(&block)
            sent.append(block)
        }
        #expect(energy(sent[40...]) > energy(voice[40...]) / 10)
        var odd: [Int16] = [1, 2, 3]
        stage.process(&odd)
        #expect(odd == [1, 2, 3])
    }

    @Test("A reference that nobody takes is bounded and counted")
    func bounded() {
        let stage = VoiceStage(VoiceProcessing())
        for _ in 0..<20 { stage.played([Int16](repeating: 1, count: 480)) }
        #expect(stage.droppedReferences == 12)
    }
}
