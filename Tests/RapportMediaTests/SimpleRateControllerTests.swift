import RapportBase
import Testing

@testable import RapportMedia

@Suite("SimpleRateController")
struct SimpleRateControllerTests {
    private func make(start: Int = 1000) -> SimpleRateController {
        SimpleRateController(minimum: .kilobits(50), start: .kilobits(start), maximum: .kilobits(2500))
    }

    @Test("without loss the rate rises by about 8 % a second up to the largest")
    func rises() {
        var controller = make()
        for second in Int64(0)...10 { controller.update(fractionLost: 0, at: .seconds(second)) }
        // 1000 x 1.08^10 = 2159, and 1 kbit/s a report on top.
        #expect((2150.0...2190).contains(controller.target.kilobits))
        for second in Int64(11)...20 { controller.update(fractionLost: 0.01, at: .seconds(second)) }
        #expect(controller.target == .kilobits(2500))
    }

    @Test("between 2 and 10 % it stays, above it falls by half the loss, once per round trip")
    func falls() {
        var controller = make()
        controller.update(roundTrip: .milliseconds(100))
        controller.update(fractionLost: 0.05, at: .seconds(1))
        #expect(controller.target == .kilobits(1000))
        controller.update(fractionLost: 0.2, at: .seconds(2))
        #expect(controller.target == .kilobits(900))
        controller.update(fractionLost: 0.2, at: .milliseconds(2399))
        #expect(controller.target == .kilobits(900))
        controller.update(fractionLost: 0.2, at: .milliseconds(2400))
        #expect(controller.target == .kilobits(810))
        for second in Int64(3)...100 { controller.update(fractionLost: 1, at: .seconds(second)) }
        #expect(controller.target == .kilobits(50))
    }

    @Test("the receiver's limit holds, and the estimate does not grow behind it")
    func receiverLimit() {
        var controller = make()
        controller.update(receiverLimit: .kilobits(400))
        #expect(controller.target == .kilobits(400))
        for second in Int64(0)...60 { controller.update(fractionLost: 0, at: .seconds(second)) }
        controller.update(receiverLimit: .kilobits(2000))
        #expect(controller.target < .kilobits(1001))
        controller.update(receiverLimit: .kilobits(1))
        #expect(controller.target == .kilobits(50))
    }
}
