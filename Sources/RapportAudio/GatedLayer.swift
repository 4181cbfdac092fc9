/// A gated recurrent layer (reset, update, candidate; Cho et al. 2014, with the reset after the product).
struct GatedLayer: ~Copyable {
    let state: SampleBuffer
    private let size: Int
    private let input: DenseLayer
    private let recurrent: DenseLayer
    private let fromInput: SampleBuffer
    private let fromState: SampleBuffer

    /// `size` units, a multiple of eight, fed by as many.
    init(_ reader: inout WeightReader, size: Int) {
        self.size = size
        state = SampleBuffer(count: size)
        input = DenseLayer(&reader, rows: 3 * size, columns: size)
        recurrent = DenseLayer(&reader, rows: 3 * size, columns: size)
        fromInput = SampleBuffer(count: 3 * size)
        fromState = SampleBuffer(count: 3 * size)
    }

    func run(_ x: UnsafePointer<Float>) {
        input.run(x, into: fromInput.base)
        recurrent.run(state.base, into: fromState.base)
        let a = fromInput.base, b = fromState.base
        var k = 0
        while k < size {
            let reset = Kernels.sigmoid(Kernels.load(a, k) + Kernels.load(b, k))
            let update = Kernels.sigmoid(Kernels.load(a, size + k) + Kernels.load(b, size + k))
            let next = Kernels.tanh(Kernels.load(a, 2 * size + k) + reset * Kernels.load(b, 2 * size + k))
            let old = Kernels.load(state.base, k)
            Kernels.store(next + update * (old - next), state.base, k)
            k += 8
        }
    }
}
