import Glibc
import Testing

@testable import RapportAudio

@Suite("Capture pipeline and its parts")
struct CaptureTests {
    private func tone(_ frequency: Float, _ amplitude: Float, _ count: Int, rate: Float = 16_000) -> [Float] {
        (0..<count).map { amplitude * sin(2 * .pi * frequency * Float($0) / rate) }
    }

    @Test("the meter reads a tone's peak and RMS in dBFS")
    func meter() {
        var meter = LevelMeter()
        let block = tone(1_000, 0.5, 160)
        for _ in 0..<300 { meter.note(block.span) }
        #expect(abs(meter.peak + 6.02) < 0.1)
        #expect(abs(meter.rms + 9.03) < 0.1)
        #expect(!meter.isClipping && !meter.isDead)
    }

    @Test("the meter tells clipping and a dead microphone")
    func faults() {
        var clipping = LevelMeter(), dead = LevelMeter()
        let loud = tone(440, 3, 160).map { max(-1, min(1, $0)) }
        let flat = [Float](repeating: 0.01, count: 160)
        for _ in 0..<250 {
            clipping.note(loud.span)
            dead.note(flat.span)
        }
        #expect(clipping.isClipping && clipping.clippedSamples > 1_000)
        #expect(dead.isDead && !dead.isClipping)
        let alive = tone(300, 0.01, 160)
        dead.note(alive.span)
        #expect(!dead.isDead)
    }

    @Test("the high-pass takes DC away and leaves speech")
    func highPass() {
        var filter = HighPassFilter(sampleRate: .wideband)
        var dc = [Float](repeating: 0.5, count: 16_000)
        var span = dc.mutableSpan
        filter.process(&span)
        #expect(abs(dc[15_999]) < 1e-3)
        var speech = tone(500, 0.5, 16_000)
        span = speech.mutableSpan
        filter.process(&span)
        #expect(abs(Scene.energy(speech[8_000...]) / (8_000 * 0.125) - 1) < 0.02)
    }

    @Test(
        "gain control brings quiet and loud speech to the target, slowly, without clipping",
        arguments: [0.01, 0.6] as [Float])
    func gain(amplitude: Float) {
        var control = GainControl(.init(target: -20, maximumGain: 30, minimumGain: -20))
        var last: [Float] = [], steepest: Float = 0, before = control.gain
        for _ in 0..<1_500 {
            last = tone(400, amplitude, 160)
            var span = last.mutableSpan
            control.process(&span, isSpeech: true)
            steepest = max(steepest, control.gain - before)
            before = control.gain
            #expect(last.allSatisfy { abs($0) <= 0.9 })
        }
        let level = 10 * log10(Scene.energy(last) / 160)
        #expect(abs(level + 20) < 1)
        #expect(steepest < 0.04, "4 dB a second up at most")
    }

    @Test("gain control holds in silence and catches a sudden shout")
    func shout() {
        var control = GainControl(.init(target: -20, maximumGain: 20))
        for _ in 0..<1_000 {
            var quiet = tone(400, 0.01, 160)
            var span = quiet.mutableSpan
            control.process(&span, isSpeech: true)
        }
        let held = control.gain
        for _ in 0..<500 {
            var silence = [Float](repeating: 0, count: 160)
            var span = silence.mutableSpan
            control.process(&span, isSpeech: false)
        }
        #expect(control.gain == held)
        var shout = tone(400, 0.9, 160)
        var span = shout.mutableSpan
        control.process(&span, isSpeech: true)
        #expect(shout.allSatisfy { abs($0) <= 0.89 })
    }

    @Test("noise suppression lowers steady noise by ten decibels and keeps a tone that comes and goes")
    func noiseSuppression() {
        var noise = SeededNoise(seed: 4)
        var suppressor = NoiseSuppressor(sampleRate: .wideband)
        var quiet: Float = 0, speech: Float = 0
        for block in 0..<1_000 {
            let on = block % 100 >= 50
            var samples = (0..<160).map { i in
                0.01 * noise.next() + (on ? 0.2 * sin(2 * .pi * 700 * Float(block * 160 + i) / 16_000) : 0)
            }
            var span = samples.mutableSpan
            suppressor.process(&span)
            if block > 500 {
                if block % 100 > 10, block % 100 < 48 { quiet += Scene.energy(samples) }
                if block % 100 > 60, block % 100 < 98 { speech += Scene.energy(samples) }
            }
        }
        #expect(quiet / (185 * 160) < 0.1 * 1e-4 / 3)
        #expect(speech / (185 * 160) > 0.8 * 0.02)
    }

    @Test("voice activity follows syllables and not steady noise")
    func voice() {
        var noise = SeededNoise(seed: 6)
        var voice = VoiceActivity()
        var falseAlarms = 0, hits = 0
        for block in 0..<1_000 {
            let talking = block > 500
            let samples = (0..<160).map { i in
                0.005 * noise.next()
                    + (talking && block % 40 < 25 ? 0.1 * sin(2 * .pi * 200 * Float(block * 160 + i) / 16_000) : 0)
            }
            voice.note(samples.span)
            if block > 100, block < 500, voice.isActive { falseAlarms += 1 }
            if talking, block % 40 > 2, block % 40 < 25, voice.isActive { hits += 1 }
        }
        #expect(falseAlarms == 0)
        #expect(hits > 250)
    }

    @Test("mute is digital silence while the canceller goes on learning")
    func mute() {
        let scene = Scene(seconds: 5, delay: 700, seed: 11)
        let microphone = scene.microphone
        var pipeline = CapturePipeline(sampleRate: .wideband)
        pipeline.isMuted = true
        for block in 0..<(Build.isOptimised ? 500 : 200) {
            var near = Array(microphone[block * 160..<(block + 1) * 160])
            let far = Array(scene.far[block * 160..<(block + 1) * 160])
            var span = near.mutableSpan
            pipeline.process(near: &span, far: far.span)
            #expect(near.allSatisfy { $0 == 0 })
        }
        #expect(pipeline.statistics.echo.state == .converged)
        #expect(pipeline.statistics.isMuted)
        #expect(pipeline.statistics.sent.peak == -120)
        #expect(pipeline.statistics.microphone.peak > -60)
    }

    @Test("without echo cancelling the pipeline still suppresses noise and meters", arguments: SampleRate.allCases)
    func headphones(rate: SampleRate) {
        var noise = SeededNoise(seed: 8)
        var pipeline = CapturePipeline(
            sampleRate: rate, configuration: .init(cancelsEcho: false, controlsGain: false))
        var last: Float = 0
        for _ in 0..<400 {
            var near = (0..<rate.blockLength).map { _ in 0.02 * noise.next() }
            let far = [Float](repeating: 0, count: rate.blockLength)
            var span = near.mutableSpan
            pipeline.process(near: &span, far: far.span)
            last = Scene.energy(near) / Float(rate.blockLength)
        }
        #expect(last < 0.2 * 1.3e-4)
        #expect(pipeline.statistics.gain == 0)
    }
}
