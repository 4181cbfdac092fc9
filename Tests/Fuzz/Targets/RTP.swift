import RapportBase
import RapportRTP

// An RTP packet of anybody's making: header, extensions, what a retransmission of it would repeat, and the payload.
// The first byte of the input chooses the negotiated extensions.

private let oneByteMap = HeaderExtensionMap([
    .mid: 1, .rid: 2, .repairedRID: 3, .transportSequenceNumber: 4, .absoluteSendTime: 5, .audioLevel: 6,
    .absoluteCaptureTime: 7, .playoutDelay: 8, .videoOrientation: 9,
])
private let twoByteMap = HeaderExtensionMap([.mid: 15, .rid: 1, .transportSequenceNumber: 255, .audioLevel: 14])

private func holds(_ range: Range<Int>?, within bounds: Range<Int>) -> Bool {
    guard let range else { return true }
    return bounds.lowerBound <= range.lowerBound && range.upperBound <= bounds.upperBound
}

/// What was read is written, and read again to the same.
private func checkRewriting(_ packet: Span<UInt8>, _ header: RTPHeader, _ map: HeaderExtensionMap) {
    let values = HeaderExtensionValues(parsing: packet, header: header, map: map)
    let block = header.extensionRange
    precondition(holds(values.midRange, within: block))
    precondition(holds(values.ridRange, within: block))
    precondition(holds(values.repairedRIDRange, within: block))
    let mid = values.midRange.map { packet.copy($0) }
    let rid = values.ridRange.map { packet.copy($0) }
    let repaired = values.repairedRIDRange.map { packet.copy($0) }
    var bytes: [UInt8] = []
    let layout = RTPPacketBuilder.append(
        marker: header.marker, payloadType: header.payloadType, sequenceNumber: header.sequenceNumber,
        timestamp: header.timestamp, ssrc: header.ssrc, extensions: values, mid: mid, rid: rid, repairedRID: repaired,
        map: map, to: &bytes)
    bytes.append(packet, header.payloadRange)
    RTPPacketBuilder.appendPadding(UInt8(header.paddingCount), layout: layout, to: &bytes)
    guard let again = try? RTPHeader(parsing: bytes.span) else { preconditionFailure("a written header is refused") }
    precondition(again.payloadRange.count == header.payloadRange.count && again.paddingCount == header.paddingCount)
    var reread = HeaderExtensionValues(parsing: bytes.span, header: again, map: map)
    precondition(reread.midRange.map { Array(bytes[$0]) } == mid)
    precondition(reread.ridRange.map { Array(bytes[$0]) } == rid)
    precondition(reread.repairedRIDRange.map { Array(bytes[$0]) } == repaired)
    reread.midRange = values.midRange
    reread.ridRange = values.ridRange
    reread.repairedRIDRange = values.repairedRIDRange
    precondition(reread == values)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size > 0 else { return 0 }
    let packet = UnsafeBufferPointer(start: data + 1, count: size - 1).span
    guard let header = try? RTPHeader(parsing: packet) else { return 0 }
    precondition(header.payloadRange.upperBound + header.paddingCount == packet.count)
    for index in 0..<header.contributingSources { _ = header.contributingSource(index, in: packet) }
    checkRewriting(packet, header, data[0] & 1 == 0 ? oneByteMap : twoByteMap)
    let original = try? RTX.original(header, in: packet, payloadType: header.payloadType, ssrc: header.ssrc)
    precondition((original == nil) == (header.payloadRange.count < RTX.headerLength))
    return 0
}
