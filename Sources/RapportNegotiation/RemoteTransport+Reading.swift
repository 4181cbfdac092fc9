import RapportBase
import RapportSDP

extension RemoteTransport {
    /// What section `tag` of a remote description says of the transport.
    init(_ tag: Int, of description: SessionDescription) throws(NegotiationError) {
        let section = description.media[tag]
        let transport = description.transport(of: section)
        guard let mid = section.mid else { throw .missingMID(section: tag) }
        guard let ice = transport.iceParameters else { throw .missingICEParameters(section: tag) }
        guard !transport.fingerprints.isEmpty else { throw .missingFingerprint(section: tag) }
        self.init(
            mid: mid, section: tag, ice: ice, candidates: section.candidates.filter { $0.component == 1 },
            hasEndOfCandidates: section.hasEndOfCandidates, trickles: transport.iceOptions.contains("trickle"),
            isICELite: description.isICELite, fingerprints: transport.fingerprints)
    }
}
