import RapportBase
import RapportDTLS
import RapportMedia
import RapportNegotiation
import RapportSDP
import RapportSRTP
import RapportSession

/// What a path may bring to a connected session: bytes of a stranger, and packets of a peer that holds the keys.
///
/// The input is cut into steps of two bytes, kind and length, and that many bytes. Each input has a session of its
/// own, so that it does the same when it is run alone.
func takeSession(_ bytes: [UInt8]) {
    var call = FuzzedCall()
    var rest = bytes[...]
    while let kind = rest.popFirst(), let count = rest.popFirst() {
        let body = Array(rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
        call.step(kind, body)
    }
    call.wait(.milliseconds(700))
}

/// A session under test, and the keys of the peer that it is connected with.
private struct FuzzedCall: ~Copyable {
    private var session: PeerSession
    private var partner: SRTPContext
    private var outputs = SessionOutputs()
    private var now = Timestamp.zero

    private static let meeting = Meeting()

    init() {
        let meeting = Self.meeting
        var session = PeerSession(
            configuration: SessionConfiguration(
                certificate: meeting.certificate, wallClockAtStart: NTPTime(unixSeconds: 0, nanoseconds: 0),
                canonicalName: "fuzz"),
            random: FixedGenerator())
        partner = meeting.connect(&session)
        self.session = session
        sendMedia()
    }

    // Something that a NACK can ask for.
    private mutating func sendMedia() {
        let picture = EncodedVideo(
            bytes: [0x10, 0, 0, 0x9D, 1, 0x2A, 64, 1, 240, 0] + Array(repeating: 7, count: 5000), isKeyFrame: true,
            rtpTimestamp: RTPTimestamp(0), width: 320, height: 240, time: now)
        let sound = EncodedAudio(bytes: [0xF8, 1, 2, 3], samples: 960, rtpTimestamp: RTPTimestamp(0))
        for media in Self.meeting.session.media {
            switch media.kind {
            case .audio: session.handle(.audio(sound, media.mid), at: now, into: &outputs)
            case .video: session.handle(.video(picture, media.mid), at: now, into: &outputs)
            }
        }
        check()
    }

    mutating func step(_ kind: UInt8, _ body: [UInt8]) {
        switch kind & 3 {
        case 0: receive(body)
        case 1: receiveRTP(kind & 4 == 0 ? body : addressed(body, to: kind >> 3))
        case 2: receiveRTCP(body)
        default: wait(.milliseconds(body.reduce(0) { $0 + Int($1) }))
        }
    }

    private mutating func receive(_ datagram: [UInt8]) {
        var bytes = datagram
        bytes.withUnsafeMutableBytes { session.handle(.datagram($0), at: now, into: &outputs) }
        check()
    }

    private mutating func receiveRTP(_ plain: [UInt8]) {
        var packet = plain
        if (try? partner.protectRTP(&packet)) != nil { receive(packet) }
    }

    private mutating func receiveRTCP(_ plain: [UInt8]) {
        var packet = plain
        // Whom the report is from decides the key stream only; without a version nothing passes the first gate.
        if !packet.isEmpty { packet[0] = packet[0] & 0x3F | 0x80 }
        if (try? partner.protectRTCP(&packet)) != nil { receive(packet) }
    }

    // Written over the first bytes: version, payload type and source of a stream that was negotiated.
    private func addressed(_ body: [UInt8], to selection: UInt8) -> [UInt8] {
        let media = Self.meeting.session.media[Int(selection & 1)]
        let isAgain = selection & 2 != 0
        let codec = media.receiveCodecs[0]
        var payloadType = (isAgain ? codec.retransmissionPayloadType : nil) ?? codec.payloadType
        var source = (isAgain ? media.remoteRetransmissionSSRC : nil) ?? media.remoteSSRC ?? SSRC(1)
        if selection & 4 != 0, let repair = media.repair {
            payloadType = repair.receivePayloadType
            source = repair.remoteSSRC ?? source
        }
        var packet = body + Array(repeating: 0, count: max(12 - body.count, 0))
        packet[0] = packet[0] & 0x3F | 0x80
        packet[1] = packet[1] & 0x80 | payloadType.rawValue
        packet.replace(uint16: UInt16(source.rawValue >> 16), at: 8)
        packet.replace(uint16: UInt16(truncatingIfNeeded: source.rawValue), at: 10)
        // A repair packet's payload names the source that it protects.
        if selection & 4 != 0, packet.count >= 28, let protected = media.remoteSSRC {
            packet.replace(uint16: UInt16(protected.rawValue >> 16), at: 24)
            packet.replace(uint16: UInt16(truncatingIfNeeded: protected.rawValue), at: 26)
        }
        return packet
    }

    /// Lets time pass, waking the session at its deadlines.
    mutating func wait(_ time: Duration) {
        let end = now + time
        var wakeUps = 0
        while let deadline = session.deadline, deadline <= end {
            wakeUps = deadline > now ? 0 : wakeUps + 1
            // A long list of missing packets is asked for in parts, and each part may wait for its turn.
            precondition(wakeUps < 5, "woken again and again")
            now = max(now, deadline)
            session.handle(.timeout, at: now, into: &outputs)
            check()
        }
        now = end
        var payload: [UInt8] = []
        for media in Self.meeting.session.media where media.kind == .audio {
            _ = session.pullAudio(media.mid, at: now, PlayoutReport(), payload: &payload)
        }
    }

    // Nothing of this ends a session, and what it sends is within its limits.
    private mutating func check() {
        for case .ended(let end) in outputs.events { preconditionFailure("ended: \(end)") }
        outputs.withDatagrams { _, ranges in
            for range in ranges { precondition(range.count <= 1200, "a datagram of \(range.count) bytes") }
        }
        outputs.removeAll()
    }
}

/// Certificates and an agreement, made once.
private struct Meeting: Sendable {
    let certificate: DTLSCertificate
    let partnerCertificate: DTLSCertificate
    /// Seen from the session under test, which answers and so begins the handshake.
    let session: NegotiatedSession
    private let fingerprintsForPartner: [Fingerprint]

    init() {
        do {
            certificate = try DTLSCertificate.makeSelfSigned(now: 1_700_000_000)
            partnerCertificate = try DTLSCertificate.makeSelfSigned(now: 1_700_000_000)
            fingerprintsForPartner = [try certificate.fingerprint()]
            session = try Self.agree(
                offerer: [try partnerCertificate.fingerprint()], answerer: [try certificate.fingerprint()])
        } catch {
            fatalError("no agreement: \(error)")
        }
    }

    private static func agree(offerer: [Fingerprint], answerer: [Fingerprint]) throws -> NegotiatedSession {
        var generator = FixedGenerator()
        var caller = NegotiationState(using: &generator), callee = NegotiationState(using: &generator)
        for kind in [MediaKind.audio, .video] {
            try caller.addTrack(kind)
            try callee.addTrack(kind)
        }
        let offer = try caller.createOffer(transport: transport(offerer))
        _ = try callee.setRemoteDescription(.offer, offer)
        let answer = try callee.createAnswer(transport: transport(answerer))
        guard case .apply(let negotiated) = try callee.setLocalDescription(.answer, answer) else {
            fatalError("an answer settles")
        }
        return negotiated
    }

    private static func transport(_ fingerprints: [Fingerprint]) -> LocalTransport {
        LocalTransport(
            ice: ICEParameters(usernameFragment: "abcd", password: "abcdefghijklmnopqrstuv"), fingerprints: fingerprints
        )
    }

    /// Does the handshake with a session and returns the keys of its peer.
    func connect(_ session: inout PeerSession) -> SRTPContext {
        var outputs = SessionOutputs()
        session.apply(self.session, at: .zero, into: &outputs)
        session.handle(.transportWritable, at: .zero, into: &outputs)
        do {
            var endpoint = try DTLSEndpoint(
                role: .server, certificate: partnerCertificate, initialTimeout: .seconds(1))
            var pending: [DTLSOutput] = []
            endpoint.setRemoteFingerprints(fingerprintsForPartner, into: &pending)
            for _ in 0..<8 {
                var datagrams: [[UInt8]] = []
                outputs.withDatagrams { bytes, ranges in datagrams = ranges.map { Array(bytes[$0]) } }
                outputs.removeAll()
                for datagram in datagrams { endpoint.receive(datagram.span, into: &pending) }
                if let keys = Self.deliver(&pending, to: &session, &outputs) {
                    return try SRTPContext(keys: keys, isClient: false)
                }
            }
        } catch {
            fatalError("no handshake: \(error)")
        }
        fatalError("the handshake does not end")
    }

    private static func deliver(
        _ pending: inout [DTLSOutput], to session: inout PeerSession, _ outputs: inout SessionOutputs
    ) -> SRTPKeys? {
        var found: SRTPKeys?
        for output in pending {
            switch output {
            case .transmit(var datagram):
                datagram.withUnsafeMutableBytes { session.handle(.datagram($0), at: .zero, into: &outputs) }
            case .connected(let keys): found = keys
            case .applicationData: break
            case .closed, .failed: fatalError("the handshake failed")
            }
        }
        pending.removeAll()
        return found
    }
}
