import ArgumentParser
import Foundation
import Rapport
import RapportBase
import RapportDevices

/// Takes part in a session from the terminal, with files or generators in place of a camera, and with files,
/// generators or devices for sound.
struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Join a session by its link.",
        discussion: """
            Sends the sources given, receives what the other person sends, and reports statistics. Nothing of what \
            is received is written anywhere. As the clinician, press a and Enter to let in who waits, d to decline; \
            or give --admit. With a microphone, m and Enter mute it and switch it on again.

            What the path carried (a rate, a round trip, a share of loss) is kept for 30 days under a keyed hash of \
            the link in $XDG_STATE_HOME/rapport or ~/.local/state/rapport, so that the next call by the same link \
            begins at that rate. No address, name or media is. --no-memory neither reads nor writes it.
            """)

    @Argument(help: "The link that session create printed.")
    var link: String

    @Option(help: "FILE.y4m, FILE.ivf, pattern or none. Files loop.")
    var video = "pattern"

    @Option(help: "FILE.wav, tone or none. Files loop.")
    var audio = "tone"

    @Option(
        help: ArgumentHelp("Speak into this microphone in place of --audio: NAME, default or none.", valueName: "name"))
    var microphone: String?

    @Option(help: ArgumentHelp("Play what is received: NAME, default or none.", valueName: "name"))
    var speaker: String?

    @Option(help: "The name that others see.")
    var name: String?

    @Flag(help: "As the clinician: let in everybody who waits.")
    var admit = false

    @Option(help: ArgumentHelp("Leave this long after the call began.", valueName: "seconds"))
    var duration: Double?

    @Option(help: ArgumentHelp("Upper bound of what is sent, bits a second.", valueName: "bps"))
    var maxBitrate = 1_500_000

    @Option(help: ArgumentHelp("Listen on this address only; may repeat.", valueName: "address"))
    var bind: [String] = []

    @Option(
        help: ArgumentHelp("Compare the pictures that arrive with this marked clip, in memory.", valueName: "file.ivf"))
    var expectVideo: String?

    @Option(help: ArgumentHelp("Compare the sound that arrives with this file, in memory.", valueName: "file.wav"))
    var expectAudio: String?

    @Flag(help: "Neither use nor keep what the path of the last call by this link carried.")
    var noMemory = false

    @Flag(help: "Print events and statistics as one JSON object a line.")
    var jsonLines = false

    func validate() throws {
        guard maxBitrate >= 30_000 else { throw ValidationError("--max-bitrate must be at least 30000") }
        if let duration, !(duration > 0) { throw ValidationError("--duration must be more than 0") }
        guard InvitationLink(link) != nil else { throw ValidationError(JoinError.invalidLink.sentence) }
    }

    mutating func run() async throws {
        guard let link = InvitationLink(link) else { throw ExitStatus.usage.code }
        do {
            let devices = try await CallDevices.open(microphone: microphone, speaker: speaker)
            let participant = try Participant.make(options(devices), link: link)
            let signals = StopSignals()
            let leaving = Task {
                await signals.first()
                await participant.leave()
            }
            try await participant.run()
            leaving.cancel()
            await devices?.device.close()
        } catch let error as JoinError {
            Terminal.note(error.sentence)
            throw error.status.code
        } catch let error as AudioDeviceError {
            Terminal.note(error.description)
            throw Self.status(of: error).code
        } catch let error as MediaSourceError {
            Terminal.note(error.description)
            throw ExitStatus.usage.code
        }
    }

    private static func status(of error: AudioDeviceError) -> ExitStatus {
        switch error {
        case .unknownDevice: .usage
        case .noDaemon, .refused, .timedOut, .notOpen: .failed
        }
    }

    private func options(_ devices: CallDevices?) -> Participant.Options {
        var connection = PeerConnectionConfiguration()
        connection.bindAddresses = bind
        connection.maximumBitrate = Bitrate(bitsPerSecond: maxBitrate)
        return Participant.Options(
            video: video, audio: microphone == nil ? audio : "none", devices: devices, name: name,
            admitsEverybody: admit,
            duration: duration.map { .milliseconds(Int64($0 * 1000)) }, connection: connection,
            memories: noMemory ? nil : PathMemoryStore(),
            expectedVideo: expectVideo, expectedAudio: expectAudio, jsonLines: jsonLines)
    }
}
