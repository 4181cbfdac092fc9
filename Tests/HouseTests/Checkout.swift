import Foundation

/// The checkout these tests were compiled from.
enum Checkout {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Names of everything in a folder, without what is inside its folders.
    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
    }

    /// Paths, relative to the checkout, of all files under a folder whose name ends in one of `endings`.
    static func files(under folder: String, endings: [String]) -> [String] {
        let start = root.appending(path: folder).path
        guard let walker = FileManager.default.enumerator(atPath: start) else { return [] }
        return walker.compactMap { $0 as? String }
            .filter { path in endings.contains { path.hasSuffix($0) } && !path.contains(".build/") }
            .map { folder + "/" + $0 }
            .sorted()
    }

    /// The Swift sources of a target.
    static func sources(of target: String) throws -> [SwiftSource] {
        try files(under: "Sources/" + target, endings: [".swift"]).map {
            SwiftSource(path: $0, text: try text($0))
        }
    }
}
