import RapportBase
import Rapport
import Testing

@testable import RapportDevices

@Suite("A device's clock")
struct BeatKeeperTests {
    private let step: Int64 = 10_000_000

    @Test("a device off by half a percent is never corrected", arguments: [0.995, 1, 1.005])
    func honest(pace: Double) {
        var keeper = BeatKeeper()
        _ = keeper.missing(at: 0)
        var given = 0
        for tick in 1...100_000 {
            let now = Int64(tick) * step
            while Double(given) < Double(tick) * pace {
                given += 1
                let isAccepted = keeper.accepts(at: now)
                #expect(isAccepted)
            }
            let missing = keeper.missing(at: now)
            #expect(missing == 0)
        }
    }

    @Test("of a device at twice the rate half is left out, and at once no more when it is right again")
    func doubled() {
        var keeper = BeatKeeper()
        var accepted = 0
        for half in 0..<2_000 { if keeper.accepts(at: Int64(half) * step / 2) { accepted += 1 } }
        #expect(accepted >= 1_000 && accepted < 1_040)
        let refused = keeper.refused
        for tick in 1...200 { _ = keeper.accepts(at: 1_000 * step + Int64(tick) * step) }
        #expect(keeper.refused - refused <= 2)
    }

    @Test("a device that stands still is stood in for after 100 ms, and its backlog is bounded")
    func still() {
        var keeper = BeatKeeper()
        _ = keeper.accepts(at: 0)
        var made = 0
        for tick in 1...100 { made += keeper.missing(at: Int64(tick) * step) }
        #expect(made >= 85 && made <= 91)
        var accepted = 0
        for _ in 0..<100 { if keeper.accepts(at: 101 * step) { accepted += 1 } }
        #expect(accepted <= 22)
    }

    @Test("a clock that jumps, forth or back, makes no flood", arguments: [-1, 1] as [Int64])
    func jump(direction: Int64) {
        var keeper = BeatKeeper()
        _ = keeper.accepts(at: 10_000 * step)
        let missing = keeper.missing(at: 10_000 * step + direction * 5_000 * step)
        #expect(missing <= 3)
        var now = 10_000 * step + direction * 5_000 * step
        for _ in 0..<20 {
            now += step
            let isAccepted = keeper.accepts(at: now)
            #expect(isAccepted)
        }
    }
}

@Suite("Requests that come too late")
struct LateWatchTests {
    private let step: Int64 = 10_000_000

    private func row(_ watch: inout LateWatch, _ count: Int, at now: Int64) -> Int {
        var late = 0
        for index in 0..<count { late += watch.late(480, buffer: 1_200, at: now + Int64(index) * 20_000) }
        return late
    }

    @Test("a steady loudspeaker's are never late, not even with 20 ms between them")
    func steady() {
        var watch = LateWatch()
        var late = 0
        for tick in 0..<1_000 { late += watch.late(480, buffer: 1_200, at: Int64(tick) * step) }
        for tick in 0..<500 { late += watch.late(960, buffer: 1_200, at: 1_000 * step + Int64(tick) * 2 * step) }
        #expect(late == 0)
    }

    @Test("after a halt of 120 ms all but the buffer's length of twelve requests is late")
    func halt() {
        var watch = LateWatch()
        _ = watch.late(480, buffer: 1_200, at: 0)
        let late = row(&watch, 12, at: 12 * step), after = row(&watch, 1, at: 13 * step)
        #expect(late == 12 * 480 - 1_200 && after == 0)
    }

    @Test("a loudspeaker that stood still itself costs one request at most")
    func suspended() {
        var watch = LateWatch()
        _ = watch.late(480, buffer: 1_200, at: 0)
        let first = row(&watch, 1, at: 500 * step)
        var rest = 0
        for tick in 1..<100 { rest += row(&watch, 1, at: (500 + Int64(tick)) * step) }
        #expect(first <= 480 && rest == 0)
    }
}

@Suite("What was played, as the canceller sees it")
struct RenderReferenceTests {
    private func write(_ reference: inout RenderReference, _ samples: [Int16]) {
        samples.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { reference.wrote(base, count: buffer.count) }
        }
    }

    /// One block, when all its samples are alike that sample; else nil.
    private func level(_ reference: inout RenderReference) -> Int16? {
        let block = read(&reference)
        return block.allSatisfy { $0 == block[0] } ? block[0] : nil
    }

    private func read(_ reference: inout RenderReference) -> [Int16] {
        var block = [Int16](repeating: -1, count: 480)
        block.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { reference.read(into: base) }
        }
        return block
    }

    @Test("every sample comes in its order, whatever lengths it was written in", arguments: [1, 2, 3] as [UInt64])
    func order(seed: UInt64) {
        var noise = Noise(seed: seed)
        var reference = RenderReference()
        var written = (0..<1_440).map { _ in noise.sample(9_000) }
        write(&reference, written)
        var got = read(&reference)
        while written.count < 200_000 {
            // 5 to 30 ms at a time, as devices ask, while the microphone gives 10 ms each 10 ms.
            let piece = (0..<(240 + abs(Int(noise.sample(1_200))))).map { _ in noise.sample(9_000) }
            write(&reference, piece)
            written += piece
            while got.count + RenderReference.usualHold < written.count { got += read(&reference) }
        }
        let isEqual = got == Array(written[..<got.count])
        #expect(isEqual && got.count > 150_000 && reference.slips == 0)
    }

    @Test("where nothing was written yet there is silence, and the time line goes on")
    func dry() {
        var reference = RenderReference()
        var levels = [level(&reference)]
        write(&reference, [Int16](repeating: 7, count: 1_440))
        for _ in 0..<4 { levels.append(level(&reference)) }
        // The next 480 samples belong to the place that has just been read as silence.
        write(&reference, [Int16](repeating: 8, count: 480) + [Int16](repeating: 9, count: 480))
        levels.append(level(&reference))
        #expect(levels == [0, 7, 7, 7, 0, 9])
    }

    @Test("reading that has come ahead of writing for good falls back to its place within 100 ms")
    func ahead() {
        var reference = RenderReference()
        write(&reference, [Int16](repeating: 1, count: 4_800))
        // Silence stood in for blocks of the microphone, which then came as well.
        for _ in 0..<4 { _ = read(&reference) }
        var levels: [Int16?] = []
        for _ in 0..<20 {
            write(&reference, [Int16](repeating: 2, count: 480))
            levels.append(level(&reference))
        }
        #expect(levels[0] == 0 && levels.suffix(10).allSatisfy { $0 == 2 })
        #expect(reference.slips == 1)
    }

    @Test("clocks that differ are set right in steps of 10 ms", arguments: [-200, 200])
    func drift(ppm: Int) {
        var reference = RenderReference()
        var due = 0.0
        for _ in 0..<30_000 {
            due += 480 * (1 + Double(ppm) * 1e-6)
            write(&reference, [Int16](repeating: 1, count: Int(due)))
            due -= Double(Int(due))
            _ = read(&reference)
        }
        // 14.4 million samples at 200 ppm are 2880: six steps, the first later by the room there is.
        #expect(reference.slips >= 2 && reference.slips <= 7)
    }

    @Test("another device begins with the patience of a first one")
    func restart() {
        var reference = RenderReference()
        for _ in 0..<2 {
            // Half a block ahead of writing, for two of the three windows after which it would be moved.
            write(&reference, [Int16](repeating: 1, count: 4_800))
            for _ in 0..<3 { _ = read(&reference) }
            write(&reference, [Int16](repeating: 1, count: 240))
            for _ in 0..<230 {
                _ = read(&reference)
                write(&reference, [Int16](repeating: 1, count: 480))
            }
            #expect(reference.slips == 0)
            reference.restart()
        }
    }

    @Test("after a long halt of either side reading begins anew at its place")
    func halt() {
        var reference = RenderReference()
        write(&reference, [Int16](repeating: 1, count: 48_000))
        _ = read(&reference)
        write(&reference, [Int16](repeating: 2, count: 48_000))
        let found = level(&reference)
        #expect(found == 2 && reference.slips == 1)
    }
}

@Suite("The choice of a device")
struct AudioDeviceChoiceTests {
    private let devices = [
        AudioDeviceDescription(kind: .microphone, name: "desk", isDefault: true),
        AudioDeviceDescription(kind: .microphone, name: "headset"),
        AudioDeviceDescription(kind: .loudspeaker, name: "box", isDefault: true),
        AudioDeviceDescription(kind: .microphone, name: "box.monitor", isMonitor: true),
    ]

    @Test("a name is taken where it is, the default stands in where it is not")
    func named() {
        #expect(AudioDeviceChoice.named("headset").device(of: .microphone, in: devices)?.name == "headset")
        #expect(AudioDeviceChoice.named("gone").device(of: .microphone, in: devices)?.name == "desk")
        #expect(AudioDeviceChoice.named("box").device(of: .microphone, in: devices)?.name == "desk")
        #expect(AudioDeviceChoice.none.device(of: .microphone, in: devices) == nil)
        #expect(AudioDeviceChoice.standard.device(of: .loudspeaker, in: devices)?.name == "box")
    }

    @Test("a monitor is a microphone only by its name")
    func monitor() {
        var only = devices.filter(\.isMonitor)
        only[0].isDefault = true
        #expect(AudioDeviceChoice.standard.device(of: .microphone, in: only) == nil)
        #expect(AudioDeviceChoice.named("box.monitor").device(of: .microphone, in: only)?.name == "box.monitor")
    }

    @Test("a command line's words")
    func words() {
        #expect(AudioDeviceChoice(parsing: "none") == .none)
        #expect(AudioDeviceChoice(parsing: "default") == .standard)
        #expect(AudioDeviceChoice(parsing: "alsa_input.usb") == .named("alsa_input.usb"))
    }
}
