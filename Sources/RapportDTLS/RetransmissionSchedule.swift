/// How long a flight waits for its answer before it is sent again. RFC 6347 section 4.2.4.
struct RetransmissionSchedule {
    /// The first wait in microseconds; the caller derives it from the round trip that ICE measured.
    let initial: UInt32
    private var step = 0

    /// Retransmissions that wait a second at most. A path that lost that many is not congested by ours but broken:
    /// from then on the waits double without a bound, and OpenSSL gives up after the twelfth.
    static let impatientSteps = 8
    static let impatientLimit: UInt32 = 1_000_000

    init(initial: Duration) {
        let microseconds = initial.components.seconds * 1_000_000 + initial.components.attoseconds / 1_000_000_000_000
        self.initial = UInt32(min(max(microseconds, 1000), 60_000_000))
    }

    /// The wait after `previous`; zero asks for the first of a flight, as OpenSSL's callback does.
    mutating func next(after previous: UInt32) -> UInt32 {
        guard previous > 0 else {
            step = 0
            return initial
        }
        step += 1
        let doubled = previous > UInt32.max / 2 ? UInt32.max : previous * 2
        return step < Self.impatientSteps ? max(min(doubled, Self.impatientLimit), initial) : doubled
    }
}
