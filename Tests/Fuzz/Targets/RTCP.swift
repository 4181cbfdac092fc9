import RapportBase
import RapportRTP

// A compound RTCP datagram: whatever is accepted is written again and read to the same packets.

/// Entries of a NACK may overlap and lie in any order: what counts is which packets they name.
private func canonical(_ packet: RTCPPacket) -> RTCPPacket? {
    if case .unknown = packet { return nil }
    guard case .nack(var nack) = packet else { return packet }
    nack.lost = Set(nack.lost).sorted { $0.rawValue < $1.rawValue }
    return .nack(nack)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard let packets = try? RTCP.parse(UnsafeBufferPointer(start: data, count: size).span) else { return 0 }
    var bytes: [UInt8] = []
    for packet in packets { RTCP.append(packet, to: &bytes) }
    let known = packets.compactMap(canonical)
    guard !known.isEmpty else { return 0 }
    guard let again = try? RTCP.parse(bytes.span) else { preconditionFailure("written packets are refused") }
    precondition(again.compactMap(canonical) == known)
    return 0
}
