import Foundation
import Rapport
import RapportBase

/// A line from the harness.
enum HarnessMessage {
    case description(Description)
    case candidate(String)
    case endOfCandidates
    case close
}

/// What was wrong with a line; `code` is stable.
struct HarnessError: Error {
    var code: String
    var message: String
}

extension HarnessError {
    /// The code names the kind of error, the message the case: neither carries text from the network.
    init(_ error: PeerConnectionError) {
        switch error {
        case .closed: self.init(code: "closed", message: "the call is over")
        case .sdp(let error): self.init(code: "bad-sdp", message: "\(error)")
        case .negotiation(let error): self.init(code: "bad-description", message: "\(error)")
        case .candidate(let error): self.init(code: "bad-candidate", message: "\(error)")
        case .ice(let error): self.init(code: "ice", message: "\(error)")
        case .dtls(let error): self.init(code: "dtls", message: "\(error)")
        case .codec(let error): self.init(code: "codec", message: "\(error)")
        case .noRemoteDescription: self.init(code: "too-early", message: "a candidate before any description")
        case .iceRestartNotSupported: self.init(code: "ice-restart", message: "ICE restarts are not supported")
        case .invalidParameter, .wrongKind, .unknownTransceiver: self.init(code: "internal", message: "\(error)")
        }
    }
}

extension HarnessMessage {
    private struct Line: Decodable {
        var type: String
        var sdp: String?
        var candidate: String?
    }

    init(parsing line: String) throws(HarnessError) {
        guard let fields = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
            throw HarnessError(code: "bad-json", message: "the line is not a JSON object with a \"type\"")
        }
        switch fields.type {
        case "offer", "answer":
            guard let sdp = fields.sdp, let kind = Description.Kind(rawValue: fields.type) else {
                throw HarnessError(code: "missing-field", message: "\"sdp\" is missing")
            }
            self = .description(Description(kind: kind, sdp: sdp))
        case "candidate":
            guard let candidate = fields.candidate else {
                throw HarnessError(code: "missing-field", message: "\"candidate\" is missing")
            }
            // A browser ends its candidates with an empty one.
            self =
                candidate.isEmpty
                ? .endOfCandidates
                : .candidate(candidate)
        case "end-of-candidates": self = .endOfCandidates
        case "close": self = .close
        default: throw HarnessError(code: "unknown-type", message: "the type is not known")
        }
    }
}

struct DescriptionLine: Encodable, Sendable {
    var type: String
    var sdp: String
}

struct CandidateLine: Encodable, Sendable {
    var type = "candidate"
    var candidate: String
    var sdpMid: String
    var sdpMLineIndex: Int
}

struct EndOfCandidatesLine: Encodable, Sendable {
    var type = "end-of-candidates"
}

struct StateLine: Encodable, Sendable {
    var type = "state"
    var connection: String
    var ice: String
    var dtls: String
    /// Milliseconds since the process began its call.
    var ms: Double
}

struct StatsLine: Encodable, Sendable {
    var type = "stats"
    var report: [StatisticsEntry]
}

struct ErrorLine: Encodable, Sendable {
    var type = "error"
    var code: String
    var message: String
}

struct SummaryLine: Encodable, Sendable {
    var type = "summary"
    var reason: String
    var connected: Bool
    /// Milliseconds from the first description to connected.
    var connectMs: Double?
    var durationMs: Double
    var framesRendered: Int
    var framesWritten: Int
    var framesScaled: Int
    var samplesPlayed: Int
    var report: [StatisticsEntry]
}
