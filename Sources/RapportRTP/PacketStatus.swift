/// What a transport feedback message says of one packet. draft-holmer-rmcat-transport-wide-cc-extensions-01
/// section 3.1.1; the value 3 is reserved.
enum PacketStatus: UInt16 {
    case notReceived = 0
    /// Its delta takes one byte: 0...63.75 ms.
    case smallDelta = 1
    /// Its delta takes two bytes: -8192...8191.75 ms.
    case largeDelta = 2
}
