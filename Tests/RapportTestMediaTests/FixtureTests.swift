import RapportBase
import RapportCodecs
import RapportTestMedia
import Testing

@Suite("Fixtures")
struct FixtureTests {
    @Test("the talking head holds 270 pictures of 640 by 360 that carry their numbers")
    func talkingHead() throws {
        let file = try IVFFile(parsing: Fixture.bytes("talking-head-640x360.ivf"))
        #expect(file.width == 640 && file.height == 360 && file.frameRate == 30 && file.frames.count == 270)
        #expect(file.frames[0].isKeyFrame)
        var decoder = try VP8Decoder()
        for (index, frame) in file.frames.enumerated() {
            let picture = try #require(try decoder.decode(frame.bytes, timestamp: .zero))
            #expect(picture.width == 640 && picture.height == 360)
            #expect(FrameMark.read(picture.buffer) == index)
        }
    }

    @Test("the talking head sent again at 1 Mbit/s stays above 33 dB with its numbers")
    func talkingHeadAgain() throws {
        let file = try IVFFile(parsing: Fixture.bytes("talking-head-640x360.ivf"))
        var source = try VP8Decoder()
        var encoder = try VP8Encoder(
            width: 640, height: 360, configuration: VP8EncoderConfiguration(bitrate: .kilobits(1000)))
        var decoder = try VP8Decoder()
        var comparison = VideoComparison()
        for (index, frame) in file.frames.prefix(45).enumerated() {
            let sent = try #require(try source.decode(frame.bytes, timestamp: .zero))
            let encoded = try #require(try encoder.encode(sent, rtpTimestamp: RTPTimestamp(UInt32(index * 3000))))
            let received = try #require(try decoder.decode(encoded.bytes, timestamp: .zero))
            #expect(FrameMark.read(received.buffer) == index)
            if index % 5 == 4 { comparison.push(sent: sent.buffer, received: received.buffer) }
        }
        #expect(try #require(comparison.meanPSNR) > 33)
        #expect(try #require(comparison.meanSSIM) > 0.85)
    }

    @Test(
        "each voice can be told apart at nearly every moment, also after Opus at 24 kbit/s",
        arguments: [
            ("speech-clinician.wav", 0), ("speech-client.wav", 32),
        ])
    func voices(name: String, firstSlot: Int) throws {
        let file = try WAVFile(parsing: Fixture.bytes(name))
        #expect(file.sampleRate == 48_000 && file.channels == 1 && file.samples.count == 9 * 48_000)
        let clean = ToneMarkTests.readings(file.samples, firstSlot: firstSlot, delay: 0)
        #expect(clean.wrong <= 3 && clean.right > 700, "\(clean)")
        var loop = try OpusLoop(kilobits: 24)
        var decoded: [Int16] = []
        for block in file.blocks() { decoded += try loop.push(block.samples) }
        let coded = ToneMarkTests.readings(decoded, firstSlot: firstSlot, delay: loop.lookahead)
        #expect(coded.wrong <= 3 && coded.right > 680, "\(coded)")
    }

    @Test("a voice after Opus at 24 kbit/s is aligned to the codec's delay and close to its source")
    func comparedThroughOpus() throws {
        let blocks = try WAVFile(parsing: Fixture.bytes("speech-client.wav")).blocks()
        var loop = try OpusLoop(kilobits: 24)
        var comparison = AudioComparison()
        for block in blocks {
            comparison.pushSource(block.samples)
            comparison.pushReceived(try loop.push(block.samples))
        }
        comparison.finish()
        let report = comparison.report
        #expect(report.alignedWindows == report.windows)
        #expect(try #require(report.shortestDelaySamples) >= loop.lookahead - 4, "\(report)")
        #expect(try #require(report.longestDelaySamples) <= loop.lookahead + 4, "\(report)")
        #expect(try #require(report.spectralDistance) < 5, "\(report)")
        #expect(try #require(report.segmentalSNR) > 5, "\(report)")
        #expect(report.gaps == 0)
    }

    @Test("concealed loss costs likeness but is no gap; cut sound is")
    func concealment() throws {
        let blocks = try WAVFile(parsing: Fixture.bytes("speech-clinician.wav")).blocks()
        var loop = try OpusLoop(kilobits: 24)
        var (whole, cut) = (AudioComparison(), AudioComparison())
        for (index, block) in blocks.enumerated() {
            let lost = index % 50 == 39 && index > 100
            var output = try loop.push(block.samples, lost: lost)
            whole.pushSource(block.samples)
            cut.pushSource(block.samples)
            whole.pushReceived(output)
            if index % 200 >= 194 { output = output.map { _ in 0 } }
            cut.pushReceived(output)
        }
        whole.finish()
        cut.finish()
        #expect(whole.report.gaps == 0, "\(whole.report)")
        #expect(cut.report.gaps == 4, "\(cut.report)")
        #expect(cut.report.longestGap >= .milliseconds(50) && cut.report.longestGap <= .milliseconds(70))
    }
}
