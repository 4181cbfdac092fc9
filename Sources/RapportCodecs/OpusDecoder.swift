import COpus

/// Turns Opus packets back into sound, and fills in for packets that did not come. RFC 6716 section 4.
///
/// Owns the libopus state; used by one thread at a time. A refused packet leaves the decoder ready for the next one.
public struct OpusDecoder: ~Copyable {
    public let sampleRate: Int
    public let channels: Int
    private let state: OpaquePointer

    /// - Parameters: sampleRate 8000, 12000, 16000, 24000 or 48000 Hz; channels 1 or 2, whatever the packets hold.
    /// - Throws: `invalidSetting`, `outOfMemory`.
    public init(sampleRate: Int = 48_000, channels: Int = 1) throws(CodecError) {
        try OpusRate.check(sampleRate: sampleRate, channels: channels)
        var status: Int32 = 0
        let created = opus_decoder_create(Int32(sampleRate), Int32(channels), &status)
        guard status == OPUS_OK, let created else { throw OpusRate.error(status) }
        state = created
        self.sampleRate = sampleRate
        self.channels = channels
    }

    deinit { opus_decoder_destroy(state) }

    /// Decodes one packet and appends its interleaved samples to `pcm`.
    /// - Returns: samples per channel appended, up to 120 ms.
    /// - Throws: `payloadTooShort` for an empty packet, `corruptPayload`; `pcm` is then as it was.
    public mutating func decode(_ payload: Span<UInt8>, into pcm: inout [Int16]) throws(CodecError) -> Int {
        guard payload.count > 0 else { throw .payloadTooShort(0) }
        let samples = try payload.withUnsafeBufferPointer { bytes throws(CodecError) in
            guard let packet = bytes.baseAddress else { throw .payloadTooShort(0) }
            let count = opus_decoder_get_nb_samples(state, packet, Int32(clamping: bytes.count))
            guard count > 0 else { throw .corruptPayload }
            return Int(count)
        }
        guard samples <= OpusRate.longestPacket(sampleRate: sampleRate) else { throw .corruptPayload }
        return try run(payload, samples: samples, fec: false, into: &pcm)
    }

    /// Decodes one packet; see `decode(_:into:)` with a `Span`.
    public mutating func decode(_ payload: [UInt8], into pcm: inout [Int16]) throws(CodecError) -> Int {
        try decode(payload.span, into: &pcm)
    }

    /// Recovers the lost packet before `next` from the coarse copy that `next` carries; conceals when it has none.
    ///
    /// Call it before `next` itself is decoded. RFC 6716 section 2.1.7.
    /// - Parameter samples: duration of what was lost, per channel; whole units of 2.5 ms, at most 120 ms.
    /// - Returns: samples per channel appended, always `samples`.
    public mutating func decodeFEC(
        _ next: Span<UInt8>, samples: Int, into pcm: inout [Int16]
    ) throws(CodecError) -> Int {
        guard next.count > 0 else { throw .payloadTooShort(0) }
        try check(samples)
        return try run(next, samples: samples, fec: true, into: &pcm)
    }

    /// Recovers the lost packet before `next`; see `decodeFEC(_:samples:into:)` with a `Span`.
    public mutating func decodeFEC(
        _ next: [UInt8], samples: Int, into pcm: inout [Int16]
    ) throws(CodecError) -> Int {
        try decodeFEC(next.span, samples: samples, into: &pcm)
    }

    /// Makes up sound for a packet that did not come, fading out over successive calls. RFC 6716 section 4.4.
    /// - Parameter samples: per channel; whole units of 2.5 ms, at most 120 ms.
    /// - Returns: samples per channel appended, always `samples`.
    public mutating func conceal(samples: Int, into pcm: inout [Int16]) throws(CodecError) -> Int {
        try check(samples)
        return try run(Span(), samples: samples, fec: false, into: &pcm)
    }

    /// As `conceal(samples:into:)`, of any length up to 120 ms.
    ///
    /// Opus makes up whole units of 2.5 ms (RFC 6716 section 2.1.4); what is over is cut off.
    public mutating func conceal(anyCount samples: Int, into pcm: inout [Int16]) throws(CodecError) {
        let unit = sampleRate / 400
        let surplus = (unit - samples % unit) % unit
        _ = try conceal(samples: samples + surplus, into: &pcm)
        pcm.removeLast(surplus * channels)
    }

    /// Samples per channel of the packet decoded last, the natural length to conceal; zero before the first.
    public var lastPacketSamples: Int {
        var samples: Int32 = 0
        _ = rapport_opus_decoder_get(state, OPUS_GET_LAST_PACKET_DURATION_REQUEST, &samples)
        return Int(samples)
    }

    /// Forgets all sound so far, as for a new stream.
    public mutating func reset() {
        _ = rapport_opus_decoder_reset(state)
    }

    private func check(_ samples: Int) throws(CodecError) {
        guard samples > 0, samples % (sampleRate / 400) == 0,
            samples <= OpusRate.longestPacket(sampleRate: sampleRate)
        else { throw .invalidSampleCount(samples) }
    }

    private mutating func run(
        _ payload: Span<UInt8>, samples: Int, fec: Bool, into pcm: inout [Int16]
    ) throws(CodecError) -> Int {
        let start = pcm.count
        let room = samples * channels
        pcm.append(contentsOf: repeatElement(0, count: room))
        let decoded = payload.withUnsafeBufferPointer { bytes in
            pcm.withUnsafeMutableBufferPointer { output in
                guard let sound = output.baseAddress else { return OPUS_BAD_ARG }
                return opus_decode(
                    state, bytes.baseAddress, Int32(clamping: bytes.count), sound + start, Int32(samples), fec ? 1 : 0)
            }
        }
        pcm.removeLast(room - max(Int(decoded), 0) * channels)
        guard decoded >= 0 else { throw OpusRate.error(decoded) }
        return Int(decoded)
    }
}
