public import RapportBase

/// Keeps the sound and the picture of one sender together by delaying whichever is too early.
///
/// Both streams' sender reports put their media times on one wall clock; comparing when sound and picture captured at
/// the same moment are played gives the offset. It is smoothed, and only the part that somebody would notice is taken
/// back, slowly: sound that waits for lips delays the conversation. Only one of the two delays is ever above zero.
public struct LipSync: Sendable {
    /// Limits of the alignment.
    public struct Configuration: Sendable {
        /// How far sound may be ahead of the picture, and behind it, without anybody noticing: EBU R 37 allows 40 and
        /// 60 ms; viewers notice from 45 and 125 ms on (ITU-R BT.1359-1).
        public var soundLead: Duration = .milliseconds(40)
        public var soundLag: Duration = .milliseconds(60)
        /// Error of a delay that is left alone; a delay aims so far within the bound that it is kept all the same.
        public var deadband: Duration = .milliseconds(5)
        /// Largest extra delay.
        public var maximumDelay: Duration = .milliseconds(500)
        /// Largest change of an extra delay per second.
        public var slew: Duration = .milliseconds(80)
        /// Offset that no network makes: the sender's clocks are wrong and are ignored.
        public var maximumOffset: Duration = .seconds(5)

        public init() {}
    }

    /// Extra delay for the sound and for the picture, on top of their own.
    public private(set) var audioDelay: Duration = .zero
    public private(set) var videoDelay: Duration = .zero
    /// Smoothed offset, positive when the picture is late; nil until both streams reported.
    public private(set) var offset: Duration?
    /// Comparisons ignored because the offset made no sense.
    public private(set) var ignored: UInt64 = 0
    private let configuration: Configuration
    private var audioClock: MediaClock
    private var videoClock: MediaClock
    private var lastUpdate: Timestamp?

    public init(audioClockRate: Int = 48_000, videoClockRate: Int = 90_000, _ configuration: Configuration = .init()) {
        audioClock = MediaClock(clockRate: audioClockRate)
        videoClock = MediaClock(clockRate: videoClockRate)
        self.configuration = configuration
    }

    /// Takes the times of a sender report of either stream.
    public mutating func receiveSenderReport(_ kind: MediaKind, ntp: NTPTime, rtp: RTPTimestamp) {
        switch kind {
        case .audio: audioClock.receiveSenderReport(ntp: ntp, rtp: rtp)
        case .video: videoClock.receiveSenderReport(ntp: ntp, rtp: rtp)
        }
    }

    /// Compares what is played now, with the present extra delays in effect; call about once a second or per frame.
    public mutating func update(audio: PlayoutPoint, video: PlayoutPoint, at now: Timestamp) {
        guard let audioCapture = audioClock.captureTime(of: audio.rtpTimestamp),
            let videoCapture = videoClock.captureTime(of: video.rtpTimestamp)
        else { return }
        let measured = (video.time - audio.time) - (videoCapture - audioCapture)
        guard abs(measured) <= configuration.maximumOffset else { return ignored += 1 }
        offset = offset.map { $0 + (measured - $0) / 4 } ?? measured
        adjust(at: now)
    }

    private mutating func adjust(at now: Timestamp) {
        let elapsed = min(now - (lastUpdate ?? now), .seconds(1))
        lastUpdate = now
        guard let offset, elapsed > .zero else { return }
        // One signed quantity: above zero the sound waits for the picture, below zero the picture for the sound.
        let present = audioDelay - videoDelay
        let change = excess(of: offset + present) - present
        // Nothing at all is always better than a little.
        guard abs(change) > configuration.deadband || present + change == .zero else { return }
        let most = configuration.slew * elapsed.inSeconds
        let wanted = present + min(max(change, .zero - most), most)
        let held = min(max(wanted, .zero - configuration.maximumDelay), configuration.maximumDelay)
        // What is changed now will be measured again only later; expect it, or the loop overshoots.
        self.offset = offset - (held - present)
        audioDelay = max(held, .zero)
        videoDelay = max(.zero - held, .zero)
    }

    /// What somebody would notice of the offset that there would be without any delay.
    private func excess(of offset: Duration) -> Duration {
        let ahead = max(configuration.soundLead - configuration.deadband, .zero)
        let behind = max(configuration.soundLag - configuration.deadband, .zero)
        return max(offset - ahead, .zero) + min(offset + behind, .zero)
    }

    private func abs(_ value: Duration) -> Duration { value < .zero ? .zero - value : value }
}
