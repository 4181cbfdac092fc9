import Glibc

/// Windows of the enhancement stage: a long, slowly rising analysis window for fine resolution, and a synthesis
/// window over its newest part only, so that the delay is the 8 ms overlap. Together they overlap-add to one.
struct SynthesisWindow: ~Copyable {
    /// Samples at 16 kHz by which the output lags the input.
    static let overlapAt16k = 128
    let analysis: SampleBuffer
    /// Over the newest `span` samples of the frame.
    let synthesis: SampleBuffer
    let length: Int
    let hop: Int
    let overlap: Int
    var span: Int { hop + overlap }

    /// `scale` is the rate in units of 16 kHz.
    init(scale: Int) {
        length = EchoGeometry.transform * scale
        hop = EchoGeometry.hop * scale
        overlap = SynthesisWindow.overlapAt16k * scale
        analysis = SampleBuffer(count: length)
        synthesis = SampleBuffer(count: hop + overlap)
        let rise = length - overlap
        for i in 0..<length {
            let x = i < rise ? (Double(i) + 0.5) / Double(rise) : (Double(length - i) - 0.5) / Double(overlap)
            analysis[i] = Float(sin(x * .pi / 2))
        }
        for i in 0..<(hop + overlap) {
            synthesis[i] = Float(SynthesisWindow.product(i, hop, overlap)) / analysis[length - hop - overlap + i]
        }
    }

    /// What the two windows multiply to: sin^2 up, one, cos^2 down.
    private static func product(_ i: Int, _ hop: Int, _ overlap: Int) -> Double {
        if i >= overlap, i < hop { return 1 }
        let x = i < overlap ? Double(i) + 0.5 : Double(hop + overlap - i) - 0.5
        let s = sin(x / Double(overlap) * .pi / 2)
        return s * s
    }
}
