import RapportBase
import RapportRTP

// A VP8 payload: descriptor, then the start of a frame. The same bytes are also cut as a frame of their length.

private func checkPacketizing(_ data: UnsafePointer<UInt8>, _ size: Int) {
    guard size >= 6 else { return }
    let frame = Int(data[0]) << 8 | Int(data[1])
    let largest = Int(data[2]) << 3 | Int(data[3] & 7)
    let first = Int(data[4])
    let last = Int(data[5])
    let ranges = VP8Packetizer.split(
        frameBytes: frame, maxPayload: largest, firstPacketReduction: first, lastPacketReduction: last)
    guard !ranges.isEmpty else { return }
    var end = 0
    for (index, range) in ranges.enumerated() {
        precondition(range.lowerBound == end && !range.isEmpty)
        let reductions = (index == 0 ? first : 0) + (index == ranges.count - 1 ? last : 0)
        precondition(range.count + reductions <= largest)
        end = range.upperBound
    }
    precondition(end == frame)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    checkPacketizing(data, size)
    let payload = UnsafeBufferPointer(start: data, count: size).span
    guard let descriptor = try? VP8PayloadDescriptor(parsing: payload) else { return 0 }
    precondition(descriptor.headerLength <= size)
    var bytes: [UInt8] = []
    descriptor.append(to: &bytes)
    precondition(bytes.count == descriptor.headerLength)
    guard let again = try? VP8PayloadDescriptor(parsing: bytes.span), again == descriptor else {
        preconditionFailure("a written descriptor is read as another one")
    }
    guard let frame = try? VP8FrameHeader(parsing: payload.extracting(descriptor.headerLength..<size)) else { return 0 }
    precondition(frame.isKeyFrame == (frame.width != nil) && frame.isKeyFrame == (frame.height != nil))
    return 0
}
