import Foundation
import RapportBase
import RapportNegotiation
import RapportSDP
import Testing

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix

/// One side of a negotiation; descriptions go between sides as text.
struct Party {
    var state: NegotiationState
    var transport: LocalTransport

    init(seed: UInt64, capabilities: Capabilities = .standard) {
        var generator = SeededGenerator(seed: seed)
        state = NegotiationState(capabilities: capabilities, using: &generator)
        transport = LocalTransport(
            ice: ICEParameters(usernameFragment: "user\(seed)", password: "passwordOf22LettersOr\(seed)"),
            fingerprints: [
                Fingerprint(algorithm: .sha256, bytes: (0..<32).map { UInt8(truncatingIfNeeded: $0 + Int(seed)) })
            ],
            candidates: [
                ICECandidate(
                    foundation: "1", priority: 2_130_706_431, address: "192.0.2.\(seed)", port: 5000, kind: .host)
            ])
    }

    /// A side with audio and video to send.
    static func sending(_ seed: UInt64, capabilities: Capabilities = .standard) throws -> Party {
        var party = Party(seed: seed, capabilities: capabilities)
        try party.state.addTrack(.audio, streamIDs: ["stream\(seed)"], trackID: "audio\(seed)")
        try party.state.addTrack(.video, streamIDs: ["stream\(seed)"], trackID: "video\(seed)")
        return party
    }

    mutating func offer() throws -> String {
        let offer = try state.createOffer(transport: transport)
        #expect(try state.setLocalDescription(.offer, offer) == .awaitAnswer)
        return offer.serialized()
    }

    @discardableResult
    mutating func take(offer: String) throws -> RemoteTransport? {
        let action = try state.setRemoteDescription(.offer, try SessionDescription(parsing: offer))
        guard case .answer(let transport) = action else {
            Issue.record("a remote offer asks for an answer")
            return nil
        }
        return transport
    }

    mutating func answer() throws -> String {
        let answer = try state.createAnswer(transport: transport)
        guard case .apply = try state.setLocalDescription(.answer, answer) else {
            Issue.record("an answer completes the exchange")
            return ""
        }
        return answer.serialized()
    }

    mutating func take(answer: String) throws {
        let action = try state.setRemoteDescription(.answer, try SessionDescription(parsing: answer))
        guard case .apply(let session) = action else {
            Issue.record("an answer completes the exchange")
            return
        }
        #expect(session == state.session)
    }

    /// What was agreed.
    var session: NegotiatedSession { get throws { try #require(state.session) } }

    func media(_ mid: String) throws -> NegotiatedMedia {
        try #require(try session.media.first { $0.mid == MID(mid) })
    }
}

/// Lets `caller` offer and `callee` answer.
func negotiate(_ caller: inout Party, _ callee: inout Party) throws {
    try callee.take(offer: try caller.offer())
    try caller.take(answer: try callee.answer())
    #expect(caller.state.signalingState == .stable && callee.state.signalingState == .stable)
}

/// The descriptions in `Fixtures/sdp`.
enum Fixture {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/sdp")

    static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appendingPathComponent(name + ".sdp")), as: UTF8.self)
    }

    static func description(_ name: String) throws -> SessionDescription {
        try SessionDescription(parsing: try text(name))
    }
}
