/// What an `SRTPContext` did since it was made, in packets.
public struct SRTPStatistics: Hashable, Sendable {
    public var protected = 0
    public var unprotected = 0
    public var malformed = 0
    public var authenticationFailed = 0
    public var replayed = 0
    public var tooOld = 0
    /// Dropped for `SRTPError.tooManySources`.
    public var tooManySources = 0
    /// Dropped or not sent for any other reason.
    public var other = 0

    public init() {}

    mutating func count(_ error: SRTPError) {
        switch error {
        case .malformed: malformed += 1
        case .authenticationFailed: authenticationFailed += 1
        case .replayed: replayed += 1
        case .tooOld: tooOld += 1
        case .tooManySources: tooManySources += 1
        case .keyExpired, .wrongKeyLength, .library: other += 1
        }
    }
}
