public import RapportBase
public import RapportRTP

extension AudioJitterBuffer {
    /// Takes an RTP packet of an Opus stream.
    /// - Parameters:
    ///   - payload: the packet's `payloadRange`, not empty.
    ///   - level: from the audio-level header extension.
    public mutating func insert(
        _ header: RTPHeader, payload: Span<UInt8>, level: AudioLevel? = nil, arrival: Timestamp
    ) {
        let packet = Packet(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp,
            samples: OpusPayload.duration(of: payload) ?? 0, hasFEC: OpusPayload.hasInbandFEC(payload),
            isDTX: OpusPayload.isDTX(payload), level: level?.level)
        insert(packet, payload: payload, arrival: arrival)
    }
}
