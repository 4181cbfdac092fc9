import Glibc

/// What libFuzzer calls with each input. `RAPPORT_FUZZ` names the door that the input goes through.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    door.take(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let door = chosenDoor()

private func chosenDoor() -> Door {
    let name = getenv("RAPPORT_FUZZ").map { String(cString: $0) } ?? ""
    guard let door = Door(rawValue: name) else {
        fatalError("RAPPORT_FUZZ is '\(name)'; one of \(Door.allCases.map(\.rawValue).joined(separator: " "))")
    }
    return door
}

/// A way for bytes of a stranger into the engine.
enum Door: String, CaseIterable {
    case rtp, rtcp, repair, candidate, description, negotiation, streams, session

    func take(_ bytes: [UInt8]) {
        switch self {
        case .rtp: takeRTP(bytes)
        case .rtcp: takeRTCP(bytes)
        case .repair: takeRepair(bytes)
        case .candidate: takeCandidate(String(decoding: bytes, as: UTF8.self))
        case .description: takeDescription(String(decoding: bytes, as: UTF8.self))
        case .negotiation: takeNegotiation(String(decoding: bytes, as: UTF8.self))
        case .streams: takeStreams(bytes)
        case .session: takeSession(bytes)
        }
    }
}
