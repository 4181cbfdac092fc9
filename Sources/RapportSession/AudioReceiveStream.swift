public import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP

/// Sound coming in on one SSRC: counted, put in order, and handed out when pulled.
final class AudioReceiveStream {
    let mid: MID
    let ssrc: SSRC
    private(set) var payloadType: PayloadType
    /// Of packets that carry copies of older ones; nil when the peer sends none. RFC 2198.
    private(set) var redundancyPayloadType: PayloadType?
    private var blocks: [RED.Block] = []
    var statistics: ReceiveStatistics
    var buffer = AudioJitterBuffer()
    var remote = RemoteSenderReports()

    init(_ media: NegotiatedMedia, codec: NegotiatedCodec, ssrc: SSRC) {
        mid = media.mid
        self.ssrc = ssrc
        payloadType = codec.payloadType
        redundancyPayloadType = codec.redundancyPayloadType
        statistics = ReceiveStatistics(ssrc: ssrc, clockRate: 48_000)
    }

    /// Takes the numbers of a new negotiation, unless those in use are still among them.
    func update(_ media: NegotiatedMedia) {
        let inUse = media.receiveCodecs.first { $0.payloadType == payloadType }
        guard let codec = inUse ?? media.receiveCodecs.first else { return }
        payloadType = codec.payloadType
        redundancyPayloadType = codec.redundancyPayloadType
    }

    func takes(_ payloadType: PayloadType) -> Bool {
        payloadType == self.payloadType || payloadType == redundancyPayloadType
    }

    func receive(_ packet: Span<UInt8>, header: RTPHeader, extensions: HeaderExtensionValues, at now: Timestamp) {
        guard statistics.receive(header, packetBytes: packet.count, arrival: now) else { return }
        let payload = packet.extracting(header.payloadRange)
        // A packet of padding alone probes the path and carries no sound.
        guard payload.count > 0 else { return }
        guard header.payloadType == redundancyPayloadType else {
            return buffer.insert(header, payload: payload, level: extensions.audioLevel, arrival: now)
        }
        buffer.insertRedundant(
            header, payload: payload, payloadType: payloadType, level: extensions.audioLevel, arrival: now,
            blocks: &blocks)
    }
}

/// What the peer's sender reports about one stream said last.
public struct RemoteSenderReports: Sendable, Equatable {
    public private(set) var packets: UInt32 = 0
    public private(set) var octets: UInt32 = 0
    public private(set) var reports = 0
    public private(set) var ntp: NTPTime?

    mutating func receive(_ report: SenderReport) {
        packets = report.packets
        octets = report.octets
        reports += 1
        ntp = report.ntp
    }
}
