import RapportBase

/// Tells when a path that carried media has fallen silent.
///
/// libnice does not show the answers to its checks, so datagrams are all there is to go by. A path that never
/// carried a steady stream (data channels only, all tracks paused) is not judged: its silence means nothing.
struct LivenessMonitor {
    /// Five looks make one limit.
    static let looks = 5
    /// Datagrams within one limit that make a stream steady: an RTCP report a second each way is fewer.
    static let steady: UInt64 = 25

    let interval: Duration
    private var lastCount: UInt64 = 0
    private var recent: [UInt64] = []
    private var silentLooks = 0
    private var wasSteady = false

    init(limit: Duration) {
        interval = .nanoseconds(max(1_000_000, limit.wholeNanoseconds / Int64(Self.looks)))
    }

    /// How long a steady stream has been silent.
    var silence: Duration { wasSteady ? interval * silentLooks : .zero }

    /// To be asked once every `interval` with the number of datagrams received so far.
    mutating func isSilent(received: UInt64) -> Bool {
        let fresh = received &- lastCount
        lastCount = received
        if fresh > 0 {
            silentLooks = 0
            recent.append(fresh)
            if recent.count > Self.looks { recent.removeFirst() }
            return false
        }
        if silentLooks == 0 {
            wasSteady = recent.reduce(0, &+) >= Self.steady
            recent.removeAll(keepingCapacity: true)
        }
        silentLooks += 1
        return wasSteady && silentLooks >= Self.looks
    }
}
