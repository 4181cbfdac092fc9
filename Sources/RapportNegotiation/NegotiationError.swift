/// Why an exchange of descriptions cannot go on. Sections count from 0, as `m=` lines do.
public enum NegotiationError: Error, Hashable, Sendable {
    /// The state has been closed.
    case closed
    /// The operation is not allowed in this state: an answer without an offer, a second answer.
    case wrongState(SignalingState, SDPType)
    /// An offer or an answer was to be set without a description.
    case missingDescription(SDPType)
    /// Provisional answers are not taken.
    case provisionalAnswerUnsupported
    /// An offer without any media description would agree on nothing.
    case nothingToOffer
    /// More media descriptions than a session description may have.
    case tooManySections(Int)
    /// There is no such transceiver, or there is none any more.
    case unknownTransceiver(TransceiverID)
    /// A media description of a local description belongs to no transceiver.
    case unmatchedSection(Int)

    /// An answer has another number of media descriptions, or an offer has fewer than before.
    case sectionCount(expected: Int, actual: Int)
    case missingMID(section: Int)
    case duplicateMID(section: Int)
    /// The tag differs from that of the same place in the offer, or in the description before.
    case midMismatch(section: Int)
    /// The kind of media differs from that of the same place in the offer, or in the description before.
    case kindMismatch(section: Int)
    /// The answer takes what the offer had switched off.
    case acceptedRejectedSection(Int)
    /// Accepted, but outside of the one bundle.
    case notBundled(section: Int)
    /// The bundle names a tag that no media description has.
    case unknownBundleTag(place: Int)

    /// RFC 8858 asks for it, and there is one port only.
    case missingRTCPMux(section: Int)
    case missingICEParameters(section: Int)
    case missingFingerprint(section: Int)
    case missingSetup(section: Int)
    /// `holdconn`, or `actpass` in an answer. RFC 5763 section 5.
    case invalidSetup(section: Int)

    /// The answer takes a media description without any format that was offered.
    case noCommonCodec(section: Int)
    /// Every media description of the offer would be refused; nil where the offer itself had switched it off.
    case nothingAcceptable([SectionRefusal?])
    /// The answer refuses everything that was offered.
    case everythingRejected

    /// A candidate came before any remote description.
    case noRemoteDescription
    /// A candidate is for a media description that does not exist.
    case unknownSection
}
