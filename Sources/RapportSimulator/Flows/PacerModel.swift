import RapportBase
import RapportMedia

/// The rules of `RapportMedia.Pacer` on packets without bytes, with what congestion control adds to them: a pacing
/// rate of its own, a window, probes and padding.
///
/// Sound leaves at once, then retransmissions, then video, in bursts of at most `burst`. While a probe is under way its
/// rate spaces the packets, and padding fills what media leaves free.
struct PacerModel {
    private struct Probe {
        var request: ProbeRequest
        var due: Timestamp
        var bytesLeft: Int
        var packetsLeft: Int
    }

    static let burst: Int64 = 12_000_000
    private static let longestStay: Int64 = 2_000_000_000
    private static let largestPadding = 1200
    private static let soundAhead: Int64 = 100_000_000

    private var audio = Ring<MediaPacket>()
    private var retransmissions = Ring<MediaPacket>()
    private var video = Ring<MediaPacket>()
    private var probes = Ring<ProbeRequest>()
    private var probe: Probe?
    private var busyUntil: Int64 = 0
    private var paddedUntil: Int64 = 0
    private var pacing: Bitrate = .kilobits(300)
    private var padding: Bitrate = .zero
    private(set) var queuedBytes = 0
    private(set) var dropped = 0
    private var lostVideo = false

    var queuedPackets: Int { audio.count + retransmissions.count + video.count }

    /// How long the last packet waiting now will take to leave.
    var expectedQueueTime: Duration { pacing.duration(ofBytes: queuedBytes) }

    mutating func update(pacing: Bitrate, padding: Bitrate) {
        self.pacing = max(pacing, .kilobits(10))
        self.padding = padding
    }

    mutating func enqueue(_ packet: MediaPacket) {
        switch packet.kind {
        case .audio: return audio.append(packet)
        case .retransmission: retransmissions.append(packet)
        case .video: video.append(packet)
        case .padding: return
        }
        queuedBytes += Int(packet.bytes)
    }

    mutating func enqueue(_ request: ProbeRequest) { probes.append(request) }

    /// True once after video was dropped.
    mutating func takeKeyFrameNeed() -> Bool {
        defer { lostVideo = false }
        return lostVideo
    }

    /// The packet that leaves now, and its probe; nil when none does. Call until nil.
    mutating func next(at now: Timestamp, isOpen: Bool) -> (packet: MediaPacket, probe: Int?)? {
        if let packet = audio.removeFirst() {
            let taken = max(busyUntil, now.nanoseconds) + pacing.duration(ofBytes: Int(packet.bytes)).nanoseconds
            busyUntil = min(taken, max(busyUntil, now.nanoseconds + Self.soundAhead))
            countPadding(Int(packet.bytes), at: now.nanoseconds)
            return (packet, nil)
        }
        dropExpired(at: now.nanoseconds)
        guard isOpen else { return nil }
        if let sent = nextOfProbe(at: now) { return sent }
        guard probe == nil, busyUntil - now.nanoseconds <= burst else { return nil }
        if let packet = removeMedia() { return (charged(packet, at: now.nanoseconds), nil) }
        guard padding > .zero, paddedUntil <= now.nanoseconds else { return nil }
        return (charged(makePadding(rate: padding, every: 0.005, at: now), at: now.nanoseconds), nil)
    }

    /// When `next` has something; nil while nothing waits.
    func deadline(isOpen: Bool) -> Timestamp? {
        if let packet = audio.first { return packet.queuedAt }
        guard isOpen else { return nil }
        if let probe { return probe.due }
        if !probes.isEmpty { return .zero }
        if queuedBytes > 0 { return Timestamp(nanoseconds: busyUntil - lead) }
        return padding > .zero ? Timestamp(nanoseconds: max(paddedUntil, busyUntil - Self.burst)) : nil
    }

    private mutating func nextOfProbe(at now: Timestamp) -> (packet: MediaPacket, probe: Int?)? {
        if probe == nil, let request = probes.removeFirst() {
            let bytes = Int(Double(request.rate.bitsPerSecond) * request.duration.inSeconds / 8)
            probe = Probe(request: request, due: now, bytesLeft: bytes, packetsLeft: request.packets)
        }
        guard var current = probe, current.due <= now else { return nil }
        let packet = removeMedia() ?? makePadding(rate: current.request.rate, every: 0.002, at: now)
        let size = Int(packet.bytes)
        current.bytesLeft -= size
        current.packetsLeft -= 1
        current.due = current.due + current.request.rate.duration(ofBytes: size)
        probe = current.bytesLeft <= 0 && current.packetsLeft <= 0 ? nil : current
        // The probe's packets count as sent, but media need not stand still behind it for long.
        let busy = max(busyUntil, now.nanoseconds) + pacing.duration(ofBytes: size).nanoseconds
        busyUntil = min(busy, now.nanoseconds + Self.burst)
        countPadding(size, at: now.nanoseconds)
        return (packet, current.request.id)
    }

    private var burst: Int64 {
        // At a low rate a packet takes as long as a burst.
        min(max(Int64(Double(Self.burst) * Double(pacing.bitsPerSecond) / 0.9e6), Self.burst / 5), Self.burst)
    }

    // How long before all that was sent is through more may leave: half a burst, or less where that is room for one packet
    // and a burst for two.
    private var lead: Int64 {
        let waiting = Int64(retransmissions.count + video.count)
        guard waiting > 1 else { return burst / 2 }
        let packet = expectedQueueTime.nanoseconds / waiting
        return packet < burst ? min(burst / 2, burst - packet) : burst / 2
    }

    private mutating func removeMedia() -> MediaPacket? {
        guard let packet = retransmissions.removeFirst() ?? video.removeFirst() else { return nil }
        queuedBytes -= Int(packet.bytes)
        return packet
    }

    private mutating func charged(_ packet: MediaPacket, at now: Int64) -> MediaPacket {
        busyUntil = max(busyUntil, now) + rate(at: now).duration(ofBytes: Int(packet.bytes)).nanoseconds
        countPadding(Int(packet.bytes), at: now)
        return packet
    }

    private mutating func countPadding(_ bytes: Int, at now: Int64) {
        guard padding > .zero else { return }
        paddedUntil = max(paddedUntil, now - Self.burst) + padding.duration(ofBytes: bytes).nanoseconds
    }

    private func makePadding(rate: Bitrate, every seconds: Double, at now: Timestamp) -> MediaPacket {
        let size = min(max(Int(Double(rate.bitsPerSecond) * seconds / 8), 250), Self.largestPadding)
        return MediaPacket(kind: .padding, bytes: Int32(size), queuedAt: now)
    }

    // The rate that empties the queue before its oldest packet is too old, if that is more than the pacing rate.
    private func rate(at now: Int64) -> Bitrate {
        guard let oldest = video.first ?? retransmissions.first else { return pacing }
        let left = max(Self.longestStay - (now - oldest.queuedAt.nanoseconds), 1_000_000)
        let draining = Double(queuedBytes * 8) * 1e9 / Double(left)
        return min(max(pacing, Bitrate(bitsPerSecond: Int(draining))), pacing * 1.2)
    }

    private mutating func dropExpired(at now: Int64) {
        guard let oldest = video.first, now - oldest.queuedAt.nanoseconds > Self.longestStay else { return }
        // Frames refer to the ones before them: what follows cannot be decoded without a key frame.
        while let packet = video.removeFirst() {
            queuedBytes -= Int(packet.bytes)
            dropped += 1
        }
        lostVideo = true
    }
}
