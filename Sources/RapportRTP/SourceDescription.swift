public import RapportBase

/// Texts about sources, above all their canonical names. RFC 3550 section 6.5.
public struct SourceDescription: Sendable, Equatable {
    /// One text about one source.
    public struct Item: Sendable, Equatable {
        /// 1 is CNAME, 2 NAME, ... 8 PRIV; never 0. RFC 3550 section 12.2.
        public var type: UInt8
        /// UTF-8, 255 bytes at most; what is longer is cut when written.
        public var value: [UInt8]

        public init(type: UInt8, value: [UInt8]) {
            self.type = type
            self.value = value
        }

        /// The type of the canonical name. RFC 3550 section 6.5.1.
        public static let cname: UInt8 = 1
    }

    /// All texts about one source.
    public struct Chunk: Sendable, Equatable {
        public var source: SSRC
        public var items: [Item]

        public init(source: SSRC, items: [Item]) {
            self.source = source
            self.items = items
        }
    }

    public var chunks: [Chunk]

    public init(chunks: [Chunk]) { self.chunks = chunks }

    /// The description every source has to send: its canonical name. RFC 3550 section 6.5.1.
    public init(source: SSRC, canonicalName: String) {
        let item = Item(type: Item.cname, value: Array(canonicalName.utf8))
        self.init(chunks: [Chunk(source: source, items: [item])])
    }

    /// The canonical name of a source, bytes that are no UTF-8 replaced; nil when it is not given.
    public func canonicalName(of source: SSRC) -> String? {
        for chunk in chunks where chunk.source == source {
            for item in chunk.items where item.type == Item.cname { return String(decoding: item.value, as: UTF8.self) }
        }
        return nil
    }
}
