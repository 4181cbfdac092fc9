/// `a=msid-semantic: WMS *`, from drafts of RFC 8830: no meaning is left in it, but browsers write it.
public struct MediaStreamSemantics: Hashable, Sendable {
    public var semantic: String
    public var streamIDs: [String]

    public init(semantic: String = "WMS", streamIDs: [String]) {
        self.semantic = semantic
        self.streamIDs = streamIDs
    }
}
