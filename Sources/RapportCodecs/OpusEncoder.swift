import COpus
import RapportBase

/// Turns blocks of sound into Opus packets. RFC 6716; its RTP payload is RFC 7587.
///
/// Owns the libopus state; used by one thread at a time. One call makes one packet.
public struct OpusEncoder: ~Copyable {
    public private(set) var configuration: OpusEncoderConfiguration
    /// The last packet says "nothing new" (one or two bytes): it need not be sent. RFC 7587 section 3.1.3.
    public private(set) var lastPacketWasDTX = false
    private let state: OpaquePointer

    /// - Throws: `invalidSetting` naming the first setting out of range, `outOfMemory`.
    public init(configuration: OpusEncoderConfiguration = OpusEncoderConfiguration()) throws(CodecError) {
        try OpusRate.check(sampleRate: configuration.sampleRate, channels: configuration.channels)
        try configuration.checkRanges()
        var status: Int32 = 0
        let created = opus_encoder_create(
            Int32(configuration.sampleRate), Int32(configuration.channels), configuration.application.constant, &status)
        guard status == OPUS_OK, let created else { throw OpusRate.error(status) }
        do throws(CodecError) {
            try Self.apply(configuration, to: created)
        } catch {
            opus_encoder_destroy(created)
            throw error
        }
        state = created
        self.configuration = configuration
    }

    deinit { opus_encoder_destroy(state) }

    /// Encodes one block and appends the packet to `bytes`.
    /// - Parameter samples: interleaved; 2.5, 5, 10, 20, 40 or 60 ms per channel.
    /// - Returns: bytes appended. Two or fewer mean silence (`lastPacketWasDTX`).
    /// - Throws: `invalidSampleCount`, `library`; `bytes` is then as it was.
    public mutating func encode(_ samples: Span<Int16>, into bytes: inout [UInt8]) throws(CodecError) -> Int {
        let perChannel = try samplesPerChannel(of: samples.count)
        let room = configuration.maximumPacketBytes
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: room))
        let written = samples.withUnsafeBufferPointer { input in
            bytes.withUnsafeMutableBufferPointer { output in
                guard let pcm = input.baseAddress, let packet = output.baseAddress else { return OPUS_BAD_ARG }
                return opus_encode(state, pcm, Int32(perChannel), packet + start, Int32(room))
            }
        }
        bytes.removeLast(room - max(Int(written), 0))
        guard written >= 0 else { throw OpusRate.error(written) }
        lastPacketWasDTX = configuration.discontinuousTransmission && written <= 2
        return Int(written)
    }

    /// Encodes one block and appends the packet to `bytes`; see `encode(_:into:)` with a `Span`.
    public mutating func encode(_ samples: [Int16], into bytes: inout [UInt8]) throws(CodecError) -> Int {
        try encode(samples.span, into: &bytes)
    }

    private func samplesPerChannel(of count: Int) throws(CodecError) -> Int {
        let perChannel = count / configuration.channels
        let unit = configuration.sampleRate / 400
        guard perChannel * configuration.channels == count, perChannel % unit == 0,
            OpusRate.packetUnits.contains(perChannel / unit)
        else { throw .invalidSampleCount(count) }
        return perChannel
    }

    /// Samples at 48 kHz by which decoded sound lags behind what was handed in.
    public var lookahead: Int {
        var samples: Int32 = 0
        _ = rapport_opus_encoder_get(state, OPUS_GET_LOOKAHEAD_REQUEST, &samples)
        return Int(samples) * 48_000 / configuration.sampleRate
    }

    /// Forgets all sound so far, as for a new stream; settings stay.
    public mutating func reset() {
        _ = rapport_opus_encoder_reset(state)
        lastPacketWasDTX = false
    }

    /// Takes new settings from the next packet on. Sample rate, channels and application stay as they were.
    /// - Throws: `invalidSetting`; the encoder is then as it was.
    public mutating func reconfigure(
        _ change: (inout OpusEncoderConfiguration) -> Void
    ) throws(CodecError) {
        var wanted = configuration
        change(&wanted)
        wanted.sampleRate = configuration.sampleRate
        wanted.channels = configuration.channels
        wanted.application = configuration.application
        try wanted.checkRanges()
        try Self.apply(wanted, to: state)
        configuration = wanted
    }
}
