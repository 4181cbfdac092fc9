/// The letters that may begin a line. RFC 8866 section 5.
public enum SDPLineType: UInt8, Hashable, Sendable {
    case version = 0x76  // v
    case origin = 0x6F  // o
    case sessionName = 0x73  // s
    case title = 0x69  // i
    case uri = 0x75  // u
    case email = 0x65  // e
    case phone = 0x70  // p
    case connection = 0x63  // c
    case bandwidth = 0x62  // b
    case timing = 0x74  // t
    case repeatTimes = 0x72  // r
    case timeZones = 0x7A  // z
    case key = 0x6B  // k
    case attribute = 0x61  // a
    case media = 0x6D  // m
}
