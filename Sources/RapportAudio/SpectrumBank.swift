/// A row of half spectra in one block of memory, each `2 * stride` floats (real parts, then imaginary parts).
struct SpectrumBank: ~Copyable {
    let storage: SampleBuffer
    let stride: Int
    let count: Int

    init(count: Int, stride: Int) {
        storage = SampleBuffer(count: count * 2 * stride)
        self.stride = stride
        self.count = count
    }

    subscript(index: Int) -> SpectrumView {
        @inline(__always) get {
            assert(index >= 0 && index < count)
            return SpectrumView(storage.base + index * 2 * stride, stride: stride)
        }
    }

    func clear(_ index: Int) { (storage.base + index * 2 * stride).update(repeating: 0, count: 2 * stride) }

    func copy(_ index: Int, from source: Int) {
        (storage.base + index * 2 * stride).update(from: storage.base + source * 2 * stride, count: 2 * stride)
    }

    func copy(_ index: Int, from other: borrowing SpectrumBank, _ otherIndex: Int) {
        (storage.base + index * 2 * stride).update(
            from: other.storage.base + otherIndex * 2 * stride, count: 2 * stride)
    }
}
