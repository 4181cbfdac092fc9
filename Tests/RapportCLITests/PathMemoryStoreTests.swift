import Foundation
import Rapport
import RapportBase
import RapportMedia
import Testing

@testable import RapportCLI

@Suite("What is remembered of paths")
struct PathMemoryStoreTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let memory = PathMemory(
        rate: .kilobits(1234), roundTrip: .milliseconds(80), inherentLoss: 0.0123)

    private let folder = FileManager.default.temporaryDirectory.appending(
        path: "rapport-paths-\(UUID().uuidString)", directoryHint: .isDirectory)
    private var file: URL { folder.appending(path: "paths.json") }
    private var keyFile: URL { folder.appending(path: "paths.key") }

    /// Runs with a folder of its own, which is gone afterwards.
    private func inFolder(_ body: () throws -> Void) rethrows {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body()
    }

    private func store(now: Date = now) throws -> PathMemoryStore {
        try #require(PathMemoryStore(folder: folder, now: now))
    }

    private func link(_ secret: String = "c2VjcmV0") throws -> InvitationLink {
        try #require(InvitationLink("https://practice.example:8443/j/\(secret)"))
    }

    private func permissions(_ file: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    }

    @Test("comes back in the same process and in the next, for the same link only")
    func roundTrip() throws {
        try inFolder {
            var first = try store()
            let link = try link()
            #expect(first.memory(of: link) == nil)
            first.keep(Self.memory, of: link, now: Self.now)
            for each in [first, try store()] {
                let memory = try #require(each.memory(of: link))
                #expect(memory.rate == .kilobits(1234) && memory.roundTrip == .milliseconds(80))
                #expect(memory.inherentLoss == 0.012)
                #expect(each.memory(of: try self.link("b3RoZXI")) == nil)
                #expect(each.memory(of: try #require(InvitationLink("https://practice.example/j/c2VjcmV0"))) == nil)
            }
        }
    }

    @Test("is in files that only their owner may read, in a folder that only its owner may enter")
    func ownerOnly() throws {
        try inFolder {
            var store = try store()
            store.keep(Self.memory, of: try link(), now: Self.now)
            #expect(try permissions(file) == 0o600)
            #expect(try permissions(keyFile) == 0o600)
            #expect(try permissions(folder) == 0o700)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["paths.json", "paths.key"])
        }
    }

    @Test(
        "holds a rate, times and a share under a name that says nothing, and another installation's says another thing")
    func saysNothing() throws {
        try inFolder {
            var store = try store()
            store.keep(Self.memory, of: try link(), now: Self.now)
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["practice", "example", "8443", "c2VjcmV0", "secret", "https"] {
                #expect(!text.contains(word), "\(text)")
            }
            let paths = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
            #expect(paths.count == 1)
            #expect(paths.values.allSatisfy { Set($0.keys) == ["rate", "roundTrip", "loss", "hour"] })
            #expect(paths.keys.allSatisfy { Data(base64Encoded: $0)?.count == 16 })
            try FileManager.default.removeItem(at: keyFile)
            #expect(try self.store().memory(of: try link()) == nil)
        }
    }

    @Test("is forgotten after 30 days, and when it comes from the future")
    func age() throws {
        try inFolder {
            var store = try store()
            let link = try link()
            store.keep(Self.memory, of: link, now: Self.now)
            #expect(try self.store(now: Self.now.addingTimeInterval(29.9 * 86_400)).memory(of: link) != nil)
            #expect(try self.store(now: Self.now.addingTimeInterval(30.1 * 86_400)).memory(of: link) == nil)
            #expect(try self.store(now: Self.now.addingTimeInterval(-7200)).memory(of: link) == nil)
        }
    }

    @Test("keeps 64 paths, the latest ones")
    func bound() throws {
        try inFolder {
            var store = try store()
            for number in 0..<70 {
                store.keep(
                    Self.memory, of: try link("n\(number)"), now: Self.now.addingTimeInterval(Double(number) * 3600))
            }
            let end = Self.now.addingTimeInterval(70 * 3600)
            let again = try self.store(now: end)
            let known = try (0..<70).filter { again.memory(of: try link("n\($0)")) != nil }
            #expect(known == Array(6..<70))
        }
    }

    @Test("of two processes each keeps what the other wrote")
    func twoProcesses() throws {
        try inFolder {
            var (first, second) = (try store(), try store())
            first.keep(Self.memory, of: try link("a"), now: Self.now)
            second.keep(Self.memory, of: try link("b"), now: Self.now)
            let third = try store()
            #expect(try third.memory(of: link("a")) != nil)
            #expect(try third.memory(of: link("b")) != nil)
        }
    }

    @Test("a damaged file is as good as none, and is written anew", arguments: damages)
    func damaged(text: String) throws {
        try inFolder {
            var store = try store()
            let link = try link()
            store.keep(Self.memory, of: link, now: Self.now)
            let whole = try String(contentsOf: file, encoding: .utf8)
            let name = try #require(whole.split(separator: "\"").dropFirst().first)
            try Data(text.replacing("NAME", with: name).utf8).write(to: file)
            var again = try self.store()
            #expect(again.memory(of: link) == nil)
            again.keep(Self.memory, of: link, now: Self.now)
            #expect(try self.store().memory(of: link)?.rate == .kilobits(1234))
        }
    }

    private static let damages = [
        "", "{", "[]", "null", #"{"NAME":{}}"#, #"{"NAME":{"hour":1800000000,"loss":0,"rate":0,"roundTrip":1}}"#,
        #"{"NAME":{"hour":1800000000,"loss":2,"rate":1000000,"roundTrip":1}}"#,
        #"{"NAME":{"hour":1800000000,"loss":0,"rate":1000000,"roundTrip":-1}}"#,
        #"{"NAME":{"hour":-9223372036854775808,"loss":0,"rate":1000000,"roundTrip":1}}"#,
        #"{"NAME":{"hour":1800000000,"loss":0,"rate":9223372036854775807,"roundTrip":1}}"#,
        String(repeating: " ", count: 70_000),
    ]

    @Test("where no file can be written there is none, and no call fails of it")
    func unwritable() throws {
        #expect(PathMemoryStore(folder: URL(filePath: "/dev/null/rapport", directoryHint: .isDirectory)) == nil)
        try inFolder {
            var store = try store()
            try FileManager.default.removeItem(at: folder)
            store.keep(Self.memory, of: try link(), now: Self.now)
            #expect(store.memory(of: try link()) != nil)
        }
    }

    @Test("the folder is the one of the XDG specification")
    func standardFolder() {
        let given = ProcessInfo.processInfo.environment["XDG_STATE_HOME"] ?? ""
        let base = given.hasPrefix("/") ? given : NSHomeDirectory() + "/.local/state"
        #expect(PathMemoryStore.standardFolder.path == base + "/rapport")
    }
}
