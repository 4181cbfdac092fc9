/// Data beside a call of two whole sessions.
public struct DataLoad: Sendable {
    /// Bytes of each message of somebody who always has another one; nil for nobody.
    public var bulk: Int?
    /// A message of chat of 200 bytes each second.
    public var chats: Bool
    /// Without them sound and data have the line for themselves.
    public var sendsPictures: Bool

    public init(bulk: Int? = nil, chats: Bool = true, sendsPictures: Bool = true) {
        self.bulk = bulk
        self.chats = chats
        self.sendsPictures = sendsPictures
    }
}
