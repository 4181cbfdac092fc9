public import RapportBase
public import RapportDTLS
public import RapportMedia

/// What a session tells its driver.
public enum SessionEvent: Sendable {
    /// The secure transport moved on. Media flows from `.connected` on.
    case secureTransport(SecureTransportState)
    /// A received picture, whole and in decode order.
    case video(MID, EncodedVideo)
    /// The peer asks for a key frame of what we send (PLI or FIR, at most one event per 300 ms).
    case keyFrameRequested(MID)
    /// The rate that all encoders together shall produce changed.
    case targetBitrate(Bitrate)
    /// The stream's pictures shall be encoded in so many temporal layers from now on, 1 or 2.
    case temporalLayers(MID, Int)
    /// The first packet of a media section was received.
    case mediaStarted(MID)
    /// A message from the peer, as it was sent: what a record of DTLS application data held. RFC 8261.
    case applicationData([UInt8])
    /// After a message was refused for want of room, half of the queue is free again.
    case dataRoom(DataUrgency)
    /// The session is over and sends no more.
    case ended(SessionEnd)
}

/// State of DTLS as W3C's RTCDtlsTransportState names it.
public enum SecureTransportState: String, Sendable {
    case new
    case connecting
    case connected
    case closed
    case failed
}

/// Why a session ended.
public enum SessionEnd: Sendable, Equatable {
    case closedLocally
    case closedByPeer
    case handshakeFailed(DTLSError)
}

/// Why an incoming datagram or part of one was refused. Each is counted; none ends the session.
public enum Refusal: String, Sendable, CaseIterable {
    case unknownDatagram
    case beforeHandshake
    case malformedRTP
    case malformedRTCP
    case malformedPayload
    case authenticationFailed
    case replayed
    case unknownStream
    case unknownPayloadType
    case unexpectedDTLS
    case frameTooLarge
    case sendFailed
    case cryptoFailed
}

/// Counts by `Refusal`.
public struct RefusalCounters: Sendable, Equatable {
    private var counts: [Int] = Array(repeating: 0, count: Refusal.allCases.count)

    public init() {}

    public subscript(_ reason: Refusal) -> Int { counts[Self.index(reason)] }

    mutating func count(_ reason: Refusal) { counts[Self.index(reason)] += 1 }

    /// Reasons that occurred, by name.
    public var byName: [String: Int] {
        var names: [String: Int] = [:]
        for reason in Refusal.allCases where self[reason] > 0 { names[reason.rawValue] = self[reason] }
        return names
    }

    private static func index(_ reason: Refusal) -> Int {
        switch reason {
        case .unknownDatagram: 0
        case .beforeHandshake: 1
        case .malformedRTP: 2
        case .malformedRTCP: 3
        case .malformedPayload: 4
        case .authenticationFailed: 5
        case .replayed: 6
        case .unknownStream: 7
        case .unknownPayloadType: 8
        case .unexpectedDTLS: 9
        case .frameTooLarge: 10
        case .sendFailed: 11
        case .cryptoFailed: 12
        }
    }
}
