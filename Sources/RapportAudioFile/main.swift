import Glibc
import RapportAudio

// rapport-audio FAR MIC OUT RATE: runs the echo canceller over two files of raw 16-bit little-endian mono sound.
// --linear writes the linear part's error, --no-mask lets signal processing decide, --noise-only cancels no echo,
// --mask-inputs FILE writes what the mask is fed.

func fail(_ message: String) -> Never {
    let line = Array("rapport-audio: \(message)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    exit(2)
}

func threadCPUSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

let arguments = CommandLine.arguments
guard arguments.count >= 5, let hertz = Int(arguments[4]), let rate = SampleRate(rawValue: hertz) else {
    fail("usage: rapport-audio FAR MIC OUT RATE (raw 16-bit little-endian mono; RATE 16000 or 48000)")
}
let linearOnly = arguments.contains("--linear")
let dumpPath = arguments.firstIndex(of: "--mask-inputs").flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
let dump = dumpPath.flatMap { fopen($0, "wb") }
do {
    let far = try RawFile.read(arguments[1])
    let microphone = try RawFile.read(arguments[2])
    var canceller = EchoCanceller(
        sampleRate: rate, decisions: arguments.contains("--no-mask") ? .signalProcessing : .trainedMask)
    // As with headphones: no echo canceller, noise suppression alone.
    var suppressor: NoiseSuppressor? = arguments.contains("--noise-only") ? NoiseSuppressor(sampleRate: rate) : nil
    let length = rate.blockLength
    let blocks = microphone.count / length
    var output = [Int16](repeating: 0, count: microphone.count)
    var near = [Float](repeating: 0, count: length)
    var played = [Float](repeating: 0, count: length)
    var linear: [Int16] = []
    let start = threadCPUSeconds()
    for block in 0..<blocks {
        for i in 0..<length {
            let index = block * length + i
            near[i] = Float(microphone[index]) / 32768
            played[i] = index < far.count ? Float(far[index]) / 32768 : 0
        }
        var span = near.mutableSpan
        if suppressor == nil {
            canceller.process(near: &span, far: played.span)
        } else {
            suppressor?.process(&span)
        }
        for i in 0..<length { output[block * length + i] = Int16(max(-32768, min(32767, (near[i] * 32768).rounded()))) }
        if linearOnly {
            canceller.withLinearError { e in
                for x in e { linear.append(Int16(max(-32768, min(32767, (x * 32768).rounded())))) }
            }
        }
        if let dump { canceller.withMaskInputs { _ = fwrite($0.baseAddress, 4, $0.count, dump) } }
    }
    if let dump { fclose(dump) }
    let seconds = threadCPUSeconds() - start
    try RawFile.write(linearOnly ? linear : output, to: arguments[3])
    let cost = blocks > 0 ? seconds * 1000 / Double(blocks) : 0
    print("{\"cpu_ms_per_10ms\": \((cost * 100_000).rounded() / 100_000), \"blocks\": \(blocks)}")
} catch {
    fail("cannot read or write \(error.path)")
}
