public import RapportBase

/// A session description with every line that negotiation uses read into a type. RFC 8866; RFC 9429 section 5.
public struct SessionDescription: Sendable, Equatable {
    /// Largest text read, in bytes.
    public static let maximumBytes = 256 * 1024
    /// Longest line read, in bytes.
    public static let maximumLineBytes = 16 * 1024
    /// Most media descriptions read.
    public static let maximumMediaSections = 64

    public var origin: SessionOrigin
    public var sessionName: String
    public var connection: NetworkAddress?
    public var groups: [MediaGroup]
    /// Defaults of every media description that does not say otherwise.
    public var transport: TransportDescription
    public var direction: MediaDirection?
    /// The other side only answers checks. RFC 8839 section 5.3.
    public var isICELite: Bool
    /// One-byte and two-byte header extensions may be mixed in a stream. RFC 8285 section 6.
    public var allowsMixedExtensions: Bool
    /// Mappings that hold for every media description. RFC 8285 section 5.
    public var extensions: [HeaderExtensionMapping]
    /// `WMS` and the streams; nil when the line is absent.
    public var streamSemantics: MediaStreamSemantics?
    /// Attributes that are not read, in the order they stood.
    public var otherAttributes: [SDPAttribute]
    public var media: [MediaDescription]

    public init(origin: SessionOrigin, media: [MediaDescription] = []) {
        self.origin = origin
        sessionName = "-"
        connection = nil
        groups = []
        transport = TransportDescription()
        direction = nil
        isICELite = false
        allowsMixedExtensions = false
        extensions = []
        streamSemantics = nil
        otherAttributes = []
        self.media = media
    }

    /// The tags of the first `BUNDLE` group, in order; empty when there is none. RFC 9143 section 5.
    public var bundle: [MID] { groups.first { $0.semantics == MediaGroup.bundle }?.mids ?? [] }

    /// Where the media description with this tag stands.
    public func index(of mid: MID) -> Int? { media.firstIndex { $0.mid == mid } }

    /// The transport of one media description, session-level lines taken in.
    public func transport(of section: MediaDescription) -> TransportDescription {
        section.transport.inheriting(transport)
    }

    /// The direction of one media description; `sendrecv` when nothing is said. RFC 8866 section 6.7.
    public func direction(of section: MediaDescription) -> MediaDirection {
        section.direction ?? direction ?? .sendrecv
    }

    /// The header extensions of one media description, session-level lines taken in.
    public func extensions(of section: MediaDescription) -> [HeaderExtensionMapping] {
        section.extensions + extensions
    }
}
