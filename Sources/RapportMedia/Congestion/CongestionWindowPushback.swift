import RapportBase

/// Holds the sources back while more is under way than the path and a little queue should hold.
struct CongestionWindowPushback: Sendable {
    private static let queueAllowance = 0.35
    private static let leastWindow = 3000.0
    private static let floor = 30_000.0
    private static let (slots, roundTrips) = (4096, 32)

    /// Share of the rate that the sources may use.
    private(set) var ratio = 1.0
    private var window: Double?
    private var longestRoundTrips: [Double] = []
    /// Sum of all bytes sent up to the packet with a number, by number.
    private var totals = [Int64](repeating: 0, count: slots)
    private var sent: Int64 = 0
    private var reported: Int64 = 0
    private var newest: Int64 = -1

    mutating func sent(_ packet: SentPacket) {
        guard packet.number > newest else { return }
        sent &+= Int64(packet.bytesOfPath)
        totals[Int(packet.number & Int64(Self.slots - 1))] = sent
        newest = packet.number
        update()
    }

    /// - Parameters: `number` of the newest packet reported on, `roundTrip` of the feedback's slowest packet in seconds,
    ///   `target` in bits per second.
    mutating func reported(_ number: Int64, roundTrip: Double, target: Double) {
        if number <= newest, number > newest - Int64(Self.slots) {
            reported = max(reported, totals[Int(number & Int64(Self.slots - 1))])
        }
        longestRoundTrips.append(roundTrip)
        if longestRoundTrips.count > Self.roundTrips { longestRoundTrips.removeFirst() }
        let least = longestRoundTrips.min() ?? roundTrip
        let wanted = target / 8 * (least + Self.queueAllowance)
        window = max(window.map { ($0 + wanted) / 2 } ?? wanted, Self.leastWindow)
        update()
    }

    /// The rate left for the sources.
    func limit(_ target: Double) -> Double { max(target * ratio, min(target, Self.floor)) }

    private mutating func update() {
        guard let window else { return }
        let fill = Double(max(sent &- reported, 0)) / window
        if fill > 1.5 {
            ratio *= 0.9
        } else if fill > 1 {
            ratio *= 0.95
        } else if fill < 0.1 {
            ratio = 1
        } else {
            ratio = min(ratio * 1.05, 1)
        }
    }
}
