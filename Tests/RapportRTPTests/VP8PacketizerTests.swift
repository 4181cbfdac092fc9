import RapportBase
import RapportRTP
import Testing

@Suite struct VP8PacketizerTests {
    @Test("a frame that fits is one packet")
    func onePacket() {
        #expect(VP8Packetizer.split(frameBytes: 1, maxPayload: 1) == [0..<1])
        #expect(VP8Packetizer.split(frameBytes: 1100, maxPayload: 1100) == [0..<1100])
        #expect(
            VP8Packetizer.split(frameBytes: 1000, maxPayload: 1100, firstPacketReduction: 50, lastPacketReduction: 50)
                == [0..<1000])
    }

    @Test("a frame one byte too long becomes two even packets")
    func twoPackets() {
        #expect(VP8Packetizer.split(frameBytes: 1101, maxPayload: 1100) == [0..<550, 550..<1101])
        #expect(
            VP8Packetizer.split(frameBytes: 1000, maxPayload: 1000, firstPacketReduction: 20)
                == [0..<490, 490..<1000])
    }

    @Test("an empty frame and a reduction without room give no packet")
    func nothing() {
        #expect(VP8Packetizer.split(frameBytes: 0, maxPayload: 1100).isEmpty)
        #expect(VP8Packetizer.split(frameBytes: -1, maxPayload: 1100).isEmpty)
        #expect(VP8Packetizer.split(frameBytes: 5, maxPayload: 0).isEmpty)
        #expect(VP8Packetizer.split(frameBytes: 5, maxPayload: 10, firstPacketReduction: 10).isEmpty)
        #expect(VP8Packetizer.split(frameBytes: 5, maxPayload: 10, lastPacketReduction: 11).isEmpty)
        #expect(
            VP8Packetizer.split(frameBytes: 1, maxPayload: 10, firstPacketReduction: 9, lastPacketReduction: 9).isEmpty)
    }

    @Test("packets cover the frame, keep to the bound and are even", arguments: 1...300 as ClosedRange<UInt64>)
    func properties(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let maximum = Int.random(in: 20...1400, using: &random)
        let frame = Int.random(in: 1...60_000, using: &random)
        let first = Int.random(in: 0...maximum / 4, using: &random)
        let last = Int.random(in: 0...maximum / 4, using: &random)
        let ranges = VP8Packetizer.split(
            frameBytes: frame, maxPayload: maximum, firstPacketReduction: first, lastPacketReduction: last)
        var sizes = ranges.map(\.count)
        #expect(ranges.first?.lowerBound == 0)
        #expect(ranges.last?.upperBound == frame)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(sizes.allSatisfy { $0 > 0 })
        sizes[0] += first
        sizes[sizes.count - 1] += last
        #expect(sizes.allSatisfy { $0 <= maximum })
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        #expect(sizes.count == (frame + first + last + maximum - 1) / maximum)
    }

    @Test("with reductions nearly as large as a packet, packets still keep to the bound")
    func largeReductions() {
        for frame in 1...400 {
            for (first, last) in [(90, 0), (0, 90), (99, 99), (60, 95)] {
                let ranges = VP8Packetizer.split(
                    frameBytes: frame, maxPayload: 100, firstPacketReduction: first, lastPacketReduction: last)
                guard !ranges.isEmpty else { continue }
                var sizes = ranges.map(\.count)
                #expect(sizes.reduce(0, +) == frame)
                #expect(sizes.allSatisfy { $0 > 0 })
                sizes[0] += first
                sizes[sizes.count - 1] += last
                #expect(sizes.allSatisfy { $0 <= 100 }, "frame \(frame), reductions \(first) and \(last)")
            }
        }
    }
}
