/// The stream and the track that a media description sends, `a=msid`. RFC 8830 section 2.
public struct MediaStreamIdentification: Hashable, Sendable {
    /// `-` when the track is in no stream. RFC 8830 section 2.
    public var streamID: String
    public var trackID: String?

    public init(streamID: String, trackID: String? = nil) {
        self.streamID = streamID
        self.trackID = trackID
    }

    /// The value of the attribute.
    public var serialized: String { trackID.map { streamID + " " + $0 } ?? streamID }
}
