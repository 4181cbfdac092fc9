import RapportBase
import Testing

@testable import RapportMedia

@Suite("RetransmissionHistory")
struct RetransmissionHistoryTests {
    private func ask(_ history: inout RetransmissionHistory, _ sequence: UInt16, at milliseconds: Int64) -> [UInt8]? {
        history.retransmit(SequenceNumber(sequence), at: .milliseconds(milliseconds)) { $0.copy(0..<$0.count) }
    }

    private func remember(_ history: inout RetransmissionHistory, _ sequence: UInt16, at milliseconds: Int64) {
        let bytes = [UInt8(sequence >> 8), UInt8(sequence & 255)]
        history.remember(SequenceNumber(sequence), bytes.span, at: .milliseconds(milliseconds))
    }

    @Test("a packet is handed out again, but not twice within a round trip")
    func answers() {
        var history = RetransmissionHistory(maximumWait: .seconds(2))
        history.update(roundTrip: .milliseconds(80))
        remember(&history, 513, at: 0)
        let first = ask(&history, 513, at: 50)
        history.left(SequenceNumber(513), at: .milliseconds(50))
        let soon = ask(&history, 513, at: 129)
        let again = ask(&history, 513, at: 130)
        #expect(first == [2, 1] && soon == nil && again == [2, 1])
        let counters = history.counters
        #expect(counters.packetsRetransmitted == 2 && counters.bytesRetransmitted == 4 && counters.tooSoon == 1)
    }

    // At a fall of a long way the pacer held what was asked for again for two seconds, and each request put in two more.
    @Test("a packet that still waits to leave again is not handed out once more, unless it cannot have stayed so long")
    func waiting() {
        var history = RetransmissionHistory(maximumAge: .seconds(9), maximumWait: .seconds(2))
        history.update(roundTrip: .milliseconds(80))
        history.left(SequenceNumber(7), at: .zero)
        remember(&history, 7, at: 0)
        // What leaves without having been asked for, padding, changes nothing.
        history.left(SequenceNumber(7), at: .milliseconds(10))
        let answers = [50, 500, 2049].map { ask(&history, 7, at: $0) != nil }
        #expect(answers == [true, false, false])
        history.left(SequenceNumber(7), at: .milliseconds(2049))
        let left = [2128, 2129, 4128, 4129].map { ask(&history, 7, at: $0) != nil }
        #expect(left == [false, true, false, true])
        let (soon, attempts) = (history.counters.tooSoon, history.attempts(of: SequenceNumber(7)))
        #expect(soon == 4 && attempts == 3)
    }

    @Test("what was never sent, is too old or was pushed out is unknown")
    func unknown() {
        var history = RetransmissionHistory(slots: 16, maximumAge: .seconds(1), maximumWait: .seconds(2))
        for step in 0..<20 { remember(&history, UInt16(65_530) &+ UInt16(step), at: Int64(step)) }
        // 20 packets from 65530 on: the last 16 are 65534, 65535, 0 ... 13.
        let pushedOut = ask(&history, 65_533, at: 30)
        let oldest = ask(&history, 65_534, at: 30)
        let never = ask(&history, 14, at: 30)
        let tooOld = ask(&history, 5, at: 1500)
        #expect(pushedOut == nil && never == nil && tooOld == nil)
        #expect(oldest == [0xFF, 0xFE])
        let unknown = history.counters.unknown
        #expect(unknown == 3)
    }

    @Test("a packet larger than a slot, or remembered twice, is not taken and counted")
    func refuses() {
        var history = RetransmissionHistory(slots: 16, slotBytes: 10, maximumWait: .seconds(2))
        let large = [UInt8](repeating: 0, count: 11)
        history.remember(SequenceNumber(1), large.span, at: .zero)
        remember(&history, 2, at: 0)
        remember(&history, 2, at: 0)
        let drops = history.counters.drops
        #expect(drops[.oversized] == 1 && drops[.duplicate] == 1)
    }
}
