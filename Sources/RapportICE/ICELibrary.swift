import CNice

/// The libnice this process loaded. It has no version number, so its features are asked for.
enum ICELibrary {
    private static let missing: String? = [
        "ice-trickle", "stun-pacing-timer", "stun-initial-timeout", "stun-max-retransmissions", "force-relay",
        "consent-freshness",
    ].first { rapport_nice_has_property($0) == 0 }

    static func check() throws(ICEError) {
        if let missing { throw .libraryTooOld(missing: missing) }
    }
}
