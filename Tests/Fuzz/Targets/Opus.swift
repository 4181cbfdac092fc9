import RapportRTP

// An Opus payload: its length in samples and its redundancy flag.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let payload = UnsafeBufferPointer(start: data, count: size).span
    // RFC 6716 section 3.2.5: a packet holds 2.5 to 120 ms in steps of 2.5 ms.
    if let samples = OpusPayload.duration(of: payload) {
        precondition(samples >= 120 && samples <= OpusPayload.maximumDuration && samples % 120 == 0)
    }
    if OpusPayload.hasInbandFEC(payload) { precondition(size > 1 && data[0] < 0x80) }
    precondition(OpusPayload.isDTX(payload) == (size == 1 || size == 2))
    _ = OpusPayload.isStereo(payload)
    return 0
}
