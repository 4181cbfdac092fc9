import Foundation
import Testing

/// Nothing that is received is ever written: the consultation leaves no recording behind.
@Suite("No received media is written")
struct RetentionTests {
    /// Calls that make or change a file, in Swift, Foundation, NIO and C.
    static let writing =
        #"\b(fdopen|freopen|fwrite|pwrite|creat|mkstemp|mkostemp|openat|truncate|ftruncate|rename|mmap)\("#
        + #"|\bO_(WRONLY|RDWR|CREAT|APPEND|TMPFILE)\b|\bforWriting\w*:|\bforUpdating\w*:|\.write\(to\w*:|\bcreateFile\("#
        + #"|\bcreateDirectory\(|\bOutputStream\b|\bNIOFileHandle\b|\b_?NIOFileSystem\b|\bFileDescriptor\.open\("#
        + #"|\bg_file_(create|replace|append|set_contents)\w*|\bSSL_CTX_set_keylog_callback\b"#

    /// `fopen` in any mode but reading. The mode is a string, so this one looks at the text with its literals.
    static let opening = #"\bfopen\((?![^()]*,\s*"rb?e?"\))"#

    static func writes(in source: SwiftSource) -> Int { source.count(of: writing) + source.countInText(of: opening) }

    /// Rooms of the product that see descriptions, settings and the store, but no packet and no frame.
    static let withoutMedia: Set<String> = ["RapportServer", "RapportCLI"]

    /// Files of those rooms that may write, and what: a key or a page, never media.
    static func exceptions() throws -> [String: String] {
        let text = try Checkout.text("Tests/Ratchets/writing.json")
        return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }

    @Test("no room of the product `rapport` that touches media has a call that writes a file")
    func mediaRooms() throws {
        let rooms = try PackageDump.read().rooms(ofProduct: "rapport").subtracting(Self.withoutMedia)
        #expect(rooms.isSuperset(of: ["Rapport", "RapportSession", "RapportMedia", "RapportCodecs", "RapportICE"]))
        for room in rooms {
            for source in try Checkout.sources(of: room) {
                #expect(Self.writes(in: source) == 0, "\(source.path) writes a file")
            }
        }
    }

    @Test("in the server and the command line only the files of writing.json write")
    func otherRooms() throws {
        let exceptions = try Self.exceptions()
        for room in Self.withoutMedia {
            for source in try Checkout.sources(of: room) where exceptions[source.path] == nil {
                #expect(Self.writes(in: source) == 0, "\(source.path) writes a file")
            }
        }
        for path in exceptions.keys {
            let source = SwiftSource(path: path, text: try Checkout.text(path))
            #expect(Self.writes(in: source) > 0, "\(path) writes nothing any more: take it out of writing.json")
            #expect(Self.withoutMedia.contains { path.hasPrefix("Sources/\($0)/") }, "\(path) is in a room with media")
        }
    }

    @Test(
        "a planted write is seen",
        arguments: [
            "fopen(path, mode)", #"fopen(path, "wb")"#, #"fopen(path, "r+")"#, "open(path, O_WRONLY | 512)",
            "try data.write(to: url)",
            "FileHandle(forWritingAtPath: p)",
            "FileManager.default.createFile(atPath: p, contents: d)", "SSL_CTX_set_keylog_callback(context, log)",
        ])
    func plantedWrite(_ code: String) {
        #expect(Self.writes(in: SwiftSource(path: "planted", text: code)) > 0)
    }

    @Test("reading is no write", arguments: [#"fopen(path, "r")"#, #"fopen(path, "rb")"#, "open(path, O_RDONLY)"])
    func reading(_ code: String) {
        #expect(Self.writes(in: SwiftSource(path: "innocent", text: code)) == 0)
    }
}
