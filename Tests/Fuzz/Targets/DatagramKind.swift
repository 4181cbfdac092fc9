import RapportRTP

// The first look at a datagram: what it promises, the next parser may rely on.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let datagram = UnsafeBufferPointer(start: data, count: size).span
    let kind = DatagramKind(datagram)
    if (try? RTPHeader(parsing: datagram)) != nil { precondition(kind == .rtp || kind == .rtcp) }
    switch kind {
    case .stun: precondition(size >= 20 && data[0] <= 3)
    case .dtls: precondition(size >= 13 && data[0] >= 20 && data[0] <= 63)
    case .turnChannel: precondition(size >= 4 && data[0] >= 64 && data[0] <= 79)
    case .rtp: precondition(size >= RTPHeader.fixedLength && data[0] >> 6 == 2)
    case .rtcp: precondition(size >= 8 && data[0] >> 6 == 2 && data[1] >= 192)
    case .unknown: break
    }
    return 0
}
