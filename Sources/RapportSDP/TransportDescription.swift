public import RapportBase

/// What a session or a media description says about its ICE and DTLS transport. RFC 8839; RFC 8842.
public struct TransportDescription: Hashable, Sendable {
    public var usernameFragment: String?
    public var password: String?
    /// `trickle`, `renomination` and others. RFC 8839 section 5.6.
    public var iceOptions: [String]
    /// Digests of the certificate; those of unknown hash functions are passed over. RFC 8122 section 5.
    public var fingerprints: [Fingerprint]
    public var setup: DTLSSetup?

    public init(
        usernameFragment: String? = nil, password: String? = nil, iceOptions: [String] = [],
        fingerprints: [Fingerprint] = [], setup: DTLSSetup? = nil
    ) {
        self.usernameFragment = usernameFragment
        self.password = password
        self.iceOptions = iceOptions
        self.fingerprints = fingerprints
        self.setup = setup
    }

    /// User name fragment and password, when both were said.
    public var iceParameters: ICEParameters? {
        guard let usernameFragment, let password else { return nil }
        return ICEParameters(usernameFragment: usernameFragment, password: password)
    }

    /// This description with what it leaves out taken from the session level. RFC 9429 section 5.8.2.
    public func inheriting(_ session: TransportDescription) -> TransportDescription {
        TransportDescription(
            usernameFragment: usernameFragment ?? session.usernameFragment,
            password: password ?? session.password,
            iceOptions: iceOptions + session.iceOptions.filter { !iceOptions.contains($0) },
            fingerprints: fingerprints.isEmpty ? session.fingerprints : fingerprints,
            setup: setup ?? session.setup)
    }
}
