import Testing

@testable import RapportAudio

@Suite("The mask's weights as text")
struct WeightReaderTests {
    @Test(
        "lines may be broken anywhere: what is not base64 is skipped",
        arguments: ["AQIDBAUGBwg=", "AQID\nBAUGBwg=", "  A\n Q I\n\nDBAUGBw\ng=\n"] as [StaticString])
    func brokenLines(text: StaticString) {
        var reader = WeightReader(text)
        #expect(reader.count == 8)
        #expect([reader.number(), reader.number()] == [0x0201, 0x0403])
        #expect([reader.number(), reader.number()] == [0x0605, 0x0807])
    }

    @Test("all of the committed text is read, and no line of it looks like a mark of unfinished work")
    func committed() {
        let lines = MaskWeights.text.description.split(separator: "\n")
        let marks = [String(repeating: "X", count: 3), "TO" + "DO", "FIX" + "ME"]
        #expect(lines.allSatisfy { line in marks.allSatisfy { !line.contains($0) } })
        let digits = lines.reduce(0) { $0 + $1.utf8.count { $0 != UInt8(ascii: "=") } }
        #expect(WeightReader(MaskWeights.text).count == digits * 3 / 4)
    }
}
