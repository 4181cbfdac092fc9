import RapportBase
import Testing

@testable import RapportMedia

@Suite("When repair packets are sent")
struct RepairChoiceTests {
    private static let rate = Bitrate.kilobits(1000)

    private func settled(loss: Double, roundTrip: Int?) -> RepairChoice {
        var choice = RepairChoice()
        for second in 1...20 {
            choice.update(
                fractionLost: loss, roundTrip: roundTrip.map { .milliseconds(Int64($0)) }, at: .seconds(Int64(second)))
        }
        return choice
    }

    @Test("on a long way that loses packets, and nowhere else")
    func conditions() {
        #expect(settled(loss: 0.05, roundTrip: 200).isOn)
        #expect(!settled(loss: 0.05, roundTrip: 50).isOn)
        #expect(!settled(loss: 0.05, roundTrip: nil).isOn)
        #expect(!settled(loss: 0.005, roundTrip: 300).isOn)
    }

    @Test("more is lost, more is repaired, up to a bound; upper frames are left alone")
    func shares() {
        let tuning = RepairChoice.Tuning()
        var last = 0
        for loss in [0.03, 0.05, 0.1, 0.2, 0.5, 1] {
            let choice = settled(loss: loss, roundTrip: 200)
            let repairs = choice.repairs(for: .base, packets: 10, rate: Self.rate)
            #expect(repairs >= last && Double(repairs) <= (tuning.base.most * 10).rounded(.up))
            #expect(choice.repairs(for: .upper, packets: 10, rate: Self.rate) == 0)
            last = repairs
        }
        #expect(last > settled(loss: 0.03, roundTrip: 200).repairs(for: .base, packets: 10, rate: Self.rate))
    }

    @Test("a frame of one packet gets one, one of none none, and a line too slow for pictures none")
    func edges() {
        let choice = settled(loss: 0.05, roundTrip: 200)
        #expect(choice.repairs(for: .base, packets: 1, rate: Self.rate) == 1)
        #expect(choice.repairs(for: .key, packets: 0, rate: Self.rate) == 0)
        #expect(choice.repairs(for: .key, packets: 20, rate: .kilobits(100)) == 0)
    }

    @Test("it stays on through a calm stretch, ends after a long one, and at once on a short way")
    func ends() {
        var choice = settled(loss: 0.05, roundTrip: 200)
        for second in 21...29 {
            choice.update(fractionLost: 0, roundTrip: .milliseconds(200), at: .seconds(Int64(second)))
        }
        #expect(choice.isOn)
        for second in 30...50 {
            choice.update(fractionLost: 0, roundTrip: .milliseconds(200), at: .seconds(Int64(second)))
        }
        #expect(!choice.isOn)
        choice = settled(loss: 0.05, roundTrip: 200)
        choice.update(fractionLost: 0.05, roundTrip: .milliseconds(40), at: .seconds(21))
        #expect(!choice.isOn)
    }

    @Test("what no report can say changes nothing for the worse")
    func hostile() {
        var choice = RepairChoice()
        for loss in [-1, 7, .infinity, -.infinity] as [Double] {
            choice.update(fractionLost: loss, roundTrip: .milliseconds(200), at: .seconds(1))
        }
        #expect((0...20).contains(choice.repairs(for: .key, packets: 20, rate: Self.rate)))
    }
}
