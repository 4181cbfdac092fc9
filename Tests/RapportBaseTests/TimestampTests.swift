import RapportBase
import Testing

@Suite("Timestamp and Duration")
struct TimestampTests {
    @Test("differences and steps are exact to the nanosecond")
    func arithmetic() {
        let start = Timestamp.seconds(3)
        #expect(start + .milliseconds(20) == Timestamp(nanoseconds: 3_020_000_000))
        #expect(start - .nanoseconds(1) == Timestamp(nanoseconds: 2_999_999_999))
        #expect(Timestamp.milliseconds(5) - Timestamp.milliseconds(8) == .milliseconds(-3))
        #expect(Timestamp.milliseconds(1500).inMilliseconds == 1500)
        var moving = Timestamp.zero
        moving += .seconds(1)
        #expect(moving == .seconds(1) && .zero < moving)
    }

    @Test("a duration becomes whole nanoseconds, towards zero")
    func wholeNanoseconds() {
        #expect(Duration.seconds(2).wholeNanoseconds == 2_000_000_000)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999).wholeNanoseconds == 1)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999).wholeNanoseconds == -1)
        #expect(Duration.milliseconds(250).inSeconds == 0.25)
        #expect(Duration.microseconds(250).inMilliseconds == 0.25)
    }

    @Test("a duration that Int64 nanoseconds cannot hold stays at the end of the range")
    func saturation() {
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
        // Int64.max nanoseconds are 9 223 372 036.854 775 807 s: the seconds fit, the rest does not.
        let rest: Int64 = 900_000_000_000_000_000
        #expect(Duration(secondsComponent: 9_223_372_036, attosecondsComponent: rest).wholeNanoseconds == .max)
        #expect(Duration(secondsComponent: -9_223_372_036, attosecondsComponent: -rest).wholeNanoseconds == .min)
    }
}
