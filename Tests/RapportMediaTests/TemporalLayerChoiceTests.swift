import RapportBase
import RapportMedia
import Testing

@Suite("TemporalLayerChoice")
struct TemporalLayerChoiceTests {
    /// Reports once a second; the second at which the number of layers changed first.
    private func firstChange(
        _ choice: inout TemporalLayerChoice, from start: Int, loss: (Int) -> Double,
        roundTrip: Duration? = .milliseconds(80)
    ) -> Int? {
        for second in start..<(start + 60)
        where choice.update(fractionLost: loss(second), roundTrip: roundTrip, at: .seconds(Int64(second))) {
            return second
        }
        return nil
    }

    @Test("loss on a long way brings a second layer within three reports, and ten quiet seconds take it away")
    func onAndOff() throws {
        var choice = TemporalLayerChoice()
        let on = try #require(firstChange(&choice, from: 0, loss: { _ in 0.05 }))
        #expect(on <= 2 && choice.layers == 2)
        let off = try #require(firstChange(&choice, from: on + 1, loss: { _ in 0 }))
        #expect(choice.layers == 1)
        #expect((on + 10...on + 20).contains(off))
    }

    @Test("one bad report, little loss, a short way or an unknown one change nothing")
    func stays() {
        var choice = TemporalLayerChoice()
        #expect(firstChange(&choice, from: 0, loss: { $0 == 5 ? 0.05 : 0 }) == nil)
        #expect(firstChange(&choice, from: 100, loss: { _ in 0.01 }) == nil)
        #expect(firstChange(&choice, from: 200, loss: { _ in 0.1 }, roundTrip: .milliseconds(20)) == nil)
        #expect(firstChange(&choice, from: 300, loss: { _ in 0.1 }, roundTrip: nil) == nil)
    }

    @Test("where a retransmission comes in time for the picture after next, only losing retransmissions, too, does")
    func middleWay() throws {
        var choice = TemporalLayerChoice()
        let way = Duration.milliseconds(55)
        #expect(firstChange(&choice, from: 0, loss: { _ in 0.1 }, roundTrip: way) == nil)
        let on = try #require(firstChange(&choice, from: 60, loss: { _ in 0.2 }, roundTrip: way))
        #expect(firstChange(&choice, from: on + 1, loss: { _ in 0.1 }, roundTrip: way) == nil)
        #expect(firstChange(&choice, from: on + 61, loss: { _ in 0.05 }, roundTrip: way) != nil)
        #expect(choice.layers == 1)
    }

    @Test("loss that comes and goes does not make the layers come and go")
    func steady() {
        var choice = TemporalLayerChoice()
        var changes = 0
        for second in 0..<300 {
            let loss = second % 8 < 4 ? 0.06 : 0
            if choice.update(fractionLost: loss, roundTrip: .milliseconds(100), at: .seconds(Int64(second))) {
                changes += 1
            }
        }
        #expect(changes == 1 && choice.layers == 2)
    }

    @Test("a share that no report can hold is taken for the nearest that can be")
    func bounds() {
        var choice = TemporalLayerChoice()
        #expect(choice.update(fractionLost: -7, roundTrip: .seconds(1), at: .zero) == false)
        #expect(choice.update(fractionLost: 1e9, roundTrip: .seconds(1), at: .seconds(1)) == true)
        #expect(firstChange(&choice, from: 2, loss: { _ in 0 }) != nil)
    }
}
