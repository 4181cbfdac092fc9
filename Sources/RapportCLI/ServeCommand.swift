import ArgumentParser
import Foundation
import RapportServer
import RapportSignaling

/// Runs the session server until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the session server: page, links and signalling behind one port.")

    @OptionGroup var store: StoreOptions

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 takes a free one.")
    var port = 8080

    @Option(help: ArgumentHelp("Where people reach the server, as http(s)://HOST[:PORT].", valueName: "url"))
    var publicURL: String?

    @Option(help: ArgumentHelp("PEM file of the TLS certificate chain.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("PEM file of the TLS private key.", valueName: "file"))
    var privateKey: String?

    @Option(help: ArgumentHelp("stun:HOST[:PORT], for the peers; may repeat.", valueName: "url"))
    var iceServer: [String] = []

    @Flag(help: "Make one session at the start and print its two links.")
    var session = false

    func validate() throws {
        guard (certificate == nil) == (privateKey == nil) else {
            throw ValidationError("--certificate and --private-key go together")
        }
    }

    mutating func run() async throws {
        let server = try Server(configuration: configuration())
        let port = try await server.start()
        Terminal.note("Listening on \(host), port \(port). Stop with Ctrl-C.")
        if session { SessionCommand.Create.show(try await server.createSession(), json: false) }
        let signals = StopSignals()
        let stopping = Task {
            await signals.first()
            await server.stop()
        }
        await server.waitUntilStopped()
        stopping.cancel()
    }

    private func configuration() throws -> ServerConfiguration {
        let tls = certificate.flatMap { certificate in
            privateKey.map { ServerConfiguration.TLS(certificatePath: certificate, privateKeyPath: $0) }
        }
        return ServerConfiguration(
            host: host, port: port, databasePath: try store.path(), tls: tls,
            iceServers: iceServer.isEmpty ? [] : [ICEServerEntry(urls: iceServer)], publicURL: publicURL,
            adminToken: ProcessInfo.processInfo.environment["RAPPORT_ADMIN_TOKEN"])
    }
}

/// Where the server's SQLite file is.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "SQLite file of the server; default $RAPPORT_DATABASE or ~/.local/share/rapport/rapport.sqlite.",
            valueName: "file"))
    var database: String?

    func path() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let given = database ?? environment["RAPPORT_DATABASE"] { return given }
        let base = environment["XDG_DATA_HOME"] ?? NSHomeDirectory() + "/.local/share"
        let folder = base + "/rapport"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return folder + "/rapport.sqlite"
    }
}
