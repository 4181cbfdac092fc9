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
        let packet = Self.packet(header.sequenceNumber, header.timestamp, payload, level: level)
        insert(packet, payload: payload, arrival: arrival)
    }

    /// Takes an RTP packet whose payload repeats older ones. RFC 2198.
    ///
    /// The copies have no sequence numbers; as all senders do, packet by packet back from this one is assumed.
    /// - Parameters:
    ///   - payloadType: of the sound itself; blocks of any other are left alone.
    ///   - blocks: storage that is used again. A payload that does not add up is counted as malformed.
    public mutating func insertRedundant(
        _ header: RTPHeader, payload: Span<UInt8>, payloadType: PayloadType, level: AudioLevel? = nil,
        arrival: Timestamp, blocks: inout [RED.Block]
    ) {
        guard (try? RED.parse(payload, into: &blocks)) != nil, let primary = blocks.last,
            primary.payloadType == payloadType
        else { return refuseMalformed() }
        insert(header, payload: payload.extracting(primary.range), level: level, arrival: arrival)
        for (index, block) in blocks.dropLast().enumerated() where block.payloadType == payloadType {
            let bytes = payload.extracting(block.range)
            let packet = Self.packet(
                header.sequenceNumber - (blocks.count - 1 - index), header.timestamp + -block.timestampOffset, bytes,
                level: nil)
            insertCopy(packet, payload: bytes, arrival: arrival)
        }
    }

    private static func packet(
        _ sequence: SequenceNumber, _ timestamp: RTPTimestamp, _ payload: Span<UInt8>, level: AudioLevel?
    ) -> Packet {
        Packet(
            sequenceNumber: sequence, timestamp: timestamp, samples: OpusPayload.duration(of: payload) ?? 0,
            hasFEC: OpusPayload.hasInbandFEC(payload), isDTX: OpusPayload.isDTX(payload), level: level?.level)
    }

    private mutating func refuseMalformed() {
        statistics.packetsReceived += 1
        drop(.malformed)
    }
}
