public import RapportBase
public import RapportSDP

extension NegotiationState {
    /// Adds a sender and receiver of its own. W3C webrtc-pc section 5.1, `addTransceiver`.
    /// - Parameter trackID: nil makes one up and means that there is no track yet.
    @discardableResult
    public mutating func addTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection = .sendrecv, streamIDs: [String] = [], trackID: String? = nil
    ) throws(NegotiationError) -> TransceiverID {
        try requireOpen()
        return append(kind, direction, streamIDs, trackID, isFromTrack: false)
    }

    /// Adds a track to send, on a transceiver that never sent if there is one. W3C webrtc-pc section 5.1, `addTrack`.
    @discardableResult
    public mutating func addTrack(
        _ kind: MediaKind, streamIDs: [String] = [], trackID: String? = nil
    ) throws(NegotiationError) -> TransceiverID {
        try requireOpen()
        guard let index = transceivers.firstIndex(where: { $0.kind == kind && $0.canTakeTrack }) else {
            let id = append(kind, .sendrecv, streamIDs, trackID, isFromTrack: true)
            transceivers[transceivers.count - 1].hasTrack = true
            return id
        }
        let receives = transceivers[index].direction.receives
        transceivers[index].direction = TransceiverDirection(sends: true, receives: receives)
        transceivers[index].hasTrack = true
        transceivers[index].streamIDs = streamIDs
        if let trackID { transceivers[index].trackID = trackID }
        return transceivers[index].id
    }

    /// Stops sending a track; the transceiver stays. W3C webrtc-pc section 5.1, `removeTrack`.
    public mutating func removeTrack(_ id: TransceiverID) throws(NegotiationError) {
        let index = try index(of: id)
        let receives = transceivers[index].direction.receives
        transceivers[index].direction = TransceiverDirection(sends: false, receives: receives)
        transceivers[index].hasTrack = false
    }

    /// Says what is wanted from the next exchange on.
    public mutating func setDirection(
        _ direction: TransceiverDirection, of id: TransceiverID
    ) throws(NegotiationError) {
        transceivers[try index(of: id)].direction = direction
    }

    /// Says from the next exchange on whether sound may be sent in two channels. RFC 7587 section 6.1, `sprop-stereo`.
    public mutating func setSendsStereo(_ sends: Bool, of id: TransceiverID) throws(NegotiationError) {
        transceivers[try index(of: id)].sendsStereo = sends
    }

    /// Asks from the next exchange on for sound in two channels, or for one. RFC 7587 section 6.1, `stereo`.
    public mutating func setPlaysStereo(_ plays: Bool, of id: TransceiverID) throws(NegotiationError) {
        transceivers[try index(of: id)].playsStereo = plays
    }

    /// Ends a transceiver: at once when no description has it, else with the next offer. W3C webrtc-pc section 5.4.
    /// The one whose section speaks for the bundle stays, `inactive`, as long as others go on.
    public mutating func stop(_ id: TransceiverID) throws(NegotiationError) {
        let index = try index(of: id)
        if transceivers[index].mid == nil {
            transceivers.remove(at: index)
        } else {
            transceivers[index].isStopping = true
        }
    }

    /// The transceiver with this name; nil when there is none any more.
    public func transceiver(_ id: TransceiverID) -> Transceiver? { transceivers.first { $0.id == id } }

    func transceiver(with mid: MID?) -> Transceiver? {
        guard let mid else { return nil }
        return transceivers.first { $0.mid == mid }
    }

    func requireOpen() throws(NegotiationError) {
        if case .closed = state { throw .closed }
    }

    private func index(of id: TransceiverID) throws(NegotiationError) -> Int {
        try requireOpen()
        guard let index = transceivers.firstIndex(where: { $0.id == id }) else { throw .unknownTransceiver(id) }
        return index
    }

    @discardableResult
    mutating func append(
        _ kind: MediaKind, _ direction: TransceiverDirection, _ streamIDs: [String], _ trackID: String?,
        isFromTrack: Bool
    ) -> TransceiverID {
        let id = TransceiverID(rawValue: nextID)
        nextID += 1
        let ssrc = freshSSRC(besides: [])
        let repeated = kind == .video ? freshSSRC(besides: [ssrc]) : nil
        transceivers.append(
            Transceiver(
                id: id, kind: kind, direction: direction, hasTrack: trackID != nil, sendSSRC: ssrc,
                sendRetransmissionSSRC: repeated,
                sendRepairSSRC: repeated.map { freshSSRC(besides: [ssrc, $0]) }, streamIDs: streamIDs,
                trackID: trackID ?? random.identifier(), isFromTrack: isFromTrack))
        return id
    }

    /// RFC 3550 section 8: chosen at random, unlike any other; zero is left out as some receivers take it for none.
    private mutating func freshSSRC(besides others: [SSRC]) -> SSRC {
        while true {
            let ssrc = SSRC(UInt32(truncatingIfNeeded: random.next() >> 32))
            let isTaken = transceivers.contains { one in
                [one.sendSSRC, one.sendRetransmissionSSRC, one.sendRepairSSRC].contains(ssrc)
            }
            if ssrc.rawValue != 0, !others.contains(ssrc), !isTaken { return ssrc }
        }
    }
}

extension Transceiver {
    /// W3C webrtc-pc section 5.1, `addTrack`: no track, not stopped, and has never been used to send.
    fileprivate var canTakeTrack: Bool { !hasTrack && !isStopping && !hasSent }
}
