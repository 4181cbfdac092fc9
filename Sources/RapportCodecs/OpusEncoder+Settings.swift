import COpus
public import RapportBase

extension OpusEncoder {
    /// 500 to 512000 bit/s.
    public mutating func setBitrate(_ bitrate: Bitrate) throws(CodecError) {
        try reconfigure { $0.bitrate = bitrate }
    }

    /// 0 to 100 percent of packets.
    public mutating func setExpectedLoss(_ percent: Int) throws(CodecError) {
        try reconfigure { $0.expectedLoss = percent }
    }

    public mutating func setInbandFEC(_ enabled: Bool) throws(CodecError) {
        try reconfigure { $0.inbandFEC = enabled }
    }

    public mutating func setDiscontinuousTransmission(_ enabled: Bool) throws(CodecError) {
        try reconfigure { $0.discontinuousTransmission = enabled }
    }

    /// 0 to 10.
    public mutating func setComplexity(_ complexity: Int) throws(CodecError) {
        try reconfigure { $0.complexity = complexity }
    }

    static func apply(_ wanted: OpusEncoderConfiguration, to state: OpaquePointer) throws(CodecError) {
        let requests: [(Int32, Int)] = [
            (OPUS_SET_BITRATE_REQUEST, wanted.bitrate.bitsPerSecond),
            (OPUS_SET_COMPLEXITY_REQUEST, wanted.complexity),
            (OPUS_SET_PACKET_LOSS_PERC_REQUEST, wanted.expectedLoss),
            (OPUS_SET_INBAND_FEC_REQUEST, wanted.inbandFEC ? 1 : 0),
            (OPUS_SET_DTX_REQUEST, wanted.discontinuousTransmission ? 1 : 0),
            (OPUS_SET_VBR_REQUEST, wanted.rateControl == .constant ? 0 : 1),
            (OPUS_SET_VBR_CONSTRAINT_REQUEST, wanted.rateControl == .constrainedVariable ? 1 : 0),
            (OPUS_SET_MAX_BANDWIDTH_REQUEST, Int(wanted.maximumBandwidth.constant)),
        ]
        for (request, value) in requests {
            let status = rapport_opus_encoder_set(state, request, Int32(value))
            guard status == OPUS_OK else { throw OpusRate.error(status) }
        }
    }
}

extension OpusEncoderConfiguration {
    func checkRanges() throws(CodecError) {
        guard (500...512_000).contains(bitrate.bitsPerSecond) else {
            throw .invalidSetting(.bitrate, bitrate.bitsPerSecond)
        }
        guard (0...10).contains(complexity) else { throw .invalidSetting(.complexity, complexity) }
        guard (0...100).contains(expectedLoss) else { throw .invalidSetting(.expectedLoss, expectedLoss) }
        guard (32...4_000).contains(maximumPacketBytes) else { throw .invalidSetting(.packetBytes, maximumPacketBytes) }
    }
}

extension OpusEncoderConfiguration.Application {
    var constant: Int32 {
        switch self {
        case .voip: OPUS_APPLICATION_VOIP
        case .audio: OPUS_APPLICATION_AUDIO
        case .lowDelay: OPUS_APPLICATION_RESTRICTED_LOWDELAY
        }
    }
}

extension OpusEncoderConfiguration.Bandwidth {
    var constant: Int32 {
        switch self {
        case .narrow: OPUS_BANDWIDTH_NARROWBAND
        case .medium: OPUS_BANDWIDTH_MEDIUMBAND
        case .wide: OPUS_BANDWIDTH_WIDEBAND
        case .superWide: OPUS_BANDWIDTH_SUPERWIDEBAND
        case .full: OPUS_BANDWIDTH_FULLBAND
        }
    }
}
