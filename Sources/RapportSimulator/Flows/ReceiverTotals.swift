/// What a receiver got.
struct ReceiverTotals {
    var bytes = 0
    var packets = 0
    var marked = 0
    /// Sound and video, each packet once, headers included.
    var mediaBytes = 0
    /// The same without headers.
    var payloadBytes = 0
    var frames = 0
    /// Nanoseconds in which the picture stood.
    var frozen: Int64 = 0
}
