import RapportBase
import RapportRTP
import RapportSDP

/// Works out what an offer and its answer agree on; pure.
struct Settlement {
    let local: SessionDescription
    let remote: SessionDescription
    let isOfferer: Bool
    let capabilities: Capabilities
    let transceivers: [Transceiver]
    private(set) var session: NegotiatedSession

    private var answer: SessionDescription { isOfferer ? remote : local }
    private var offer: SessionDescription { isOfferer ? local : remote }

    /// - Parameter last: what was agreed before; its transport goes on when everything is switched off.
    init(
        local: SessionDescription, remote: SessionDescription, isOfferer: Bool, capabilities: Capabilities,
        transceivers: [Transceiver], last: NegotiatedSession?
    ) throws(NegotiationError) {
        self.local = local
        self.remote = remote
        self.isOfferer = isOfferer
        self.capabilities = capabilities
        self.transceivers = transceivers
        let answer = isOfferer ? remote : local
        let offer = isOfferer ? local : remote
        if let tag = try Self.tag(of: answer, offer: offer) {
            let transport = try RemoteTransport(tag, of: remote)
            let said = try Self.role(answer, tag, isOfferer)
            let goesOn = last.map { !Self.endsTransport(of: $0, answer) } ?? false
            // RFC 8842 section 5.3: an association that exists keeps its roles, whatever an answer says.
            let keepsRole = goesOn && last?.remote.fingerprints == transport.fingerprints
            session = NegotiatedSession(
                remote: transport, dtlsRole: keepsRole ? last?.dtlsRole ?? said : said, isOfferer: isOfferer,
                transportGeneration: last.map { $0.transportGeneration + (goesOn ? 0 : 1) } ?? 0, media: [], stopped: []
            )
        } else {
            guard var rest = last, offer.media.allSatisfy(\.isRejected) else { throw .everythingRejected }
            rest.isOfferer = isOfferer
            session = rest
        }
        session.media = try agreedMedia()
        session.stopped = stoppedTransceivers
    }

    /// True when the section that spoke for the bundle is switched off. The transport should go on under the next tag
    /// (RFC 9143 section 7.5.2), but Chromium ends it and makes a new one, with new ports and a new DTLS association.
    static func endsTransport(of last: NegotiatedSession, _ description: SessionDescription) -> Bool {
        guard let section = description.index(of: last.remote.mid) else { return true }
        return description.media[section].isRejected
    }

    /// The section that speaks for the bundle: the first of the answer's group. RFC 9143 section 7.3. Nil when the
    /// answer takes nothing.
    private static func tag(of answer: SessionDescription, offer: SessionDescription) throws(NegotiationError) -> Int? {
        let bundle = try BundleCheck.bundle(of: answer)
        let accepted = answer.media.indices.filter { !answer.media[$0].isRejected }
        guard let first = accepted.first else { return nil }
        // A single media description needs no bundle.
        let group = bundle.isEmpty && accepted.count == 1 ? [first] : bundle.filter { accepted.contains($0) }
        for section in accepted {
            guard group.contains(section) else { throw .notBundled(section: section) }
            guard answer.media[section].multiplexesRTCP || answer.media[group[0]].multiplexesRTCP else {
                throw .missingRTCPMux(section: section)
            }
        }
        return group[0]
    }

    /// RFC 8842 section 5.3: an answer is `active` or `passive`.
    private static func role(
        _ answer: SessionDescription, _ tag: Int, _ isOfferer: Bool
    ) throws(NegotiationError) -> NegotiatedSession.DTLSRole {
        switch answer.transport(of: answer.media[tag]).setup {
        case .active: return isOfferer ? .server : .client
        case .passive: return isOfferer ? .client : .server
        case .actpass, .holdconn: throw .invalidSetup(section: tag)
        case nil: throw .missingSetup(section: tag)
        }
    }

    /// An answer has the places, kinds and tags of its offer. RFC 3264 section 6; RFC 9429 section 5.8.3.
    static func checkPlaces(
        of answer: SessionDescription, answering offer: SessionDescription
    ) throws(NegotiationError) {
        guard answer.media.count == offer.media.count else {
            throw .sectionCount(expected: offer.media.count, actual: answer.media.count)
        }
        for (index, (section, offered)) in zip(answer.media, offer.media).enumerated() {
            guard section.kind == offered.kind else { throw .kindMismatch(section: index) }
            if section.isRejected && section.mid == nil { continue }
            guard section.mid != nil else { throw .missingMID(section: index) }
            guard section.mid == offered.mid else { throw .midMismatch(section: index) }
            guard section.isRejected || !offered.isRejected else { throw .acceptedRejectedSection(index) }
        }
    }

    private var stoppedTransceivers: [TransceiverID] {
        transceivers.filter { transceiver in
            guard let mid = transceiver.mid, let section = local.index(of: mid) else { return false }
            return local.media[section].isRejected || remote.media[section].isRejected
        }.map(\.id)
    }

    private func agreedMedia() throws(NegotiationError) -> [NegotiatedMedia] {
        var agreed: [NegotiatedMedia] = []
        for section in local.media.indices where !local.media[section].isRejected && !remote.media[section].isRejected {
            guard let mid = local.media[section].mid, let transceiver = transceivers.first(where: { $0.mid == mid })
            else { throw .unmatchedSection(section) }
            agreed.append(try media(section, mid, transceiver))
        }
        return agreed
    }
}
