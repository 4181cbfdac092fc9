public import RapportBase

/// One direction of a call: sound and video from a sender to a receiver, and the receiver's feedback.
public struct MediaFlowConfiguration: Sendable, Equatable {
    public var name: String
    /// From sender to receiver, and back.
    public var forward: [Hop]
    public var reverse: [Hop]
    public var start: Timestamp = .zero
    public var end: Timestamp?
    /// Times in which the sender sends neither sound nor video.
    public var pauses: [Range<Timestamp>] = []
    public var video = VideoModel()
    public var hasAudio = true
    /// Fixed interval of feedback; nil for the engine's own, which adapts.
    public var feedbackInterval: Duration?
    /// Time for which a report repeats what earlier ones told.
    public var feedbackOverlap: Duration = .zero
    /// Copies of a packet that is asked for the second time and later: its first repeat was lost as well.
    public var laterCopies = 2
    /// What the estimator may use at least, at first and at most.
    public var minimum: Bitrate = .kilobits(30)
    public var startRate: Bitrate = .kilobits(300)
    public var maximum: Bitrate = .kilobits(5000)
    /// What an earlier call of the same pair left behind.
    public var remembered: Bitrate?
    /// Share of a bottleneck it wants against others of its kind.
    public var weight = 1.0

    public init(name: String = "video", forward: [Hop], reverse: [Hop]) {
        self.name = name
        self.forward = forward
        self.reverse = reverse
    }
}

/// What an estimator is made with for a flow.
public struct EstimatorSetting: Sendable, Equatable {
    public var minimum: Bitrate
    public var start: Bitrate
    public var maximum: Bitrate
    public var remembered: Bitrate?
    public var weight: Double
    public var seed: UInt64
}
