/// How long a flight waits for its answer before it is sent again. RFC 6347 section 4.2.4.
struct RetransmissionSchedule {
    /// The first wait in microseconds; the caller derives it from the round trip that ICE measured.
    let initial: UInt32
    /// Waits of a flight that are held to `ceiling`. A path that lost that many is broken rather than congested by us:
    /// from then on the waits double without a bound, and OpenSSL gives up after the twelfth.
    let heldSteps: Int
    /// Microseconds.
    let ceiling: UInt32
    private var step = 0

    /// - Parameter initial: held between 20 ms and 60 s. OpenSSL takes 15 ms left for none, so that a shorter wait
    ///   would send all repetitions at once.
    init(initial: Duration, heldSteps: Int = 8, ceiling: UInt32 = 1_000_000) {
        self.initial = UInt32(min(max(initial, .milliseconds(20)), .seconds(60)) / .microseconds(1))
        self.heldSteps = heldSteps
        self.ceiling = ceiling
    }

    /// The wait after `previous`; zero asks for the first of a flight, as OpenSSL's callback does.
    mutating func next(after previous: UInt32) -> UInt32 {
        guard previous > 0 else {
            step = 0
            return initial
        }
        step += 1
        let doubled = previous > UInt32.max / 2 ? UInt32.max : previous * 2
        return step < heldSteps ? max(min(doubled, ceiling), initial) : doubled
    }
}
