import RapportRTP
import Testing

@Suite struct DatagramKindTests {
    // RFC 7983 section 7.
    private func expected(_ first: UInt8, _ second: UInt8) -> DatagramKind {
        if first <= 3 { return .stun }
        if first >= 20 && first <= 63 { return .dtls }
        if first >= 64 && first <= 79 { return .turnChannel }
        guard first >= 128 && first <= 191 else { return .unknown }
        return second >= 192 && second <= 223 ? .rtcp : .rtp
    }

    @Test("the first two bytes decide, for all their values")
    func everyStart() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let datagram = [first, second] + Array(repeating: 0, count: 30)
                #expect(DatagramKind(datagram) == expected(first, second))
            }
        }
    }

    @Test("what is shorter than the header of its kind is unknown")
    func short() {
        for (bytes, kind, length) in [
            ([0, 1], .stun, 20), ([22, 254], .dtls, 13), ([64, 0], .turnChannel, 4), ([128, 96], .rtp, 12),
            ([128, 200], .rtcp, 8),
        ] as [([UInt8], DatagramKind, Int)] {
            for count in 0..<40 {
                let datagram = Array((bytes + Array(repeating: 0, count: 40)).prefix(count))
                #expect(DatagramKind(datagram) == (count >= length ? kind : .unknown))
            }
        }
    }
}
