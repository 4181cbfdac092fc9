/// The sizes the 16 kHz chain is built on.
enum EchoGeometry {
    /// Samples of a 10 ms block.
    static let hop = 160
    /// Points of every transform: a partition of two blocks, its new block, and room to spare.
    static let transform = 512
    /// Bins of a half spectrum, and the same padded to whole vectors.
    static let bins = transform / 2 + 1
    static let stride = 264
    /// Taps of one filter partition: 20 ms.
    static let partitionTaps = 2 * hop
    /// Partitions the search filter spans: 560 ms, the longest delay with its jump, and the room's reverberation.
    static let searchPartitions = 28
    /// Partitions of the main filter's window: 280 ms.
    static let mainPartitions = 14
    /// Where the new block stands in a transform's output.
    static let blockStart = transform - hop
    /// The part of a transform's frame that an error block fills: its power stands for a whole frame's.
    static let blockShare = Float(hop) / Float(transform)
}
