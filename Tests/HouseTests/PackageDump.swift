import Foundation

/// What SwiftPM says the package is, from `swift package dump-package`.
struct PackageDump: Decodable {
    struct Target: Decodable {
        var name: String
        var type: String
        var dependencies: [Dependency]
    }

    struct Product: Decodable {
        var name: String
        var targets: [String]
    }

    /// One edge; the dump names its kind by the key and puts the name first in an array of strings and nulls.
    struct Dependency: Decodable {
        var name: String

        private struct Part: Decodable {
            var text: String?
            init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
        }

        init(from decoder: any Decoder) throws {
            let parts = try decoder.singleValueContainer().decode([String: [Part]].self)
            guard let name = parts.values.first?.first?.text else {
                throw CommandFailed(output: "unreadable dependency")
            }
            self.name = name
        }
    }

    struct CommandFailed: Error { var output: String }

    var targets: [Target]
    var products: [Product]

    /// The package with the session server, whatever the environment of this test run leaves out.
    static func read() throws -> PackageDump {
        // The running `swift test` holds the lock of its scratch path, so the question is asked from another one.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "house-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let output = try run([
            "swift", "package", "--package-path", Checkout.root.path, "--scratch-path", scratch.path, "dump-package",
        ])
        return try JSONDecoder().decode(PackageDump.self, from: output)
    }

    private static func run(_ command: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "RAPPORT_ENGINE_ONLY" }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailed(output: String(decoding: output, as: UTF8.self))
        }
        return output
    }

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }

    /// The rooms that a product is made of.
    func rooms(ofProduct name: String) -> Set<String> {
        var found: Set<String> = []
        var open = products.first { $0.name == name }?.targets ?? []
        while let next = open.popLast() {
            guard let target = target(next), found.insert(next).inserted else { continue }
            open += target.dependencies.map(\.name)
        }
        return found
    }
}
