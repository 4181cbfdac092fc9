import Glibc
import Testing

@testable import RapportAudio

@Suite("Real Fourier transform")
struct RealFFTTests {
    private func signal(_ size: Int, seed: UInt64) -> [Float] {
        var noise = SeededNoise(seed: seed)
        return (0..<size).map { _ in noise.next() }
    }

    private func plain(_ x: [Float], bin: Int) -> (Double, Double) {
        var re = 0.0, im = 0.0
        for (n, value) in x.enumerated() {
            let angle = -2 * Double.pi * Double(bin * n % x.count) / Double(x.count)
            re += Double(value) * cos(angle)
            im += Double(value) * sin(angle)
        }
        return (re, im)
    }

    @Test("every bin agrees with the plain transform", arguments: [32, 96, 128, 384, 512, 1536])
    func forward(size: Int) {
        let fft = RealFFT(size: size)
        let bank = SpectrumBank(count: 1, stride: size / 2 + 8)
        let x = signal(size, seed: UInt64(size))
        x.withUnsafeBufferPointer { fft.forward($0.baseAddress!, into: bank[0]) }
        for bin in 0...(size / 2) {
            let (re, im) = plain(x, bin: bin)
            #expect(abs(Double(bank[0].real[bin]) - re) < 2e-4 * Double(size).squareRoot(), "bin \(bin)")
            #expect(abs(Double(bank[0].imaginary[bin]) - im) < 2e-4 * Double(size).squareRoot(), "bin \(bin)")
        }
    }

    @Test("the inverse gives the samples back", arguments: [32, 96, 512, 1536])
    func inverse(size: Int) {
        let fft = RealFFT(size: size)
        let bank = SpectrumBank(count: 1, stride: size / 2 + 8)
        let back = SampleBuffer(count: size)
        let x = signal(size, seed: 7)
        x.withUnsafeBufferPointer { fft.forward($0.baseAddress!, into: bank[0]) }
        fft.inverse(bank[0], into: back.base)
        for i in 0..<size { #expect(abs(back[i] - x[i]) < 1e-5) }
    }
}
