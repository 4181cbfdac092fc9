/// The trained part of the decisions: a small recurrent network that reads `MaskInputs` in bands, and says per band how
/// the two per-bin ratios (error over echo, error over noise) become a gain.
struct EchoMask: ~Copyable {
    private static let rows = 8
    /// Added to every logit: where the leak goal is kept with the least cut off from the near end (docs/design/echo.md).
    private static let bias: Float = 0.3
    let gains: SampleBuffer
    private let bands: Int
    private let edges: [Int]
    private let dense: DenseLayer
    private let first: GatedLayer
    private let second: GatedLayer
    private let out: DenseLayer
    private let inputs: SampleBuffer
    private let hidden: SampleBuffer
    private let joined: SampleBuffer
    private let numbers: SampleBuffer
    private let lower: [Int]
    private let part: SampleBuffer
    private let terms: SpectrumBank
    private let logs: SpectrumBank

    /// Nil when the weights are not of this shape: the signal processing then decides alone.
    static func make(_ text: StaticString = MaskWeights.text) -> EchoMask? {
        var reader = WeightReader(text)
        let bands = reader.number(), size = reader.number()
        guard bands == MaskBands.count, size > 0, size % 8 == 0 else { return nil }
        let biases = size + 12 * size + 3 * bands
        let columns = size * rows * bands + 12 * size * size + 3 * bands * 2 * size
        guard reader.count == 4 + 4 * (biases + biases) + columns else { return nil }
        return EchoMask(&reader, size: size)
    }

    private init(_ reader: inout WeightReader, size: Int) {
        bands = MaskBands.count
        edges = MaskBands.edges
        dense = DenseLayer(&reader, rows: size, columns: EchoMask.rows * bands)
        first = GatedLayer(&reader, size: size)
        second = GatedLayer(&reader, size: size)
        out = DenseLayer(&reader, rows: 3 * bands, columns: 2 * size)
        inputs = SampleBuffer(count: (EchoMask.rows * bands + 7) / 8 * 8)
        hidden = SampleBuffer(count: size)
        joined = SampleBuffer(count: 2 * size)
        numbers = SampleBuffer(count: (3 * bands + 7) / 8 * 8)
        let stride = EchoGeometry.stride
        gains = SampleBuffer(count: stride)
        part = SampleBuffer(count: stride)
        terms = SpectrumBank(count: 2, stride: stride)
        logs = SpectrumBank(count: 2, stride: stride)
        lower = EchoMask.placeBins(into: part)
    }

    /// Between which band centres each bin lies, and how far.
    private static func placeBins(into part: borrowing SampleBuffer) -> [Int] {
        let centres = (0..<MaskBands.count).map(MaskBands.centre)
        return (0..<EchoGeometry.bins).map { bin in
            let below = centres.lastIndex { $0 < Float(bin) } ?? 0
            let band = min(MaskBands.count - 2, below)
            part[bin] = min(1, max(0, (Float(bin) - centres[band]) / (centres[band + 1] - centres[band])))
            return band
        }
    }

    /// Takes one block's inputs per bin; leaves the gains.
    func decide(_ block: MaskInputs) {
        fillInputs(block)
        dense.run(inputs.base, into: hidden.base)
        var k = 0
        while k < hidden.count {
            Kernels.store(Kernels.tanh(Kernels.load(hidden.base, k)), hidden.base, k)
            k += 8
        }
        first.run(hidden.base)
        second.run(first.state.base)
        joined.base.update(from: first.state.base, count: first.state.count)
        (joined.base + first.state.count).update(from: second.state.base, count: second.state.count)
        out.run(joined.base, into: numbers.base)
        compareBins(block.error, block.echo, block.noise)
        combine()
    }

    /// Band powers as logarithms, centred; the likeness as it is.
    private func fillInputs(_ block: MaskInputs) {
        sum(block.error, row: 0)
        sum(block.echo, row: 1)
        sum(block.noise, row: 2)
        sum(block.far, row: 3)
        sum(block.microphone, row: 4)
        sum(block.searchError, row: 5)
        sum(block.allFar, row: 6)
        let logs = (EchoMask.rows - 1) * bands
        Kernels.log10(inputs.base, floor: 1e-6, into: inputs.base, count: inputs.count)
        for i in 0..<logs { inputs[i] = 0.5 * (inputs[i] + 2) }
        sum(block.likeness, row: EchoMask.rows - 1)
        for i in logs..<(logs + bands) { inputs[i] *= 2 }
    }

    private func sum(_ power: UnsafePointer<Float>, row: Int) {
        for band in 0..<bands {
            var sum: Float = 0
            for k in edges[band]..<edges[band + 1] { sum += power[k] }
            inputs[row * bands + band] = sum / Float(edges[band + 1] - edges[band])
        }
    }

    /// Log10 ratios per bin: error (smoothed over three bins) over echo and over noise.
    private func compareBins(
        _ error: UnsafePointer<Float>, _ echo: UnsafePointer<Float>, _ noise: UnsafePointer<Float>
    ) {
        let last = EchoGeometry.bins - 1
        let smooth = terms[0].real
        for k in 1..<last { smooth[k] = 0.5 * error[k] + 0.25 * (error[k - 1] + error[k + 1]) }
        // The training rolls the spectrum round; its ends see each other.
        smooth[0] = 0.5 * error[0] + 0.25 * (error[1] + error[last])
        smooth[last] = 0.5 * error[last] + 0.25 * (error[last - 1] + error[0])
        let stride = EchoGeometry.stride
        Kernels.log10(smooth, floor: 1e-10, into: logs[0].real, count: stride)
        Kernels.log10(echo, floor: 1e-10, into: logs[0].imaginary, count: stride)
        Kernels.log10(noise, floor: 1e-10, into: logs[1].real, count: stride)
        let e = logs[0].real, y = logs[0].imaginary, n = logs[1].real
        var k = 0
        let floor = Kernels.Lanes(repeating: -7), three = Kernels.Lanes(repeating: 3)
        while k < stride {
            let value = Kernels.load(e, k)
            let overEcho = value - pointwiseMax(Kernels.load(y, k), floor)
            let overNoise = value - pointwiseMax(Kernels.load(n, k), floor)
            Kernels.store(overEcho.clamped(lowerBound: -three, upperBound: three), terms[1].real, k)
            Kernels.store(
                overNoise.clamped(lowerBound: Kernels.Lanes(repeating: -1), upperBound: three), terms[1].imaginary, k)
            k += 8
        }
    }

    private func combine() {
        let overEcho = terms[1].real, overNoise = terms[1].imaginary
        for k in 0..<EchoGeometry.bins {
            let band = lower[k], t = part[k]
            func number(_ kind: Int) -> Float {
                let a = numbers[kind * bands + band]
                return a + t * (numbers[kind * bands + band + 1] - a)
            }
            gains[k] = number(0) + number(1) * overEcho[k] + number(2) * overNoise[k]
        }
        var k = 0
        while k < EchoGeometry.stride {
            Kernels.store(Kernels.sigmoid(Kernels.load(gains.base, k) + EchoMask.bias), gains.base, k)
            k += 8
        }
    }
}
