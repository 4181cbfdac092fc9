import RapportBase
import RapportSimulator

/// A line on which calls are run with and without repair packets.
struct Condition {
    var percent: Int
    var isBursty: Bool
    var roundTrip: Int
    var rate: Int

    var scenario: Scenario {
        let share = Double(percent) / 100
        return .lossyCall(
            .kilobits(rate), roundTrip: .milliseconds(roundTrip),
            loss: isBursty ? .bursts(of: 4, loss: share) : .independent(share), seconds: 70)
    }

    static func all(rate: Int) -> [Condition] {
        let clean = [(0, 200), (1, 200)].map {
            Condition(percent: $0.0, isBursty: false, roundTrip: $0.1, rate: rate)
        }
        let lossy = [false, true].flatMap { isBursty in
            [3, 5, 10, 20].flatMap { percent in
                [50, 120, 200, 300].map {
                    Condition(percent: percent, isBursty: isBursty, roundTrip: $0, rate: rate)
                }
            }
        }
        return clean + lossy
    }
}
