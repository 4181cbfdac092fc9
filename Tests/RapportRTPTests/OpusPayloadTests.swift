import RapportRTP
import Testing

@Suite struct OpusPayloadTests {
    // RFC 6716 table 2, in tenths of a millisecond.
    static let frameLengths: [Int] = [
        100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200,
        25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200,
    ]

    @Test("every configuration has the frame length of RFC 6716 table 2", arguments: 0..<32)
    func configurations(config: Int) {
        let samples = Self.frameLengths[config] * 48 / 10
        for stereo in [0, 4] {
            let toc = UInt8(config << 3 | stereo)
            #expect(OpusPayload.duration(of: [toc, 0, 0]) == samples)
            #expect(OpusPayload.duration(of: [toc | 1, 0, 0]) == 2 * samples)
            #expect(OpusPayload.duration(of: [toc | 2, 0, 0]) == 2 * samples)
            for frames in 0..<64 {
                let expected = frames == 0 || frames * samples > 5760 ? nil : frames * samples
                #expect(OpusPayload.duration(of: [toc | 3, UInt8(frames) | 0xC0]) == expected)
            }
            #expect(OpusPayload.isStereo([toc]) == (stereo == 4))
        }
    }

    @Test("an empty packet, and a code 3 packet without its count, have no length")
    func truncated() {
        #expect(OpusPayload.duration(of: [UInt8]()) == nil)
        #expect(OpusPayload.duration(of: [0xFB]) == nil)
        #expect(!OpusPayload.isStereo([UInt8]()))
        #expect(!OpusPayload.hasInbandFEC([UInt8]()))
    }

    @Test("packets of one or two bytes say that silence goes on")
    func discontinuous() {
        #expect(OpusPayload.isDTX([0x78]))
        #expect(OpusPayload.isDTX([0x78, 0]))
        #expect(!OpusPayload.isDTX([0x78, 0, 0]))
        #expect(!OpusPayload.isDTX([UInt8]()))
    }

    // RFC 6716 section 4.2.3: voice activity flags, one a SILK frame, then the flag of the redundant frame.
    @Test("the redundancy flag stands behind the voice activity flags")
    func redundancyFlag() {
        let wideband20 = UInt8(9 << 3)
        #expect(OpusPayload.hasInbandFEC([wideband20, 0b0100_0000, 0]))
        #expect(!OpusPayload.hasInbandFEC([wideband20, 0b1010_0000, 0]))
        let wideband40 = UInt8(10 << 3)
        #expect(OpusPayload.hasInbandFEC([wideband40, 0b0010_0000, 0]))
        #expect(!OpusPayload.hasInbandFEC([wideband40, 0b1101_0000, 0]))
        let wideband60 = UInt8(11 << 3)
        #expect(OpusPayload.hasInbandFEC([wideband60, 0b0001_0000, 0]))
        let hybrid20 = UInt8(15 << 3)
        #expect(OpusPayload.hasInbandFEC([hybrid20, 0b0100_0000, 0]))
    }

    @Test("in stereo the side channel has a flag of its own")
    func stereoRedundancyFlag() {
        let stereo20 = UInt8(9 << 3 | 4)
        #expect(OpusPayload.hasInbandFEC([stereo20, 0b0001_0000, 0]))
        #expect(!OpusPayload.hasInbandFEC([stereo20, 0b1010_0000, 0]))
        let stereo60 = UInt8(11 << 3 | 4)
        #expect(OpusPayload.hasInbandFEC([stereo60, 0b0000_0001, 0]))
        #expect(!OpusPayload.hasInbandFEC([stereo60, 0b1110_1110, 0]))
    }

    @Test("music frames have no redundancy", arguments: 16..<32)
    func celt(config: Int) {
        #expect(!OpusPayload.hasInbandFEC([UInt8(config << 3), 0xFF, 0xFF]))
    }

    @Test("the first frame is found in every way of packing, RFC 6716 section 3.2")
    func firstFrames() {
        let toc = UInt8(9 << 3)
        let flag: UInt8 = 0b0100_0000
        #expect(OpusPayload.hasInbandFEC([toc | 1, flag, 0]))
        #expect(OpusPayload.hasInbandFEC([toc | 2, 1, flag, 0]))
        #expect(OpusPayload.hasInbandFEC(([toc | 2, 252, 0, flag] + Array(repeating: 0, count: 300))))
        #expect(OpusPayload.hasInbandFEC([toc | 3, 0x02, flag, 0]))
        #expect(OpusPayload.hasInbandFEC([toc | 3, 0x82, 1, flag, 0]))
        #expect(OpusPayload.hasInbandFEC([toc | 3, 0x42, 1, flag, 0, 0]))
        #expect(OpusPayload.hasInbandFEC(([toc | 3, 0x41, 255, 1, flag] + Array(repeating: 0, count: 255))))
        #expect(OpusPayload.hasInbandFEC([toc | 3, 0xC1, 1, flag, 0]))
    }

    @Test("an empty or missing first frame has no redundancy")
    func emptyFrames() {
        let toc = UInt8(9 << 3)
        for packet in [
            [toc], [toc | 1], [toc | 1, 0xFF], [toc | 2], [toc | 2, 0, 0xFF], [toc | 2, 9, 0xFF], [toc | 2, 252],
            [toc | 3], [toc | 3, 0], [toc | 3, 0x41, 255, 255], [toc | 3, 0x41, 200, 0xFF], [toc | 3, 0x83, 1, 255],
            [toc | 3, 0x82, 0, 0xFF],
        ] as [[UInt8]] {
            #expect(!OpusPayload.hasInbandFEC(packet))
        }
    }
}
