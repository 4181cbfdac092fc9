import Testing

@testable import RapportSession

@Suite("What a stream sends besides its pictures")
struct ExtraShareTests {
    @Test("a steady share is found within the frames it looks back, and forgotten as soon")
    func follows() {
        var share = ExtraShare(frames: 30)
        let nothing = share.share
        for _ in 0..<90 {
            share.add(frame: 5000)
            share.add(extra: 500)
            share.finishFrame()
        }
        let steady = share.share
        for _ in 0..<90 {
            share.add(frame: 5000)
            share.finishFrame()
        }
        #expect(nothing == 0 && abs(steady - 1.0 / 11) < 0.001)
        #expect(share.share > 0 && share.share < 0.006)
    }

    @Test("one burst does not take the rate away")
    func burst() {
        var share = ExtraShare(frames: 30)
        for _ in 0..<90 {
            share.add(frame: 5000)
            share.finishFrame()
        }
        for _ in 0..<10 { share.add(extra: 1100) }
        share.finishFrame()
        #expect(share.share > 0.02 && share.share < 0.08)
    }
}
