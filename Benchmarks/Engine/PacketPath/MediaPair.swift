import BenchmarkSupport
import RapportBase
import RapportDTLS
import RapportMedia
import RapportNegotiation
import RapportSession

/// Two peers who have negotiated one video section; `sender`'s pictures are what is measured.
final class MediaPair {
    let workload: Workload
    let sender: MediaSide
    let receiver: MediaSide
    private(set) var now = Timestamp.zero
    private(set) var framesSent = 0
    private var mid = MID("0")
    /// Of pictures, not of retransmissions and padding.
    private(set) var pictureType: UInt8 = 0

    init(profile: SRTPProfile, workload: Workload) {
        self.workload = workload
        do {
            let certificates = try (0..<2).map { _ in try DTLSCertificate.makeSelfSigned(now: 1_700_000_000) }
            sender = MediaSide(certificate: certificates[0], profile: profile, workload: workload, seed: 1)
            receiver = MediaSide(certificate: certificates[1], profile: profile, workload: workload, seed: 2)
            let agreed = try Self.negotiate(certificates)
            mid = agreed[0].bundleMID
            pictureType = agreed[0].media.first?.sendCodec.payloadType.rawValue ?? 0
            sender.session.apply(agreed[0], at: now, into: &sender.outputs)
            receiver.session.apply(agreed[1], at: now, into: &receiver.outputs)
        } catch {
            fail("setting up: \(error)")
        }
    }

    private static func negotiate(_ certificates: [DTLSCertificate]) throws -> [NegotiatedSession] {
        var random = SplitMix(seed: 3)
        var offerer = NegotiationState(using: &random)
        var answerer = NegotiationState(using: &random)
        _ = try offerer.addTrack(.video)
        _ = try answerer.addTrack(.video)
        let offer = try offerer.createOffer(transport: try transport(certificates[0]))
        _ = try offerer.setLocalDescription(.offer, offer)
        _ = try answerer.setRemoteDescription(.offer, offer)
        let answer = try answerer.createAnswer(transport: try transport(certificates[1]))
        _ = try answerer.setLocalDescription(.answer, answer)
        _ = try offerer.setRemoteDescription(.answer, answer)
        guard let ours = offerer.session, let theirs = answerer.session else { fail("nothing was agreed") }
        return [ours, theirs]
    }

    // The agents of the sockets have parameters of their own: the sessions do not look at these.
    private static func transport(_ certificate: DTLSCertificate) throws -> LocalTransport {
        LocalTransport(
            ice: ICEParameters(usernameFragment: "benchmark", password: "benchmarkbenchmarkbenchmark"),
            fingerprints: [try certificate.fingerprint()])
    }

    /// Hands the sender the next picture; what comes of it is in its outputs.
    func sendFrame() {
        let bytes = framesSent == 0 ? workload.keyFrame : workload.deltaFrame
        let ticks = RTPTimestamp(UInt32(truncatingIfNeeded: framesSent * 3000))
        let frame = EncodedVideo(
            bytes: bytes, isKeyFrame: framesSent == 0, rtpTimestamp: ticks, width: 640, height: 360, time: now)
        framesSent += 1
        sender.session.handle(.video(frame, mid), at: now, into: &sender.outputs)
    }

    /// Goes on to the moment of the next picture, or to an earlier one at which a session has something to do; true
    /// when the picture is due. `handle` is called with each session whose time has come.
    func advance(_ handle: (MediaSide) -> Void) -> Bool {
        let due = Timestamp.zero + Workload.frameInterval * framesSent
        let next = min(due, sender.session.deadline ?? due, receiver.session.deadline ?? due)
        now = max(now, next)
        for side in [sender, receiver] {
            guard let deadline = side.session.deadline, deadline <= now else { continue }
            side.session.handle(.timeout, at: now, into: &side.outputs)
            handle(side)
        }
        return now >= due
    }

    /// Goes on to the next moment at which a session has something to do, when a picture still waits for its pace.
    func step(_ handle: (MediaSide) -> Void) {
        guard let next = [sender.session.deadline, receiver.session.deadline].compactMap(\.self).min() else { return }
        now = max(now, next)
        for side in [sender, receiver] {
            guard let deadline = side.session.deadline, deadline <= now else { continue }
            side.session.handle(.timeout, at: now, into: &side.outputs)
            handle(side)
        }
    }

    private var packetsReceived: Int {
        receiver.session.statistics().receivers.reduce(0) { $0 + Int($1.received.packetsReceived) }
    }

    /// Whether nothing waits for its pace or is under way.
    var hasArrived: Bool { packetsReceived >= framesSent * workload.packetsPerFrame }

    /// Stops the program when anything was lost, refused or altered on the way.
    func verify() {
        if let failure = sender.failure ?? receiver.failure { fail(failure) }
        let statistics = receiver.session.statistics()
        let packets = packetsReceived
        guard packets == framesSent * workload.packetsPerFrame, statistics.refusals.byName.isEmpty else {
            fail("\(packets) packets of \(framesSent) frames arrived; refused: \(statistics.refusals.byName)")
        }
        // The newest few wait for their time to be shown.
        guard receiver.framesReleased > framesSent - 30,
            receiver.bytesReleased == receiver.framesReleased * workload.deltaFrame.count
        else { fail("\(receiver.framesReleased) of \(framesSent) frames came out") }
    }

    /// Bytes of an RTP packet before protection, as they really were.
    var plainPacketBytes: Double {
        let video = sender.session.statistics().senders.map(\.sent)
        let bytes = video.reduce(0) { $0 + $1.payloadBytes + $1.headerBytes }
        return Double(bytes) / Double(max(video.reduce(0) { $0 + $1.packets }, 1))
    }
}
