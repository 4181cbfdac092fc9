import RapportAudio

/// A level meter for 16-bit blocks of 10 ms at 48 kHz.
struct BlockMeter {
    private(set) var level = LevelMeter()
    private var scaled = [Float](repeating: 0, count: DeviceCore.block)

    mutating func note(_ block: [Int16]) {
        for index in scaled.indices { scaled[index] = index < block.count ? Float(block[index]) / 32_768 : 0 }
        var meter = level
        meter.note(scaled.span)
        level = meter
    }
}
