/// y = W x + b; rows padded to whole vectors.
struct DenseLayer: ~Copyable {
    let rows: Int
    private let stride: Int
    private let weights: SampleBuffer
    private let bias: SampleBuffer

    init(_ reader: inout WeightReader, rows: Int, columns: Int) {
        self.rows = rows
        stride = (columns + 7) / 8 * 8
        weights = reader.matrix(rows: rows, columns: columns)
        bias = reader.bias(rows)
    }

    /// `input` is padded with zeros to whole vectors.
    func run(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        for row in 0..<rows {
            output[row] = bias[row] + Kernels.dot(weights.base + row * stride, input, count: stride)
        }
    }
}
