import ArgumentParser
import Foundation

/// The one executable that people get.
@main
struct RapportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rapport",
        abstract: "Telehealth sessions: two people see and hear each other peer to peer, encrypted, never recorded.",
        version: "0.1.0",
        subcommands: [ServeCommand.self, SessionCommand.self, JoinCommand.self, DevicesCommand.self, DemoCommand.self])

    /// Exit statuses: 0 done, 1 failed, 2 wrong usage, and those of `ExitStatus`.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            finish(error)
        }
    }

    // The parser's own status for wrong usage is 64; ours is 2, as most tools have it.
    private static func finish(_ error: any Error) -> Never {
        let status = exitCode(for: error)
        let text = fullMessage(for: error)
        if status == .success {
            if !text.isEmpty { print(text) }
            Foundation.exit(0)
        }
        if !text.isEmpty { Terminal.note(text) }
        Foundation.exit(status == .validationFailure ? ExitStatus.usage.rawValue : status.rawValue)
    }
}

/// Exit statuses beside 0; documented in the README.
enum ExitStatus: Int32 {
    case failed = 1
    case usage = 2
    /// Outside of the session's window, or the link is not valid.
    case notAllowed = 3
    case declined = 4
    case noNetworkPath = 6
    case interrupted = 130

    var code: ExitCode { ExitCode(rawValue) }
}
