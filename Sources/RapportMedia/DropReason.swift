/// Why a part of this room let a packet go. Every drop is counted under exactly one reason.
public enum DropReason: Int, Sendable, CaseIterable {
    /// The same packet is held already or was used before.
    case duplicate
    /// Its place in the stream has been passed.
    case late
    /// Larger than a slot of the ring that would hold it.
    case oversized
    /// The payload contradicts its payload format.
    case malformed
    /// The queue was full.
    case overflow
    /// Belongs to a frame, or a stretch of sound, that was given up to get on.
    case skipped
    /// Waited longer than the queue allows.
    case expired
    /// Far from everything around it: a restarted or a foreign stream.
    case jump
}
