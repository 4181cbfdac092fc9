public import RapportBase
import RapportMedia

// Several connections over one line: a group in which everybody sends to everybody.
extension PeerConnection {
    /// One connection's claim to a line.
    public struct LineClaim: Sendable {
        public var connection: PeerConnection
        /// Above zero: a speaker or a large picture has more. Anything else counts as one.
        public var weight: Double

        public init(_ connection: PeerConnection, weight: Double = 1) {
            self.connection = connection
            self.weight = weight
        }
    }

    /// Bounds all that this connection sends, headers included, from now on and until the next call; less than
    /// 30 kbit/s counts as that. Congestion control may find less.
    /// - Throws: `closed`.
    public func setLineShare(_ share: Bitrate) throws(PeerConnectionError) {
        try requireOpen()
        limit(to: share)
    }

    /// Divides what a line carries upwards among the connections of a mesh, five in a group of six: room for a voice each,
    /// the rest by weight. To be called again when somebody comes, leaves or speaks.
    /// - Returns: the parts, in order; zero for a connection that is closed and takes no part.
    @discardableResult
    public static func share(_ line: Bitrate, among claims: [LineClaim]) async -> [Bitrate] {
        var parts = [Bitrate](repeating: .zero, count: claims.count)
        var open: [Int] = []
        for (index, claim) in claims.enumerated() where await claim.connection.connectionState != .closed {
            open.append(index)
        }
        let shares = BitrateAllocation.mesh(line, weights: open.map { claims[$0].weight })
        for (index, share) in zip(open, shares) {
            // One that was closed meanwhile leaves its part unused until the next call.
            guard (try? await claims[index].connection.setLineShare(share)) != nil else { continue }
            parts[index] = share
        }
        return parts
    }
}
