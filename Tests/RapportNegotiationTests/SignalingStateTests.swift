import RapportBase
import RapportNegotiation
import RapportSDP
import Testing

/// The table of W3C webrtc-pc section 4.3.1 and RFC 9429 section 3.2: state × operation → result.
@Suite("Signalling states")
struct SignalingStateTests {
    enum Operation: Hashable, CaseIterable {
        case createOffer, createAnswer
        case localOffer, localAnswer, localProvisional, localRollback
        case remoteOffer, remoteAnswer, remoteProvisional, remoteRollback, remoteOfferRollingBack

        var type: SDPType {
            switch self {
            case .createOffer, .localOffer, .remoteOffer, .remoteOfferRollingBack: .offer
            case .createAnswer, .localAnswer, .remoteAnswer: .answer
            case .localProvisional, .remoteProvisional: .provisionalAnswer
            case .localRollback, .remoteRollback: .rollback
            }
        }
    }

    /// The state behind an operation that is allowed; everything that is not here is refused.
    static let allowed: [SignalingState: [Operation: SignalingState]] = [
        .stable: [
            .createOffer: .stable, .localOffer: .haveLocalOffer, .remoteOffer: .haveRemoteOffer,
            .remoteOfferRollingBack: .haveRemoteOffer,
        ],
        .haveLocalOffer: [
            .createOffer: .haveLocalOffer, .localOffer: .haveLocalOffer, .localRollback: .stable,
            .remoteAnswer: .stable, .remoteOfferRollingBack: .haveRemoteOffer,
        ],
        .haveRemoteOffer: [
            .createAnswer: .haveRemoteOffer, .localAnswer: .stable, .remoteOffer: .haveRemoteOffer,
            .remoteRollback: .stable, .remoteOfferRollingBack: .haveRemoteOffer,
        ],
        .closed: [:],
    ]

    private func party(in state: SignalingState) throws -> Party {
        var party = try Party.sending(1)
        switch state {
        case .stable: break
        case .haveLocalOffer: _ = try party.offer()
        case .haveRemoteOffer:
            var other = try Party.sending(2)
            try party.take(offer: try other.offer())
        case .closed: party.state.close()
        }
        #expect(party.state.signalingState == state)
        return party
    }

    private func perform(_ operation: Operation, on party: inout Party) throws {
        let caller = try Party.sending(1)
        let ownOffer = try caller.state.createOffer(transport: caller.transport)
        var callee = try Party.sending(2)
        try callee.take(offer: ownOffer.serialized())
        let remoteAnswer = try callee.state.createAnswer(transport: callee.transport)
        var other = try Party.sending(3)
        let remoteOffer = try SessionDescription(parsing: try other.offer())
        switch operation {
        case .createOffer: _ = try party.state.createOffer(transport: party.transport)
        case .createAnswer: _ = try party.state.createAnswer(transport: party.transport)
        case .localOffer: _ = try party.state.setLocalDescription(.offer, ownOffer)
        case .localAnswer:
            let made = try? party.state.createAnswer(transport: party.transport)
            _ = try party.state.setLocalDescription(.answer, made ?? ownOffer)
        case .localProvisional: _ = try party.state.setLocalDescription(.provisionalAnswer, ownOffer)
        case .localRollback: _ = try party.state.setLocalDescription(.rollback)
        case .remoteOffer: _ = try party.state.setRemoteDescription(.offer, remoteOffer)
        case .remoteAnswer: _ = try party.state.setRemoteDescription(.answer, remoteAnswer)
        case .remoteProvisional: _ = try party.state.setRemoteDescription(.provisionalAnswer, remoteAnswer)
        case .remoteRollback: _ = try party.state.setRemoteDescription(.rollback)
        case .remoteOfferRollingBack: _ = try party.state.setRemoteOfferRollingBack(remoteOffer)
        }
    }

    @Test("every operation in every state", arguments: SignalingState.allCases, Operation.allCases)
    func table(state: SignalingState, operation: Operation) throws {
        var party = try party(in: state)
        if let next = Self.allowed[state]?[operation] {
            try perform(operation, on: &party)
            #expect(party.state.signalingState == next)
            return
        }
        let before = party.state.transceivers
        let expected: NegotiationError =
            state == .closed
            ? .closed
            : operation.type == .provisionalAnswer
                ? .provisionalAnswerUnsupported : .wrongState(state, operation.type)
        #expect(throws: expected) { try perform(operation, on: &party) }
        #expect(party.state.signalingState == state, "a refused operation changes nothing")
        #expect(party.state.transceivers == before)
    }

    @Test("a second answer is refused, and so is an answer without an offer")
    func answers() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try callee.take(offer: try caller.offer())
        let answer = try callee.answer()
        try caller.take(answer: answer)
        #expect(throws: NegotiationError.wrongState(.stable, .answer)) { try caller.take(answer: answer) }
        #expect(throws: NegotiationError.wrongState(.stable, .answer)) {
            try callee.state.createAnswer(transport: callee.transport)
        }
        #expect(throws: NegotiationError.missingDescription(.offer)) { try caller.state.setLocalDescription(.offer) }
    }

    @Test("an offer of nothing is refused")
    func nothingToOffer() {
        let party = Party(seed: 1)
        #expect(throws: NegotiationError.nothingToOffer) { try party.state.createOffer(transport: party.transport) }
    }

    @Test("nothing works after close")
    func closed() throws {
        var party = try Party.sending(1)
        party.state.close()
        #expect(throws: NegotiationError.closed) { try party.state.addTransceiver(.audio) }
        #expect(throws: NegotiationError.closed) { try party.state.stop(TransceiverID(rawValue: 0)) }
        #expect(!party.state.negotiationNeeded)
    }
}
