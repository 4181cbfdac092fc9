import ArgumentParser
import Foundation
import Logging
import RapportServer

/// The whole of it on one machine: server, session, two people, a call, a report.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Run a session between two people on this machine and report on the call.",
        discussion: "Exit status 0 only if the call was good: see the last lines it prints.")

    @Option(help: ArgumentHelp("Length of the call.", valueName: "seconds"))
    var duration = 15.0

    @Option(help: ArgumentHelp("Folder with the sample media.", valueName: "folder"))
    var fixtures = "Fixtures"

    @Option(help: ArgumentHelp("Let the session's participants listen on this address only.", valueName: "address"))
    var bind = "127.0.0.1"

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    mutating func run() async throws {
        let media = try DemoMedia(folder: fixtures)
        let folder = FileManager.default.temporaryDirectory.appending(path: "rapport-demo-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var logger = Logger(label: "rapport") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let server = try Server(
            configuration: ServerConfiguration(
                host: "127.0.0.1", port: 0, databasePath: folder.appending(path: "demo.sqlite").path), logger: logger)
        let port = try await server.start()
        Terminal.note("Session server on port \(port), store: one SQLite file, removed afterwards.")
        let links = try await server.createSession()
        Terminal.note("A session with two links: one for the clinician, one for the client.")
        let outcome = try await call(links, media)
        await server.stop()
        try report(outcome)
    }

    private func call(_ links: SessionLinks, _ media: DemoMedia) async throws -> DemoOutcome {
        let stage = DemoStage(view: Terminal.isInteractive && !json ? .redrawn : .lines, seconds: duration)
        // The client comes first and waits; the clinician lets in whoever waits.
        let client = try DemoParticipant.launch(
            .client, arguments(links.client, media, sound: media.client, expects: media.clinician), stage)
        await stage.waitUntil(.client, reached: .waiting)
        let clinician = try DemoParticipant.launch(
            .clinician, arguments(links.clinician, media, sound: media.clinician, expects: media.client) + ["--admit"],
            stage)
        let statuses = [await client.exitStatus(), await clinician.exitStatus()]
        return await stage.outcome(statuses: statuses)
    }

    private func arguments(_ link: String, _ media: DemoMedia, sound: String, expects: String) -> [String] {
        [
            "join", link, "--json-lines", "--no-memory", "--bind", bind, "--video", media.video, "--audio", sound,
            "--expect-video",
            media.video, "--expect-audio", expects, "--duration", String(duration),
        ]
    }

    private func report(_ outcome: DemoOutcome) throws {
        let verdict = DemoVerdict(outcome)
        if json {
            Terminal.line(DemoReport(clinician: outcome.clinician, client: outcome.client, verdict: verdict))
        } else {
            Terminal.write("\n" + outcome.table + "\n" + verdict.text)
        }
        if !verdict.isGood { throw ExitStatus.failed.code }
    }
}

/// The sample media of the demonstration.
struct DemoMedia {
    let video: String
    let clinician: String
    let client: String

    init(folder: String) throws {
        video = folder + "/talking-head-640x360.ivf"
        clinician = folder + "/speech-clinician.wav"
        client = folder + "/speech-client.wav"
        for file in [video, clinician, client] where !FileManager.default.fileExists(atPath: file) {
            throw ValidationError("\(file) is missing: run this in the project's folder, or give --fixtures")
        }
    }
}

/// Who is on the stage.
enum DemoRole: String, Codable, Sendable, CaseIterable {
    case clinician
    case client
}

/// A `rapport join` of its own process.
struct DemoParticipant {
    private let process: Process
    private let reader: Task<Void, Never>

    static func launch(_ role: DemoRole, _ arguments: [String], _ stage: DemoStage) throws -> DemoParticipant {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let reader = Task {
            for await line in lines(of: output.fileHandleForReading) {
                guard let event = try? JSONDecoder().decode(ParticipantEvent.self, from: Data(line.utf8)) else {
                    continue
                }
                await stage.take(event, from: role)
            }
            await stage.ended(role)
        }
        return DemoParticipant(process: process, reader: reader)
    }

    func exitStatus() async -> Int32 {
        await reader.value
        process.waitUntilExit()
        return process.terminationStatus
    }

    private static func lines(of handle: FileHandle) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let thread = Thread {
            var rest = Data()
            while true {
                // Not `read(upToCount:)`: that one waits until it has them all.
                let chunk = handle.availableData
                if chunk.isEmpty { break }
                rest.append(chunk)
                while let end = rest.firstIndex(of: 0x0A) {
                    continuation.yield(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                    rest = Data(rest[(end + 1)...])
                }
            }
            continuation.finish()
        }
        thread.start()
        return stream
    }
}
