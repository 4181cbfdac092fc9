import ArgumentParser
import Rapport
import RapportBase
import RapportICE

/// The command line, checked.
struct PeerOptions {
    var role: RapportPeerCommand.Role
    /// Names for `MediaSources`.
    var video: String
    var audio: String
    var videoOut: String?
    var audioOut: String?
    var duration: Duration?
    var statisticsInterval: Duration
    var connection: PeerConnectionConfiguration

    init(_ command: RapportPeerCommand) throws {
        role = command.role
        video = command.video
        audio = command.audio
        videoOut = command.videoOut
        audioOut = command.audioOut
        duration = command.duration.map { .milliseconds(Int64($0 * 1000)) }
        statisticsInterval = .milliseconds(Int64(command.statsInterval * 1000))
        connection = PeerConnectionConfiguration()
        connection.iceServers = try command.iceServer.map(Self.server)
        connection.iceTransportPolicy = command.relayOnly ? .relay : .all
        connection.bindAddresses = command.bind
        connection.offersRedundantSound = command.redundantSound
        connection.offersFlexFEC = command.flexFEC
        connection.maximumBitrate = Bitrate(bitsPerSecond: command.maxBitrate)
    }

    /// `stun:HOST[:PORT]` as it is; `turn:USER:PASSWORD@HOST[:PORT][?transport=…]` carries its credentials.
    static func server(_ text: String) throws -> ICEServer {
        var url = text
        var (user, password) = ("", "")
        if let scheme = text.firstIndex(of: ":"), let at = text.lastIndex(of: "@") {
            let credentials = text[text.index(after: scheme)..<at].split(separator: ":", maxSplits: 1)
            guard credentials.count == 2 else { throw ValidationError("--ice-server needs USER:PASSWORD before @") }
            (user, password) = (String(credentials[0]), String(credentials[1]))
            url = String(text[...scheme] + text[text.index(after: at)...])
        }
        do { return try ICEServer(urls: [url], username: user, credential: password) } catch {
            throw ValidationError("--ice-server: \(error)")
        }
    }
}
