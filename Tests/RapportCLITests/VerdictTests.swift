import Testing

@testable import RapportCLI

@Suite("The demonstration's verdict")
struct VerdictTests {
    static func good() -> CallSummary {
        var summary = CallSummary()
        summary.framesSent = 450
        summary.framesDecoded = 448
        summary.pictures.meanPSNR = 41
        summary.sound.comparedWindows = 30
        summary.sound.alignedWindows = 29
        return summary
    }

    static func verdict(_ change: (inout CallSummary) -> Void, statuses: [Int32] = [0, 0]) -> DemoVerdict {
        var client = good()
        change(&client)
        return DemoVerdict(DemoOutcome(clinician: good(), client: client, statuses: statuses))
    }

    @Test("is good when everything was")
    func everythingGood() { #expect(Self.verdict { _ in }.isGood) }

    @Test("is bad when one in ten pictures is missing")
    func missingFrames() { #expect(!Self.verdict { $0.framesDecoded = 405 }.isGood) }

    @Test("is bad at 29.9 dB, and when nothing could be measured")
    func poorPictures() {
        #expect(!Self.verdict { $0.pictures.meanPSNR = 29.9 }.isGood)
        #expect(!Self.verdict { $0.pictures.meanPSNR = nil }.isGood)
    }

    @Test("is bad with a gap in the sound, and with no sound at all")
    func poorSound() {
        #expect(!Self.verdict { $0.sound.gaps = 1 }.isGood)
        #expect(!Self.verdict { $0.sound.alignedWindows = 0 }.isGood)
    }

    @Test("is bad when a participant failed, or no call came about")
    func noCall() {
        #expect(!Self.verdict({ _ in }, statuses: [0, 6]).isGood)
        #expect(!DemoVerdict(DemoOutcome(clinician: nil, client: nil, statuses: [0, 0])).isGood)
    }

    @Test("names what was missed")
    func text() {
        let text = Self.verdict { $0.pictures.meanPSNR = 12.34 }.text
        #expect(text.contains("MISSED client: PSNR at least 30 dB: 12.3 dB"))
        #expect(text.hasSuffix("Not a good call.\n"))
    }

    @Test("stands under a table with a column for each side")
    func table() {
        let lines = DemoOutcome(clinician: Self.good(), client: Self.good(), statuses: [0, 0]).table.split(
            separator: "\n")
        #expect(lines[0].hasSuffix("clinician   client") || lines[0].contains("clinician"))
        #expect(lines.contains { $0.hasPrefix("Frames received / decoded") && $0.contains("0 / 448") })
    }
}
