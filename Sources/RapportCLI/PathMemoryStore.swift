import Crypto
import Foundation
import Glibc
import RapportBase
import RapportMedia

/// What `rapport join` remembers of the paths it has called over, for the next call by the same link: rates and times,
/// nothing else.
///
/// A path's name is a keyed hash of the link; the key is random, this installation's own, and in a file beside. Neither
/// an address nor a person nor a session can be read out of either. Both files belong to their owner alone.
struct PathMemoryStore {
    /// Paths at most; the oldest goes first.
    static let maximumPaths = 64
    static let longestAge: Duration = .seconds(30 * 86_400)
    /// A larger file is not ours.
    private static let maximumBytes = 64 * 1024

    private let file: URL
    private let key: SymmetricKey
    private var paths: [String: Path]

    /// What the file holds of one path.
    private struct Path: Codable {
        /// Bits a second.
        var rate: Int
        /// Milliseconds.
        var roundTrip: Double
        /// Share of packets, 0...1.
        var loss: Double
        /// Unix time in seconds, to the hour.
        var hour: Int
    }

    /// Reads the store in `folder`, which need not exist yet; nil where there can be none. What cannot be read in the
    /// file is forgotten.
    init?(folder: URL = Self.standardFolder, now: Date = .now) {
        guard let key = Self.key(in: folder) else { return nil }
        self.key = key
        file = folder.appending(path: "paths.json")
        paths = Self.read(file, now)
    }

    /// XDG base directory specification: state that outlives a restart and is no document of anybody's.
    static var standardFolder: URL {
        let given = ProcessInfo.processInfo.environment["XDG_STATE_HOME"] ?? ""
        // "All paths must be absolute": another is as if it were not set.
        let base = given.hasPrefix("/") ? given : NSHomeDirectory() + "/.local/state"
        return URL(filePath: base, directoryHint: .isDirectory).appending(path: "rapport")
    }

    /// What the last call by this link left.
    func memory(of link: InvitationLink) -> PathMemory? {
        guard let path = paths[name(of: link)] else { return nil }
        return PathMemory(
            rate: Bitrate(bitsPerSecond: path.rate), roundTrip: .milliseconds(Int64(path.roundTrip)),
            inherentLoss: path.loss)
    }

    /// Keeps what a call by this link found, here and, where that is possible, in the file.
    mutating func keep(_ memory: PathMemory, of link: InvitationLink, now: Date = .now) {
        // Another process may have written meanwhile.
        paths.merge(Self.read(file, now)) { $1 }
        paths[name(of: link)] = Path(
            rate: memory.rate.bitsPerSecond, roundTrip: memory.roundTrip.inMilliseconds.rounded(),
            loss: (memory.inherentLoss * 1000).rounded() / 1000, hour: Int(now.timeIntervalSince1970) / 3600 * 3600)
        while paths.count > Self.maximumPaths, let oldest = paths.min(by: { $0.value.hour < $1.value.hour }) {
            paths[oldest.key] = nil
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(paths) else { return }
        Self.write(data, to: file) { rename($0, $1) }
    }

    private func name(of link: InvitationLink) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(link.identity.utf8), using: key)
        return Data(code.prefix(16)).base64EncodedString()
    }

    // MARK: Files

    private static func read(_ file: URL, _ now: Date) -> [String: Path] {
        guard let data = contents(of: file, atMost: maximumBytes),
            let paths = try? JSONDecoder().decode([String: Path].self, from: data), paths.count <= maximumPaths
        else { return [:] }
        let seconds = Int(now.timeIntervalSince1970)
        return paths.filter { isPlausible($0.value, seconds) }
    }

    /// The file may be damaged, and the clock may have been set: a path from the future is as bad as one too old.
    private static func isPlausible(_ path: Path, _ now: Int) -> Bool {
        let ages = 0...Int(longestAge.inSeconds)
        return (1000...10_000_000_000).contains(path.rate) && (0...60_000).contains(path.roundTrip)
            && (0...1).contains(path.loss) && (0...now).contains(path.hour) && ages.contains(now - path.hour)
    }

    /// This installation's key, made where there is none.
    private static func key(in folder: URL) -> SymmetricKey? {
        let file = folder.appending(path: "paths.key")
        if let key = readKey(file) { return key }
        let made = SymmetricKey(size: .bits256)
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // A link is only made where no file is: two processes that make a key at the same time read back the same.
        write(made.withUnsafeBytes { Data($0) }, to: file) { link($0, $1) }
        return readKey(file)
    }

    private static func readKey(_ file: URL) -> SymmetricKey? {
        guard let data = contents(of: file, atMost: 32), data.count == 32 else { return nil }
        return SymmetricKey(data: data)
    }

    private static func contents(of file: URL, atMost limit: Int) -> Data? {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: limit + 1), data.count <= limit else { return nil }
        return data
    }

    /// Writes a file that only its owner may read, whole or not at all; `place` puts the finished one in its place.
    private static func write(_ data: Data, to file: URL, place: (String, String) -> Int32) {
        let part = file.path + ".\(getpid())"
        unlink(part)
        defer { unlink(part) }
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard (try? handle.write(contentsOf: data)) != nil, (try? handle.close()) != nil else { return }
        _ = place(part, file.path)
    }
}
