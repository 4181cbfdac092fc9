public import RapportBase
import RapportSDP

extension NegotiationState {
    /// True when a candidate that came by itself is for the one transport that is used. RFC 8838 section 11.
    ///
    /// An offerer that does not know yet whether it will be bundled sends candidates for every media description; only
    /// those of the tagged one count. So do candidates of a generation that is over. Throws when the candidate names
    /// no media description of the remote description.
    /// - Parameters:
    ///   - mid: the tag that came with the candidate.
    ///   - section: the place that came with it; looked at when there is no tag. W3C webrtc-pc section 4.8.1.
    public func accepts(
        _ candidate: ICECandidate, mid: MID?, section: Int?
    ) throws(NegotiationError) -> Bool {
        try requireOpen()
        guard let transport = remoteTransport, let remote = pendingRemoteDescription ?? currentRemoteDescription else {
            throw .noRemoteDescription
        }
        guard let place = mid.map({ remote.index(of: $0) }) ?? section, remote.media.indices.contains(place) else {
            throw .unknownSection
        }
        let isThisGeneration = candidate.usernameFragment.map { $0 == transport.ice.usernameFragment } ?? true
        return place == transport.section && candidate.component == 1 && isThisGeneration
    }
}
