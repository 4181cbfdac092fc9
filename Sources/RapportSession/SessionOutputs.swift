import RapportBase

/// What a session wants done after an input: datagrams to send and events to tell, in order.
///
/// The bytes of all datagrams lie in one arena that keeps its capacity, so a packet costs no allocation. The
/// driver hands the datagrams to ICE, acts on the events, and calls `removeAll`.
public struct SessionOutputs: Sendable {
    public private(set) var arena: [UInt8] = []
    public private(set) var datagrams: [Range<Int>] = []
    public var events: [SessionEvent] = []

    public init() {
        arena.reserveCapacity(64 * 1500)
        datagrams.reserveCapacity(64)
    }

    public var isEmpty: Bool { datagrams.isEmpty && events.isEmpty }

    public mutating func removeAll() {
        arena.removeAll(keepingCapacity: true)
        datagrams.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
    }

    /// Hands over the events, leaving none. Most packets tell nothing: then nothing is copied or allocated.
    public mutating func takeEvents() -> [SessionEvent] {
        if events.isEmpty { return [] }
        var taken: [SessionEvent] = []
        swap(&taken, &events)
        return taken
    }

    /// Calls `body` with the arena's bytes and where the datagrams lie in them.
    public func withDatagrams(_ body: (UnsafeRawBufferPointer, [Range<Int>]) -> Void) {
        arena.withUnsafeBytes { body($0, datagrams) }
    }

    mutating func appendDatagram(_ bytes: [UInt8]) {
        let start = arena.count
        arena.append(contentsOf: bytes)
        datagrams.append(start..<arena.count)
    }

    /// Lets `write` append a plaintext packet and `protect` turn it into its protected form in place.
    ///
    /// When `protect` throws, nothing is sent and the arena is as before.
    /// - Returns: bytes of the protected packet.
    mutating func appendProtected<Failure: Error>(
        overhead: Int, write: (inout [UInt8]) -> Void,
        protect: (UnsafeMutableRawBufferPointer, Int) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        let start = arena.count
        write(&arena)
        let plain = arena.count - start
        for _ in 0..<overhead { arena.append(0) }
        do throws(Failure) {
            let count = try protectTail(from: start, plain: plain, protect)
            arena.removeLast(arena.count - start - count)
            datagrams.append(start..<start + count)
            return count
        } catch {
            arena.removeLast(arena.count - start)
            throw error
        }
    }

    // `Array.withUnsafeMutableBytes` does not carry a typed error: a result does.
    private mutating func protectTail<Failure: Error>(
        from start: Int, plain: Int, _ protect: (UnsafeMutableRawBufferPointer, Int) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        let result = arena.withUnsafeMutableBytes { bytes in
            let packet = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            return Result { () throws(Failure) in try protect(packet, plain) }
        }
        return try result.get()
    }
}
