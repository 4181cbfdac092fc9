import Foundation
import RapportBase

/// The descriptions in `Fixtures/sdp`.
enum Fixture {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/sdp")

    static func text(_ name: String) throws -> String {
        let data = try Data(contentsOf: directory.appendingPathComponent(name + ".sdp"))
        return String(decoding: data, as: UTF8.self)
    }

    /// Names of all descriptions, without the ending.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".sdp") }.map { String($0.dropLast(4)) }.sorted()
    }()
}

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix
