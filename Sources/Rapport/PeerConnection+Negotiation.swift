public import RapportBase
import RapportICE
import RapportNegotiation
import RapportSDP

// Offers, answers and candidates. W3C webrtc-pc section 4.4.2; RFC 9429.
extension PeerConnection {
    /// Writes an offer for the transceivers as they are.
    public func createOffer() throws(PeerConnectionError) -> Description {
        let transport = try localTransport()
        let offer = try negotiating { state throws(NegotiationError) in try state.createOffer(transport: transport) }
        return Description(kind: .offer, sdp: offer.serialized())
    }

    /// Writes an answer to the remote offer that stands.
    public func createAnswer() throws(PeerConnectionError) -> Description {
        let transport = try localTransport()
        let answer = try negotiating { state throws(NegotiationError) in try state.createAnswer(transport: transport) }
        return Description(kind: .answer, sdp: answer.serialized())
    }

    /// Sets the local description, or makes and sets the one that is due: an answer to an offer that stands, else an
    /// offer. Gathering begins with it.
    /// - Returns: the description to send to the peer.
    @discardableResult
    public func setLocalDescription(_ description: Description? = nil) throws(PeerConnectionError) -> Description {
        try requireOpen()
        let wanted: Description
        if let description {
            wanted = description
        } else {
            wanted = try negotiation.signalingState == .haveRemoteOffer ? createAnswer() : createOffer()
        }
        let parsed = wanted.kind == .rollback ? nil : try Self.parse(wanted.sdp)
        let action = try negotiating { state throws(NegotiationError) in
            try state.setLocalDescription(SDPType(wanted.kind), parsed)
        }
        if wanted.kind == .offer { setControlling(true) }
        perform(action)
        if wanted.kind != .rollback { try startGathering() }
        return wanted
    }

    /// Makes and sets an offer or an answer in one step, and nothing else: throws when it is not the turn for it, even
    /// if the state changed while the caller waited.
    @discardableResult
    public func setLocalDescription(making kind: Description.Kind) throws(PeerConnectionError) -> Description {
        try setLocalDescription(kind == .answer ? createAnswer() : createOffer())
    }

    /// Takes the peer's description.
    public func setRemoteDescription(_ description: Description) throws(PeerConnectionError) {
        try requireOpen()
        let parsed = description.kind == .rollback ? nil : try Self.parse(description.sdp)
        let action = try negotiatingOnSameTransport { state throws(NegotiationError) in
            try state.setRemoteDescription(SDPType(description.kind), parsed)
        }
        if description.kind == .offer { setControlling(false) }
        perform(action)
    }

    /// Takes the peer's offer although one of ours stands, which is rolled back: what the polite side of perfect
    /// negotiation does when offers cross. W3C webrtc-pc section 4.4.1.6.
    public func setRemoteOfferRollingBack(_ sdp: String) throws(PeerConnectionError) {
        try requireOpen()
        let offer = try Self.parse(sdp)
        let action = try negotiatingOnSameTransport { state throws(NegotiationError) in
            try state.setRemoteOfferRollingBack(offer)
        }
        setControlling(false)
        perform(action)
    }

    // A description with other ICE parameters than those in use restarts ICE (RFC 8839 section 5.4): it is refused
    // before anything has changed, and the call goes on as it was.
    private func negotiatingOnSameTransport(
        _ body: (inout NegotiationState) throws(NegotiationError) -> NegotiationAction
    ) throws(PeerConnectionError) -> NegotiationAction {
        let before = negotiation
        let action = try negotiating(body)
        if let inUse = before.session?.remote.ice, let wanted = negotiation.remoteTransport?.ice, inUse != wanted {
            negotiation = before
            throw .iceRestartNotSupported
        }
        return action
    }

    /// Takes one of the peer's candidates; nil is the end of them.
    ///
    /// All media share one transport. A candidate for another media description than the one that speaks for it, or of
    /// other ICE parameters than those in use, is passed over. RFC 8838 section 11.
    /// - Parameters:
    ///   - sdpMid: the tag of the media description that the candidate came with.
    ///   - sdpMLineIndex: its place, looked at when there is no tag.
    public func addICECandidate(
        _ candidate: ICECandidate?, sdpMid: String? = nil, sdpMLineIndex: Int? = nil
    ) throws(PeerConnectionError) {
        try requireOpen()
        guard remoteICE != nil else { throw .noRemoteDescription }
        guard let candidate else {
            agent?.endOfRemoteCandidates()
            return
        }
        if try isWanted(candidate, sdpMid, sdpMLineIndex) { agent?.addRemoteCandidate(candidate) }
    }

    private func isWanted(
        _ candidate: ICECandidate, _ sdpMid: String?, _ sdpMLineIndex: Int?
    ) throws(PeerConnectionError) -> Bool {
        let mid = sdpMid.map { MID($0) }
        let section = mid == nil && sdpMLineIndex == nil ? negotiation.remoteTransport?.section : sdpMLineIndex
        do throws(NegotiationError) {
            return try negotiation.accepts(candidate, mid: mid, section: section)
        } catch {
            throw .negotiation(error)
        }
    }

    /// Takes a `candidate:` line; an empty one is the end of candidates.
    public func addICECandidate(
        line: String, sdpMid: String? = nil, sdpMLineIndex: Int? = nil
    ) throws(PeerConnectionError) {
        if line.isEmpty { return try addICECandidate(nil) }
        let candidate: ICECandidate
        do throws(ICECandidateError) { candidate = try ICECandidate(parsing: line) } catch { throw .candidate(error) }
        try addICECandidate(candidate, sdpMid: sdpMid, sdpMLineIndex: sdpMLineIndex)
    }

    /// The local description with the candidates gathered so far; nil before the first. W3C: localDescription.
    public var localDescription: Description? {
        let pending = negotiation.pendingLocalDescription
        guard var description = pending ?? negotiation.currentLocalDescription else { return nil }
        let isOffer = pending != nil || negotiation.session?.isOfferer == true
        gathered.add(to: &description)
        return Description(kind: isOffer ? .offer : .answer, sdp: description.serialized())
    }

    // MARK: What follows from a description

    private func perform(_ action: NegotiationAction) {
        switch action {
        case .awaitAnswer: break
        case .answer(let transport):
            if let transport { use(transport) }
        case .apply(let negotiated):
            use(negotiated.remote)
            apply(negotiated)
            negotiationSettled()
        case .rolledBack: negotiationSettled()
        }
        tell(.signalingStateChanged(negotiation.signalingState))
    }

    private func use(_ remote: RemoteTransport) {
        if remoteICE != remote.ice {
            remoteICE = remote.ice
            try? agent?.setRemoteParameters(remote.ice)
        }
        if remote.isICELite { setControlling(true) }
        for candidate in remote.candidates { agent?.addRemoteCandidate(candidate) }
        if remote.hasEndOfCandidates || !remote.trickles { agent?.endOfRemoteCandidates() }
    }

    private func setControlling(_ controlling: Bool) {
        // RFC 8445 section 6.1.1: the role stays for the session.
        if negotiation.session == nil { agent?.setControlling(controlling) }
    }

    private func startGathering() throws(PeerConnectionError) {
        guard states.gathering == .new, let agent else { return }
        let (mid, section) = bundleTag
        gathered.begin(mid: mid, section: section)
        for event in states.move(gathering: .gathering) { tell(event) }
        do throws(ICEError) { try agent.startGathering() } catch { throw .ice(error) }
    }

    private var bundleTag: (String, Int) {
        if let remote = negotiation.remoteTransport { return (remote.mid.rawValue, remote.section) }
        let offer = negotiation.pendingLocalDescription
        return (offer?.bundle.first?.rawValue ?? "0", 0)
    }

    private func localTransport() throws(PeerConnectionError) -> LocalTransport {
        guard let agent else { throw .closed }
        return LocalTransport(ice: agent.localParameters, fingerprints: [fingerprint])
    }

    private static func parse(_ sdp: String) throws(PeerConnectionError) -> SessionDescription {
        do throws(SDPError) { return try SessionDescription(parsing: sdp) } catch { throw .sdp(error) }
    }
}

extension SDPType {
    init(_ kind: Description.Kind) {
        switch kind {
        case .offer: self = .offer
        case .answer: self = .answer
        case .rollback: self = .rollback
        }
    }
}

/// The local candidates of the one transport, and the section that speaks for it.
struct GatheredCandidates {
    private var mid = "0"
    private var section = 0
    private var candidates: [ICECandidate] = []
    private var isComplete = false

    mutating func begin(mid: String, section: Int) {
        self.mid = mid
        self.section = section
    }

    mutating func add(_ candidate: ICECandidate) -> LocalCandidate {
        candidates.append(candidate)
        return LocalCandidate(candidate: candidate, sdpMid: mid, sdpMLineIndex: section)
    }

    mutating func end() -> LocalCandidate {
        isComplete = true
        return LocalCandidate(candidate: nil, sdpMid: mid, sdpMLineIndex: section)
    }

    func add(to description: inout SessionDescription) {
        guard description.media.indices.contains(section) else { return }
        description.media[section].candidates = candidates
        description.media[section].hasEndOfCandidates = isComplete
    }
}
