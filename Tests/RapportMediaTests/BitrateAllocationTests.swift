import RapportBase
import Testing

@testable import RapportMedia

@Suite("Bitrate allocation")
struct BitrateAllocationTests {
    private typealias Demand = BitrateAllocation.VideoDemand

    @Test("sound is taken off first, and pictures get what is left without their headers")
    func soundFirst() {
        #expect(BitrateAllocation.video(of: .kilobits(1560), sounds: 1, demands: [Demand()]) == [.kilobits(1395)])
        let besideCopies = BitrateAllocation.video(of: .kilobits(1594), sounds: 1, repeated: 1, demands: [Demand()])
        #expect(besideCopies == [.kilobits(1395)])
        #expect(BitrateAllocation.video(of: .kilobits(60), sounds: 1, demands: [Demand()]) == [.kilobits(10)])
        #expect(BitrateAllocation.video(of: .kilobits(1000), sounds: 1, demands: []).isEmpty)
    }

    @Test("what a bounded stream leaves goes to the others")
    func bounded() {
        let rates = BitrateAllocation.video(
            of: .kilobits(1060), sounds: 1, demands: [Demand(maximum: .kilobits(100)), Demand(), Demand()])
        // Three streams of 30 pictures a second, whose last packets are half full.
        let left = Int((1_000_000 - 76 * 8 * 30 * 3 / 2.0) / (1 + 76.0 / 1140))
        #expect(rates[0] == .kilobits(100) && rates[1] == rates[2])
        #expect(abs(rates[1].bitsPerSecond - (left - 100_000) / 2) <= 1)
    }

    @Test("a screen comes before the camera, which keeps something")
    func screen() {
        let rates = BitrateAllocation.video(
            of: .kilobits(1060), sounds: 1, demands: [Demand(), Demand(isScreen: true)])
        #expect(rates[0] == .kilobits(120) && abs(rates[1].kilobits - 800.4) < 0.5)
        let poor = BitrateAllocation.video(of: .kilobits(260), sounds: 1, demands: [Demand(), Demand(isScreen: true)])
        #expect(abs(poor[1].bitsPerSecond - 3 * poor[0].bitsPerSecond) <= 3 && poor[0] > .kilobits(40))
        let still = BitrateAllocation.video(
            of: .kilobits(1060), sounds: 1, demands: [Demand(), Demand(maximum: .kilobits(200), isScreen: true)])
        #expect(still[1] == .kilobits(200) && abs(still[0].kilobits - 720.4) < 0.5)
    }

    @Test("a small picture is a packet with all of its headers")
    func smallPictures() {
        // 30 packets a second with 76 bytes around each.
        let slow = BitrateAllocation.video(of: .kilobits(160), sounds: 1, demands: [Demand()])[0]
        #expect(slow.bitsPerSecond == 100_000 - 30 * 76 * 8)
        // Never more on the path than was given, however many packets a picture has.
        for total in stride(from: 120, through: 3000, by: 20) {
            let rate = BitrateAllocation.video(of: .kilobits(total), sounds: 1, demands: [Demand()])[0]
            let bytes = Double(rate.bitsPerSecond) / 8 / 30
            let packets = max(bytes / 1140 + 0.5, 1)
            #expect((bytes + packets * 76) * 8 * 30 <= Double(total - 60) * 1000 + 1, "\(total)")
        }
    }

    @Test("nothing is given away that is not there", arguments: 1...50)
    func conserves(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let demands = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
            Demand(
                maximum: Bool.random(using: &generator) ? .kilobits(Int.random(in: 50...900, using: &generator)) : nil,
                isScreen: Int.random(in: 0..<4, using: &generator) == 0)
        }
        let total = Bitrate.kilobits(Int.random(in: 300...5000, using: &generator))
        let rates = BitrateAllocation.video(of: total, sounds: 1, demands: demands)
        let sum = rates.reduce(.zero) { $0 + $1 }
        #expect(sum <= (total - .kilobits(60)) * 0.93 + .kilobits(10 * demands.count), "seed \(seed)")
        for (rate, demand) in zip(rates, demands) { #expect(rate <= demand.maximum ?? total, "seed \(seed)") }
    }

    @Test("in a mesh every peer hears; pictures share by weight")
    func mesh() {
        #expect(BitrateAllocation.mesh(.kilobits(1500), weights: [1]) == [.kilobits(1500)])
        #expect(
            BitrateAllocation.mesh(.kilobits(1500), weights: [2, 1, 1]) == [
                .kilobits(720), .kilobits(390), .kilobits(390),
            ])
        #expect(BitrateAllocation.mesh(.kilobits(250), weights: [5, 1, 1, 1, 1]).allSatisfy { $0 == .kilobits(50) })
        #expect(BitrateAllocation.mesh(.kilobits(1000), weights: [.nan, -1]) == [.kilobits(500), .kilobits(500)])
        #expect(BitrateAllocation.mesh(.kilobits(1000), weights: []).isEmpty)
    }
}

@Suite("Bitrate allocation for data")
struct DataAllocationTests {
    @Test("pictures give up what data sends, up to what it is guaranteed; nothing while none is sent")
    func reserve() {
        #expect(BitrateAllocation.data(of: .kilobits(1000), urgent: .zero, bulk: .zero) == .zero)
        #expect(BitrateAllocation.data(of: .kilobits(1000), urgent: .kilobits(2), bulk: .kilobits(20)) == .kilobits(22))
        #expect(
            BitrateAllocation.data(of: .kilobits(1000), urgent: .kilobits(900), bulk: .kilobits(900)) == .kilobits(100))
        // A kilobyte of chat each second, where a twentieth would be less.
        #expect(BitrateAllocation.data(of: .kilobits(100), urgent: .kilobits(50), bulk: .kilobits(50)) == .kilobits(13))
        #expect(
            BitrateAllocation.data(of: .kilobits(100), urgent: Bitrate(bitsPerSecond: -5), bulk: .zero) == .zero)
    }

    @Test("the rate of the last second is smooth, and zero two seconds after the last byte")
    func recentRate() {
        var recent = RecentRate()
        var rates: [Double] = []
        for step in 0..<100 as Range<Int64> {
            recent.add(625, at: .milliseconds(step * 50))
            if step > 40 { rates.append(recent.rate(at: .milliseconds(step * 50)).kilobits) }
        }
        #expect(rates.allSatisfy { (95...106).contains($0) }, "\(rates)")
        #expect(recent.rate(at: .milliseconds(5500)).kilobits < 60)
        #expect(recent.rate(at: .seconds(7)) == .zero)
        #expect(recent.rate(at: .seconds(1)) >= .zero)
    }
}
