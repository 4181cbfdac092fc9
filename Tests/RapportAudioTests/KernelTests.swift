import Glibc
import Testing

@testable import RapportAudio

@Suite("Kernels against plain loops")
struct KernelTests {
    private static let count = 264

    private func row(_ seed: UInt64, scale: Float = 1) -> SampleBuffer {
        var noise = SeededNoise(seed: seed)
        let buffer = SampleBuffer(count: KernelTests.count)
        for i in 0..<buffer.count { buffer[i] = scale * noise.next() }
        return buffer
    }

    private func bank(_ seed: UInt64) -> SpectrumBank {
        var noise = SeededNoise(seed: seed)
        let bank = SpectrumBank(count: 1, stride: KernelTests.count)
        for i in 0..<bank.storage.count { bank.storage[i] = noise.next() }
        return bank
    }

    @Test("complex multiply-accumulate")
    func multiplyAccumulate() {
        let a = bank(1), b = bank(2), sum = bank(3), before = bank(3)
        Kernels.multiplyAccumulate(a[0], b[0], into: sum[0], count: KernelTests.count)
        for k in 0..<KernelTests.count {
            let re = before[0].real[k] + a[0].real[k] * b[0].real[k] - a[0].imaginary[k] * b[0].imaginary[k]
            let im = before[0].imaginary[k] + a[0].real[k] * b[0].imaginary[k] + a[0].imaginary[k] * b[0].real[k]
            #expect(abs(sum[0].real[k] - re) < 1e-5)
            #expect(abs(sum[0].imaginary[k] - im) < 1e-5)
        }
    }

    @Test("weighted conjugate multiply-accumulate")
    func conjugate() {
        let a = bank(4), b = bank(5), sum = bank(6), before = bank(6), weight = row(7)
        Kernels.conjugateMultiplyAccumulate(a[0], b[0], weight: weight.base, into: sum[0], count: KernelTests.count)
        for k in 0..<KernelTests.count {
            let re = a[0].real[k] * b[0].real[k] + a[0].imaginary[k] * b[0].imaginary[k]
            let im = a[0].real[k] * b[0].imaginary[k] - a[0].imaginary[k] * b[0].real[k]
            #expect(abs(sum[0].real[k] - before[0].real[k] - weight[k] * re) < 1e-5)
            #expect(abs(sum[0].imaginary[k] - before[0].imaginary[k] - weight[k] * im) < 1e-5)
        }
    }

    @Test("power, add, multiply, multiply-add, smooth")
    func rows() {
        let spectrum = bank(8), power = row(9), a = row(10), b = row(11)
        Kernels.power(spectrum[0], into: power.base, count: KernelTests.count)
        let sum = row(12), product = row(13), added = row(14), smoothed = row(15)
        let sumBefore = row(12), addedBefore = row(14), smoothedBefore = row(15)
        Kernels.add(a.base, into: sum.base, count: KernelTests.count)
        Kernels.multiply(a.base, b.base, into: product.base, count: KernelTests.count)
        Kernels.multiplyAdd(a.base, b.base, into: added.base, count: KernelTests.count)
        Kernels.smooth(a.base, keep: 0.8, into: smoothed.base, count: KernelTests.count)
        for k in 0..<KernelTests.count {
            let r = spectrum[0].real[k], i = spectrum[0].imaginary[k]
            #expect(abs(power[k] - (r * r + i * i)) < 1e-6)
            #expect(abs(sum[k] - (sumBefore[k] + a[k])) < 1e-6)
            #expect(abs(product[k] - a[k] * b[k]) < 1e-6)
            #expect(abs(added[k] - (addedBefore[k] + a[k] * b[k])) < 1e-6)
            #expect(abs(smoothed[k] - (0.8 * smoothedBefore[k] + 0.2 * a[k])) < 1e-6)
        }
    }

    @Test("inner product at counts that are and are not multiples of sixteen", arguments: [8, 16, 24, 264])
    func dot(count: Int) {
        let a = row(16), b = row(17)
        var sum = 0.0
        for k in 0..<count { sum += Double(a[k]) * Double(b[k]) }
        #expect(abs(Double(Kernels.dot(a.base, b.base, count: count)) - sum) < 1e-4)
    }

    @Test("logarithm, exponential, sigmoid and tangent agree with the library's")
    func functions() {
        var noise = SeededNoise(seed: 18)
        for _ in 0..<500 {
            let x = 20 * noise.next()
            let lanes = Kernels.Lanes(repeating: x)
            let positive = exp(x)
            #expect(abs(Kernels.log2(Kernels.Lanes(repeating: positive))[3] - log2(positive)) < 1e-5 * (1 + abs(x)))
            #expect(abs(Kernels.exp2(lanes)[0] / exp2(x) - 1) < 1e-5)
            #expect(abs(Kernels.sigmoid(lanes)[7] - 1 / (1 + exp(-x))) < 1e-5)
            #expect(abs(Kernels.tanh(lanes)[5] - tanh(x)) < 1e-5)
        }
        #expect(Kernels.exp2(Kernels.Lanes(repeating: 1e9))[0].isFinite)
        #expect(Kernels.exp2(Kernels.Lanes(repeating: -1e9))[0] >= 0)
    }
}
