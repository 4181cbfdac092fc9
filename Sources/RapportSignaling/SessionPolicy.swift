/// What a practice has decided for one session; copied at creation, so that no edit changes a running session.
public struct SessionPolicy: Codable, Hashable, Sendable {
    /// Who lets clients in.
    public enum Admission: String, Codable, Hashable, Sendable {
        /// A clinician admits each client.
        case manual
        /// Clients come in as soon as a clinician is there.
        case automatic
    }

    public var admission: Admission
    /// People in the session at once.
    public var maxParticipants: Int
    /// How long a lost participant's place is kept, and an interrupted session alive.
    public var grace: Duration
    /// Counted from the first start; nil means no limit.
    public var maxDuration: Duration?
    /// Whether a clinician may come before anybody waits.
    public var clinicianMayWait: Bool
    /// How long a declined person has to wait before knocking again.
    public var knockAgainAfter: Duration

    public init(
        admission: Admission = .manual, maxParticipants: Int = 2, grace: Duration = .seconds(120),
        maxDuration: Duration? = nil, clinicianMayWait: Bool = true, knockAgainAfter: Duration = .seconds(30)
    ) {
        self.admission = admission
        self.maxParticipants = maxParticipants
        self.grace = grace
        self.maxDuration = maxDuration
        self.clinicianMayWait = clinicianMayWait
        self.knockAgainAfter = knockAgainAfter
    }

    private enum CodingKeys: String, CodingKey {
        case admission, maxParticipants, graceSeconds, maxDurationSeconds, clinicianMayWait, knockAgainAfterSeconds
    }

    /// Absent fields take the values of `init()`; durations are whole seconds; values out of range are malformed.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func seconds(_ key: CodingKeys) throws -> Duration? {
            guard let value = try fields.decodeIfPresent(Int.self, forKey: key) else { return nil }
            // A day bounds every duration of a session.
            guard (0...86_400).contains(value) else { throw SignalingError.malformed }
            return .seconds(value)
        }
        self.init()
        admission = try fields.decodeIfPresent(Admission.self, forKey: .admission) ?? admission
        maxParticipants = try fields.decodeIfPresent(Int.self, forKey: .maxParticipants) ?? maxParticipants
        guard (2...SignalingLimits.presencesPerSession).contains(maxParticipants) else {
            throw SignalingError.malformed
        }
        grace = try seconds(.graceSeconds) ?? grace
        maxDuration = try seconds(.maxDurationSeconds)
        clinicianMayWait = try fields.decodeIfPresent(Bool.self, forKey: .clinicianMayWait) ?? clinicianMayWait
        knockAgainAfter = try seconds(.knockAgainAfterSeconds) ?? knockAgainAfter
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(admission, forKey: .admission)
        try fields.encode(maxParticipants, forKey: .maxParticipants)
        try fields.encode(grace.components.seconds, forKey: .graceSeconds)
        try fields.encodeIfPresent(maxDuration?.components.seconds, forKey: .maxDurationSeconds)
        try fields.encode(clinicianMayWait, forKey: .clinicianMayWait)
        try fields.encode(knockAgainAfter.components.seconds, forKey: .knockAgainAfterSeconds)
    }
}
