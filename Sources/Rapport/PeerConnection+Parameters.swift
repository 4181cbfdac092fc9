import RapportMedia
import RapportNegotiation

// What an application allows each sender. W3C webrtc-pc section 5.2, RTCRtpSender.
extension PeerConnection {
    /// The parameters of a transceiver's sender; those of a fresh one when none were set.
    public func parameters(of transceiver: RTPTransceiver) -> RTPSendParameters {
        parameters[transceiver.id] ?? RTPSendParameters()
    }

    /// Takes other parameters, at once and without a negotiation.
    /// - Throws: `invalidParameter`, `unknownTransceiver`, `closed`; nothing is then changed.
    public func setParameters(
        _ wanted: RTPSendParameters, of transceiver: RTPTransceiver
    ) throws(PeerConnectionError) {
        try requireOpen()
        try wanted.check()
        guard negotiation.transceiver(transceiver.id) != nil else { throw .unknownTransceiver }
        let item = try mediaItem(transceiver.id, transceiver.kind)
        parameters[transceiver.id] = wanted
        switch item {
        case .audio(let pipeline):
            let mayBeStereo = wanted.audioContent.channels(peerTakesStereo: true) == 2
            try negotiating { state throws(NegotiationError) in
                try state.setSendsStereo(mayBeStereo, of: transceiver.id)
            }
            pipeline.post { $0.setContent(wanted.audioContent, mostBitrate: wanted.maxBitrate) }
        case .video(let sender, _): sender.post { $0.setLimits(wanted.videoLimits) }
        }
        activate()
    }
}
