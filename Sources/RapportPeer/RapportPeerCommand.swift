import ArgumentParser
import Rapport
import RapportBase

/// The tool that interoperability harnesses drive: one side of a call, signalled by JSON lines on its standard streams.
@main
struct RapportPeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rapport-peer",
        abstract: "One side of a WebRTC call, for test harnesses.",
        discussion: """
            Reads and writes one JSON object a line: {"type":"offer"|"answer","sdp":…}, \
            {"type":"candidate","candidate":…,"sdpMid":…,"sdpMLineIndex":…}, {"type":"end-of-candidates"}, \
            {"type":"close"}. Also writes "state", "stats" (each second, or as told), "error" and at the end "summary".
            """)

    enum Role: String, ExpressibleByArgument, CaseIterable { case offer, answer }

    @Argument(help: "Which side of the negotiation to take.")
    var role: Role

    @Option(help: "FILE.y4m, FILE.ivf, pattern or none. Files loop.")
    var video = "pattern"

    @Option(help: "FILE.wav, tone or none. Files loop.")
    var audio = "tone"

    @Option(help: ArgumentHelp("Write the received pictures as Y4M.", valueName: "file"))
    var videoOut: String?

    @Option(help: ArgumentHelp("Write the received sound as WAV, 48 kHz mono.", valueName: "file"))
    var audioOut: String?

    @Option(
        help: ArgumentHelp(
            "stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT[?transport=tcp]; may repeat.", valueName: "url"))
    var iceServer: [String] = []

    @Flag(help: "Use TURN relays only.")
    var relayOnly = false

    @Option(help: ArgumentHelp("Upper bound of what is sent, bits a second.", valueName: "bps"))
    var maxBitrate = 1_500_000

    @Flag(
        inversion: .prefixedNo, help: "Offer and take copies of older packets of sound within newer ones (RFC 2198).")
    var redundantSound = true

    @Flag(
        name: .customLong("flexfec"), inversion: .prefixedNo,
        help: "Offer and take packets that repair lost ones of pictures (flexfec-03).")
    var flexFEC = true

    @Option(help: ArgumentHelp("Listen on this address only; may repeat.", valueName: "address"))
    var bind: [String] = []

    @Option(help: ArgumentHelp("Write statistics this often.", valueName: "seconds"))
    var statsInterval = 1.0

    @Option(help: ArgumentHelp("End the call this long after it connected.", valueName: "seconds"))
    var duration: Double?

    func validate() throws {
        guard maxBitrate >= 30_000 else { throw ValidationError("--max-bitrate must be at least 30000") }
        guard (0.01...60).contains(statsInterval) else {
            throw ValidationError("--stats-interval must be from 0.01 to 60")
        }
        if let duration, !(duration > 0) { throw ValidationError("--duration must be more than 0") }
    }

    mutating func run() async throws {
        let output = LineWriter()
        let peer = try await Peer.make(options: try PeerOptions(self), output: output)
        await peer.run(lines: StandardInput.lines())
    }
}
