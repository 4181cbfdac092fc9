import BenchmarkSupport
import RapportBase
import RapportDTLS
import RapportICE
import RapportNegotiation
import RapportSession

/// One of the two peers: a session as a connection drives it, in a time that only the benchmark moves.
final class MediaSide {
    var session: PeerSession
    var outputs = SessionOutputs()
    var agent: ICEAgent?
    var deadline: Timestamp?
    private(set) var framesReleased = 0
    private(set) var bytesReleased = 0
    private(set) var isSecured = false
    private(set) var failure: String?

    init(certificate: DTLSCertificate, profile: SRTPProfile, workload: Workload, seed: UInt64) {
        var configuration = SessionConfiguration(
            certificate: certificate, wallClockAtStart: NTPTime(unixSeconds: 1_700_000_000, nanoseconds: 0),
            canonicalName: "benchmark", maximumBitrate: workload.bitrate, startBitrate: workload.bitrate)
        // A little more room than needed: the session also keeps some for what retransmission adds.
        configuration.maximumDatagram = workload.packetBytes + SRTPProfile.aeadAES128GCM.rtpOverhead + 6
        configuration.srtpProfiles = [profile]
        session = PeerSession(configuration: configuration, random: SplitMix(seed: seed))
    }

    /// What the outputs tell, acted upon as a connection does; the datagrams are the caller's.
    func takeEvents() {
        for event in outputs.takeEvents() {
            switch event {
            case .secureTransport(let state): isSecured = state == .connected
            case .video(_, let frame):
                framesReleased += 1
                bytesReleased += frame.bytes.count
            case .ended(let reason): failure = "a session ended: \(reason)"
            case .keyFrameRequested: failure = "a key frame was asked for: packets were lost"
            case .targetBitrate, .temporalLayers, .mediaStarted, .applicationData, .dataRoom: break
            }
        }
    }
}
