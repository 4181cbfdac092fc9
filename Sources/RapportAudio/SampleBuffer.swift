/// A fixed block of 64-byte aligned floats with one owner, zero at first; allocated once, never grown.
///
/// The 10 ms tick works on its pointer, because index arithmetic over `Span` is not vectorised.
struct SampleBuffer: ~Copyable, @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        precondition(count > 0)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        base = raw.bindMemory(to: Float.self, capacity: count)
        base.initialize(repeating: 0, count: count)
        self.count = count
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    subscript(index: Int) -> Float {
        @inline(__always) get {
            assert(index >= 0 && index < count)
            return base[index]
        }
        @inline(__always) nonmutating set {
            assert(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    func clear() { base.update(repeating: 0, count: count) }

    /// Drops the oldest `block` samples and appends `block` new ones at the end.
    @inline(__always)
    func shiftIn(_ samples: UnsafePointer<Float>, block: Int) {
        base.update(from: base + block, count: count - block)
        (base + count - block).update(from: samples, count: block)
    }
}
