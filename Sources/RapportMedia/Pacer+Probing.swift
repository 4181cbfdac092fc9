public import RapportBase

// Probes: bursts above the target, of what waits and of padding; and padding that keeps up a rate.
extension Pacer {
    /// True while a probe is being sent: the next one has to wait.
    public var isProbing: Bool { probe != nil }

    /// Starts to send a probe: what waits leaves at its rate, and `paddingNeed` fills it up.
    public mutating func begin(_ request: ProbeRequest, at now: Timestamp) {
        guard request.rate > .zero else { return }
        probe = ActiveProbe(request, at: now)
    }

    /// The packet without content that may leave now; nil when none is needed. Ask after `next` has nothing, until nil.
    public mutating func paddingNeed(at now: Timestamp) -> PaddingNeed? {
        guard isIdle, !isHeld else { return nil }
        dropStaleProbe(at: now)
        if let probe {
            return probe.next <= now ? PaddingNeed(bytes: Self.paddingPacket, probe: probe.id) : nil
        }
        guard data.isEmpty, let due = padding.deadline, due <= now else { return nil }
        return PaddingNeed(bytes: Self.paddingPacket, probe: nil)
    }

    /// Tells what was sent for `paddingNeed`.
    public mutating func sentPadding(_ bytes: Int, at now: Timestamp) {
        counters.paddingPackets += 1
        counters.paddingBytes += UInt64(bytes)
        padding.sent(bytes + configuration.headers, at: now)
        data.left(bytes + configuration.headers)
        _ = takeFromProbe(bytes, at: now)
    }

    /// Tells that there is nothing to pad with: the probe is given up, and padding waits a while.
    public mutating func cannotPad(at now: Timestamp) {
        probe = nil
        padding.postpone(at: now)
    }

    // A packet of padding is as large as those of pictures: a probe of small ones measures packets, not bytes.
    private static var paddingPacket: Int { 1100 }

    mutating func takeFromProbe(_ bytes: Int, at now: Timestamp) -> Int? {
        guard let id = probe?.id else { return nil }
        if probe?.take(bytes + configuration.headers, at: now) == true {
            counters.probes += 1
            probe = nil
        }
        return id
    }

    mutating func dropStaleProbe(at now: Timestamp) {
        if let probe, probe.expires <= now { self.probe = nil }
    }
}

/// A probe under way.
struct ActiveProbe: Sendable {
    let id: Int
    /// When its next packet may leave.
    private(set) var next: Timestamp
    let expires: Timestamp
    private let rate: Bitrate
    private var bytesLeft: Int
    private var packetsLeft: Int

    init(_ request: ProbeRequest, at now: Timestamp) {
        id = request.id
        rate = request.rate
        next = now
        // The executor slept, or nothing could be padded: late packets would measure that.
        expires = now + request.duration + .milliseconds(100)
        bytesLeft = Int(clamping: Int64(Double(request.rate.bitsPerSecond) / 8 * max(request.duration.inSeconds, 0)))
        packetsLeft = request.packets
    }

    /// True when that was the last packet.
    mutating func take(_ bytes: Int, at now: Timestamp) -> Bool {
        bytesLeft -= bytes
        packetsLeft -= 1
        // From when it was due: a wake-up that came late is made up for, up to the length of two.
        next = max(next, now - .milliseconds(4)) + rate.duration(ofBytes: bytes)
        return bytesLeft <= 0 && packetsLeft <= 0
    }
}

/// When padding is due so that everything sent together keeps a rate.
struct PaddingClock: Sendable {
    var rate: Bitrate = .zero
    /// When what was sent so far would have left at `rate`.
    private var filledUntil: Timestamp = .zero

    /// Nil while no padding is wanted.
    var deadline: Timestamp? { rate > .zero ? filledUntil + Self.slack : nil }

    // A picture that is about to come makes padding needless.
    private static let slack: Duration = .milliseconds(10)

    mutating func sent(_ bytes: Int, at now: Timestamp) {
        guard rate > .zero else { return }
        filledUntil = max(filledUntil, now - Self.slack) + rate.duration(ofBytes: bytes)
    }

    mutating func postpone(at now: Timestamp) { filledUntil = now + .milliseconds(100) }
}
