import RapportBase
import Testing

@testable import RapportMedia

@Suite("Delay estimates")
struct EstimatorTests {
    @Test("a quantile is the upper edge of the bucket that holds it")
    func quantiles() {
        var histogram = DelayHistogram(buckets: 10, step: .milliseconds(10), forgetting: 0.999)
        #expect(histogram.quantile(0.5) == nil)
        for delay in 0..<100 { histogram.add(.milliseconds(delay)) }
        #expect(histogram.quantile(0.5) == .milliseconds(50))
        #expect(histogram.quantile(0.95) == .milliseconds(100))
        histogram.add(.seconds(5))
        histogram.add(.milliseconds(-5))
        #expect(histogram.quantile(1) == .milliseconds(100))
        histogram.removeAll()
        #expect(histogram.isEmpty)
    }

    @Test("a histogram forgets: the new distribution takes over")
    func forgets() {
        var histogram = DelayHistogram(buckets: 100, step: .milliseconds(1), forgetting: 0.9)
        for _ in 0..<100 { histogram.add(.milliseconds(80)) }
        for _ in 0..<20 { histogram.add(.milliseconds(5)) }
        #expect(histogram.quantile(0.5) == .milliseconds(6))
    }

    @Test("the base line is the least of the window and follows when the path gets longer")
    func baseline() {
        var baseline = TransitBaseline(window: .seconds(2), slices: 20)
        #expect(baseline.minimum == nil)
        #expect(baseline.add(transit: 100, at: .zero) == .zero)
        #expect(baseline.add(transit: 160, at: .milliseconds(500)) == .nanoseconds(60))
        #expect(baseline.add(transit: 90, at: .milliseconds(600)) == .zero)
        #expect(baseline.add(transit: 160, at: .milliseconds(2500)) == .nanoseconds(70))
        #expect(baseline.add(transit: 160, at: .milliseconds(2700)) == .zero)
        // After a long silence the last slice is all that is known.
        #expect(baseline.add(transit: 170, at: .seconds(100)) == .nanoseconds(10))
    }

    @Test("the window knows each number once over its whole length")
    func sequenceWindow() {
        var window = SequenceWindow()
        for number in Int64(0)..<5000 where number % 3 != 0 {
            let isNew = window.insert(number)
            #expect(isNew)
        }
        let again = window.insert(4999)
        let gap = window.insert(4500)
        let old = window.insert(3000)
        #expect(!again && gap && !old)
    }
}
