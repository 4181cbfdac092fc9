import ArgumentParser
import Foundation
import RapportServer

/// Administration of sessions, on the server's SQLite file.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Make sessions.", subcommands: [Create.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a session and print its two links, once.")

        @OptionGroup var store: StoreOptions

        @Option(help: ArgumentHelp("Where people reach the server.", valueName: "url"))
        var publicURL = "http://127.0.0.1:8080"

        @Flag(help: "Print one JSON object.")
        var json = false

        mutating func run() async throws {
            let server = try Server(
                configuration: ServerConfiguration(
                    host: "127.0.0.1", port: 0, databasePath: try store.path(), publicURL: publicURL))
            Self.show(try await server.createSession(), json: json)
        }

        static func show(_ links: SessionLinks, json: Bool) {
            if json { return Terminal.line(links) }
            Terminal.write("clinician  \(links.clinician)\nclient     \(links.client)\n")
        }
    }
}
