import RapportBase

// A candidate line, and the same text as a fingerprint: whatever is accepted is written, and read again to the same.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    if let candidate = try? ICECandidate(parsing: text) {
        precondition(candidate.component >= 1 && candidate.component <= 256)
        _ = candidate.isMulticastDNSName
        precondition((try? ICECandidate(parsing: candidate.serialized)) == candidate)
    }
    if let fingerprint = try? Fingerprint(parsing: text) {
        precondition(fingerprint.bytes.count == fingerprint.algorithm.digestLength)
        precondition((try? Fingerprint(parsing: fingerprint.serialized)) == fingerprint)
    }
    return 0
}
