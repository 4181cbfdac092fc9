import RapportBase
import Testing

@Suite("Frames")
struct FrameTests {
    @Test(
        "planes stand one behind the other, chroma rounded up",
        arguments: [(640, 360, 320, 180, 345_600), (1, 1, 1, 1, 3), (3, 5, 2, 3, 27), (2, 2, 1, 1, 6)])
    func planes(_ width: Int, _ height: Int, _ chromaWidth: Int, _ chromaHeight: Int, _ bytes: Int) {
        let buffer = I420Buffer(width: width, height: height) { $0.initialize(repeating: 0) }
        #expect(buffer.chromaWidth == chromaWidth && buffer.chromaHeight == chromaHeight && buffer.byteCount == bytes)
        #expect(buffer.offset(ofPlane: 0) == 0 && buffer.offset(ofPlane: 1) == width * height)
        #expect(buffer.offset(ofPlane: 2) + chromaWidth * chromaHeight == bytes)
    }

    @Test("what is filled in is read back")
    func pixels() {
        let buffer = I420Buffer(width: 3, height: 3) { pixels in
            for index in pixels.indices { pixels[index] = UInt8(index) }
        }
        let read = buffer.withUnsafeBytes { Array($0) }
        #expect(read == Array(0..<17))
        #expect(VideoFrame(buffer: buffer, timestamp: .zero).width == 3)
    }

    @Test("a filler that fails gives no picture")
    func throwingFill() {
        struct Unreadable: Error {}
        #expect(throws: Unreadable.self) {
            try I420Buffer(width: 2, height: 2) { _ throws(Unreadable) in throw Unreadable() }
        }
    }

    @Test("ten milliseconds of silence are 480 samples a channel")
    func silence() {
        #expect(AudioFrame.silence().samples == Array(repeating: 0, count: 480))
        #expect(AudioFrame.silence(channels: 2).samples.count == 960)
        #expect(AudioFrame.silence(channels: 2).samplesPerChannel == 480)
    }

    // RFC 5764 section 4.1.2 and RFC 7714 sections 12 and 14.2.
    @Test("SRTP profiles have the sizes of their RFCs")
    func profiles() {
        #expect(SRTPProfile.aes128CMHMACSHA1_80.keyLength == 16 && SRTPProfile.aes128CMHMACSHA1_80.saltLength == 14)
        #expect(SRTPProfile.aeadAES128GCM.keyLength == 16 && SRTPProfile.aeadAES256GCM.keyLength == 32)
        #expect(SRTPProfile.aeadAES256GCM.saltLength == 12 && SRTPProfile.aeadAES128GCM.rtpOverhead == 16)
        #expect(SRTPProfile.aes128CMHMACSHA1_80.rtpOverhead == 10 && SRTPProfile.aeadAES128GCM.rtcpOverhead == 20)
    }
}
