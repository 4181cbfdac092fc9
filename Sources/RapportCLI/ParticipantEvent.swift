import Foundation
import Rapport

/// What a participant prints with `--json-lines`: one object a line, `event` first in meaning.
struct ParticipantEvent: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case joined, waiting, knock, admitted, connecting, connected, stats, ended, summary
    }

    var event: Kind
    /// Milliseconds since the program began to join.
    var ms: Double
    var part: String?
    var reason: String?
    /// With `connecting`: the rate that the last such call left, nil where there is none.
    var rememberedKbps: Double?
    /// With `connected`: what pictures begin with.
    var targetKbps: Double?
    var stats: LiveStatistics?
    var summary: CallSummary?
}

/// One second of a call.
struct LiveStatistics: Codable, Sendable {
    var sentKbps = 0.0
    var receivedKbps = 0.0
    var targetKbps = 0.0
    var framesSent = 0
    var framesDecoded = 0
    var roundTripMs: Double?
    var audioDelayMs: Double?
    var videoDelayMs: Double?
    var packetsLost = 0
    var width = 0
    var height = 0
    var peak = -100.0
    /// Of the devices, where there are any.
    var microphone: DeviceLevels?
}

/// One second of the microphone and the loudspeaker.
struct DeviceLevels: Codable, Sendable {
    /// dBFS.
    var heard = -120.0
    var sent = -120.0
    var isClipping = false
    /// The microphone gives nothing at all: unplugged, or muted by a switch of its own.
    var isDead = false
    var isMuted = false
    var xruns = 0
    var latencyMs: Double?
    /// The canceller's state in words.
    var echo: String?
}

/// The whole call.
struct CallSummary: Codable, Sendable {
    var setup = SetupTimes()
    var seconds = 0.0
    var pictures = PictureMeasure.Result()
    var sound = SoundMeasure.Result()
    var framesSent = 0
    var framesReceived = 0
    var framesDecoded = 0
    var freezes = 0
    var videoSentKbps = 0.0
    var videoReceivedKbps = 0.0
    var audioSentKbps = 0.0
    var audioReceivedKbps = 0.0
    var packetsLost = 0
    var retransmitted = 0
    var concealedMs = 0.0
    var roundTripMs: Double?
    var audioDelayMs: Double?
    var videoDelayMs: Double?
    var srtpCipher: String?
    var refused: [String: Int] = [:]
}

/// Milliseconds from one step of joining to the next.
struct SetupTimes: Codable, Sendable {
    /// From the start until the server greeted us.
    var signaling: Double?
    /// From being ready until being let in.
    var waiting: Double?
    /// From being let in until ICE had a working pair, offer and answer included.
    var ice: Double?
    /// From then until DTLS was done.
    var dtls: Double?
    /// From connected until the first picture and the first sound.
    var firstFrame: Double?
    var firstSound: Double?
    /// From being let in until connected.
    var connected: Double?
}
