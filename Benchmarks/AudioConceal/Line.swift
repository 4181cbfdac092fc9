import RapportBase
import RapportCodecs
import RapportMedia

/// Packets of 20 ms at 32 kbit/s, some of them lost, and what a listener hears of them.
struct Line: ~Copyable {
    private(set) var packets: [[UInt8]] = []
    private(set) var lost: [Bool] = []
    private let loss: Double
    private var random: SplitMix
    private var encoder: OpusEncoder
    private static let samples = 960

    init(loss: Double, seed: UInt64, isPlain: Bool) throws(CodecError) {
        encoder = try isPlain ? Self.plainEncoder(loss) : Self.callEncoder(loss)
        self.loss = loss
        random = SplitMix(seed: seed)
    }

    private static func plainEncoder(_ loss: Double) throws(CodecError) -> OpusEncoder {
        let configuration = OpusEncoderConfiguration(
            bitrate: .kilobits(32), complexity: 10, expectedLoss: Int(loss * 100), inbandFEC: loss > 0)
        return try OpusEncoder(configuration: configuration)
    }

    /// As in a call: the plan for a line of 100 kbit/s whose loss the peer has reported for a while.
    private static func callEncoder(_ loss: Double) throws(CodecError) -> OpusEncoder {
        var encoder = try OpusEncoder(configuration: OpusEncoderConfiguration(complexity: 8))
        try encoder.follow(.speech(on: .kilobits(100), loss: loss))
        return encoder
    }

    mutating func code(_ sound: [Int16]) throws(CodecError) {
        var start = 0
        while start + Self.samples <= sound.count {
            var packet: [UInt8] = []
            _ = try encoder.encode(Array(sound[start..<start + Self.samples]), into: &packet)
            packets.append(packet)
            // The stream's start is not what is judged.
            lost.append(packets.count > 5 && random.uniform() < loss)
            start += Self.samples
        }
    }

    /// libopus alone: the next packet is always at hand.
    func playPlainly() throws(CodecError) -> [Int16] {
        var decoder = try OpusDecoder()
        var played: [Int16] = []
        for (index, packet) in packets.enumerated() {
            if !lost[index] {
                _ = try decoder.decode(packet, into: &played)
            } else if index + 1 < packets.count, !lost[index + 1] {
                _ = try decoder.decodeFEC(packets[index + 1], samples: Self.samples, into: &played)
            } else {
                _ = try decoder.conceal(samples: Self.samples, into: &played)
            }
        }
        return played
    }

    /// The engine's receive side: jitter buffer, decoder, stretching and joining, pulled every 10 ms.
    func play() throws(CodecError) -> [Int16] {
        var buffer = AudioJitterBuffer(AudioJitterBuffer.Configuration())
        var sound = PlayoutSound()
        var decoder = try OpusDecoder()
        var (played, payload, decoded, next) = ([Int16](), [UInt8](), [Int16](), 0)
        for tick in 0..<(packets.count * 2 + 20) {
            let now = Double(tick) * 10 + 3.7
            while next < packets.count, Double(next) * 20 <= now {
                if !lost[next] { insert(next, into: &buffer) }
                next += 1
            }
            repeat {
                let report = sound.takeReport()
                let pull = buffer.pull(at: Timestamp(nanoseconds: Int64(now * 1e6)), report, payload: &payload)
                decoded.removeAll(keepingCapacity: true)
                try Self.decode(pull, payload, &decoder, &decoded)
                sound.append(decoded, for: pull)
            } while sound.samplesAhead < PlayoutSound.block
            sound.take(into: &played)
        }
        return played
    }

    private func insert(_ index: Int, into buffer: inout AudioJitterBuffer) {
        let packet = AudioJitterBuffer.Packet(
            sequenceNumber: SequenceNumber(1_000) + index, timestamp: RTPTimestamp(48_000) + index * Self.samples,
            samples: Self.samples, hasFEC: loss > 0)
        let arrival = Timestamp(nanoseconds: Int64(index) * 20_000_000)
        let bytes = packets[index]
        buffer.insert(packet, payload: bytes.span, arrival: arrival)
    }

    private static func decode(
        _ pull: AudioPull, _ payload: [UInt8], _ decoder: inout OpusDecoder, _ decoded: inout [Int16]
    ) throws(CodecError) {
        switch pull.source {
        case .packet: _ = try decoder.decode(payload, into: &decoded)
        case .fec: _ = try decoder.decodeFEC(payload, samples: pull.samples, into: &decoded)
        case .conceal, .comfortNoise: try decoder.conceal(anyCount: pull.samples, into: &decoded)
        case .silence, .nothing: break
        }
    }
}
