import RapportBase
import RapportNegotiation
import RapportSDP

/// A candidate or a fingerprint; what parses comes back the same from what is written.
func takeCandidate(_ text: String) {
    if let candidate = try? ICECandidate(parsing: text) {
        precondition((try? ICECandidate(parsing: candidate.serialized)) == candidate, "candidate changed")
    }
    if let fingerprint = try? Fingerprint(parsing: text) {
        precondition((try? Fingerprint(parsing: fingerprint.serialized)) == fingerprint, "fingerprint changed")
    }
}

/// A session description; what parses comes back the same from what is written.
func takeDescription(_ text: String) {
    guard let description = try? SessionDescription(parsing: text) else { return }
    let written = description.serialized()
    guard let again = try? SessionDescription(parsing: written) else {
        preconditionFailure("own description does not parse:\n\(written)")
    }
    precondition(again.serialized() == written, "a description changes when written twice")
}

/// A remote offer, answered; and the same text as an answer to an offer of ours.
func takeNegotiation(_ text: String) {
    guard let description = try? SessionDescription(parsing: text) else { return }
    var generator = FixedGenerator()
    var callee = NegotiationState(using: &generator)
    if (try? callee.setRemoteDescription(.offer, description)) != nil,
        let answer = try? callee.createAnswer(transport: transport)
    {
        precondition((try? SessionDescription(parsing: answer.serialized())) != nil, "own answer does not parse")
        _ = try? callee.setLocalDescription(.answer, answer)
    }
    var caller = NegotiationState(using: &generator)
    _ = try? caller.addTransceiver(.audio)
    _ = try? caller.addTransceiver(.video)
    guard let offer = try? caller.createOffer(transport: transport) else { return }
    guard (try? caller.setLocalDescription(.offer, offer)) != nil else { return }
    _ = try? caller.setRemoteDescription(.answer, description)
}

private let transport = LocalTransport(
    ice: ICEParameters(usernameFragment: "abcd", password: "abcdefghijklmnopqrstuv"),
    fingerprints: [Fingerprint(algorithm: .sha256, bytes: Array(repeating: 7, count: 32))])

/// The same numbers in every run, so that an input means the same each time.
struct FixedGenerator: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
