public import RapportBase

/// Decides how many repair packets go out with a frame.
public struct RepairChoice: Sendable {
    /// What a frame is to those after it.
    public enum Frame: Sendable, CaseIterable {
        /// All depend on it, and another one is asked for when it does not come.
        case key
        /// All after it depend on it.
        case base
        /// None depends on it.
        case upper
    }

    /// Repair packets for each packet of a frame: `least` and `slope` times the loss, up to `most`.
    public struct Share: Sendable, Equatable {
        public var least: Double
        public var slope: Double
        public var most: Double

        public init(least: Double, slope: Double, most: Double) {
            self.least = least
            self.slope = slope
            self.most = most
        }

        public static let none = Share(least: 0, slope: 0, most: 0)
    }

    /// Where it begins and ends, and how much.
    public struct Tuning: Sendable, Equatable {
        /// Loss from which repair packets are sent, below which they are not, and for how long it has to stay below.
        public var high = 0.02
        public var low = 0.005
        public var calm: Duration = .seconds(10)
        /// Round trip from which a repair comes well before a retransmission.
        public var longWay: Duration = .milliseconds(100)
        /// Rate below which pictures need all there is.
        public var leastRate: Bitrate = .kilobits(150)
        public var key = Share(least: 0.15, slope: 2, most: 0.6)
        public var base = Share(least: 0.15, slope: 2.5, most: 0.6)
        public var upper = Share.none
        /// Frames that a repair packet covers at most, its own included; 1...4.
        public var window = 3

        public init() {}
    }

    public private(set) var isOn = false
    private let tuning: Tuning
    private var mean = 0.0
    private var quietSince: Timestamp?

    public init(_ tuning: Tuning = Tuning()) { self.tuning = tuning }

    /// Takes what a report said of the stream.
    /// - Parameters:
    ///   - fractionLost: since the report before, 0...1. RFC 3550 section 6.4.1.
    ///   - roundTrip: of the path; nil while it is not known.
    public mutating func update(fractionLost: Double, roundTrip: Duration?, at now: Timestamp) {
        mean += (min(max(fractionLost, 0), 1) - mean) / 3
        guard let roundTrip, roundTrip >= tuning.longWay else { return stop() }
        if mean >= tuning.high {
            isOn = true
            quietSince = nil
        } else if mean < tuning.low {
            let since = quietSince ?? now
            quietSince = since
            if now - since >= tuning.calm { stop() }
        } else {
            quietSince = nil
        }
    }

    private mutating func stop() {
        isOn = false
        quietSince = nil
    }

    /// Repair packets for a frame of so many packets.
    /// - Parameter rate: what may be sent.
    public func repairs(for frame: Frame, packets: Int, rate: Bitrate) -> Int {
        guard isOn, packets > 0, rate >= tuning.leastRate else { return 0 }
        let share = share(of: frame)
        guard share.most > 0 else { return 0 }
        let wanted = min(share.least + share.slope * mean, share.most) * Double(packets)
        return max(Int(wanted.rounded(.up)), 1)
    }

    private func share(of frame: Frame) -> Share {
        switch frame {
        case .key: tuning.key
        case .base: tuning.base
        case .upper: tuning.upper
        }
    }
}
