/// Which media a participant sends at the moment.
public struct MediaState: Codable, Hashable, Sendable {
    public var audio: Bool
    public var video: Bool
    public var screen: Bool

    public init(audio: Bool = false, video: Bool = false, screen: Bool = false) {
        self.audio = audio
        self.video = video
        self.screen = screen
    }

    private enum CodingKeys: String, CodingKey { case audio, video, screen }

    /// Absent fields are false.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        audio = try fields.decodeIfPresent(Bool.self, forKey: .audio) ?? false
        video = try fields.decodeIfPresent(Bool.self, forKey: .video) ?? false
        screen = try fields.decodeIfPresent(Bool.self, forKey: .screen) ?? false
    }
}
