public import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP

/// Sound coming in on one SSRC: counted, put in order, and handed out when pulled.
final class AudioReceiveStream {
    let mid: MID
    let ssrc: SSRC
    private(set) var payloadType: PayloadType
    var statistics: ReceiveStatistics
    var buffer = AudioJitterBuffer()
    var remote = RemoteSenderReports()

    init(_ media: NegotiatedMedia, payloadType: PayloadType, ssrc: SSRC) {
        mid = media.mid
        self.ssrc = ssrc
        self.payloadType = payloadType
        statistics = ReceiveStatistics(ssrc: ssrc, clockRate: 48_000)
    }

    /// Takes the numbers of a new negotiation, unless those in use are still among them.
    func update(_ media: NegotiatedMedia) {
        if media.receiveCodecs.contains(where: { $0.payloadType == payloadType }) { return }
        guard let codec = media.receiveCodecs.first else { return }
        payloadType = codec.payloadType
    }

    func receive(_ packet: Span<UInt8>, header: RTPHeader, extensions: HeaderExtensionValues, at now: Timestamp) {
        guard statistics.receive(header, packetBytes: packet.count, arrival: now) else { return }
        let payload = packet.extracting(header.payloadRange)
        // A packet of padding alone probes the path and carries no sound.
        guard payload.count > 0 else { return }
        buffer.insert(header, payload: payload, level: extensions.audioLevel, arrival: now)
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
