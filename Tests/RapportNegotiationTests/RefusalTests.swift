import RapportBase
import RapportNegotiation
import RapportSDP
import Testing

@Suite("Descriptions that do not fit")
struct RefusalTests {
    typealias Change = (inout SessionDescription) -> Void

    private func errorOfOffer(_ change: Change) throws -> NegotiationError? {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        var offer = try SessionDescription(parsing: try caller.offer())
        change(&offer)
        let before = callee.state.transceivers
        do {
            try callee.take(offer: offer.serialized())
            return nil
        } catch let error as NegotiationError {
            #expect(callee.state.signalingState == .stable && callee.state.transceivers == before)
            return error
        }
    }

    private func errorOfAnswer(_ change: Change) throws -> NegotiationError? {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try callee.take(offer: try caller.offer())
        var answer = try SessionDescription(parsing: try callee.answer())
        change(&answer)
        do {
            try caller.take(answer: answer.serialized())
            return nil
        } catch let error as NegotiationError {
            #expect(caller.state.signalingState == .haveLocalOffer && caller.state.session == nil)
            return error
        }
    }

    @Test("offers")
    func offers() throws {
        #expect(try errorOfOffer { _ in } == nil)
        #expect(
            try errorOfOffer {
                $0.media[0].mid = nil; $0.groups = []
            } == .missingMID(section: 0))
        #expect(try errorOfOffer { $0.media[1].mid = MID("0") } == .duplicateMID(section: 1))
        #expect(try errorOfOffer { $0.groups[0].mids.append(MID("9")) } == .unknownBundleTag(place: 2))
        #expect(
            try errorOfOffer { for index in 0...1 { $0.media[index].multiplexesRTCP = false } }
                == .missingRTCPMux(section: 0))
        #expect(try errorOfOffer { $0.media[0].transport.usernameFragment = nil } == .missingICEParameters(section: 0))
        #expect(try errorOfOffer { $0.media[0].transport.password = nil } == .missingICEParameters(section: 0))
        #expect(try errorOfOffer { $0.media[0].transport.fingerprints = [] } == .missingFingerprint(section: 0))
        #expect(try errorOfOffer { $0.media[0].transport.setup = nil } == .missingSetup(section: 0))
        #expect(try errorOfOffer { $0.media[0].transport.setup = .holdconn } == .invalidSetup(section: 0))
        #expect(
            try errorOfOffer { offer in
                for index in 0...1 { offer.media[index].transportProtocol = TransportProtocol(rawValue: "RTP/AVP") }
            } == .nothingAcceptable([.unsupportedProtocol, .unsupportedProtocol]))
    }

    @Test("session lines stand in for those of the section")
    func sessionLevel() throws {
        let error = try errorOfOffer { offer in
            offer.transport = offer.media[0].transport
            offer.transport.iceOptions = []
            for index in 0...1 { offer.media[index].transport = TransportDescription() }
        }
        #expect(error == nil)
    }

    @Test("answers")
    func answers() throws {
        #expect(try errorOfAnswer { _ in } == nil)
        #expect(
            try errorOfAnswer {
                $0.media.removeLast(); $0.groups[0].mids.removeLast()
            }
                == .sectionCount(expected: 2, actual: 1))
        #expect(try errorOfAnswer { $0.media.swapAt(0, 1) } == .kindMismatch(section: 0))
        #expect(
            try errorOfAnswer {
                $0.media[0].mid = MID("5"); $0.groups[0].mids[0] = MID("5")
            }
                == .midMismatch(section: 0))
        #expect(
            try errorOfAnswer {
                $0.media[1].mid = nil; $0.groups[0].mids.removeLast()
            } == .missingMID(section: 1))
        #expect(try errorOfAnswer { $0.groups = [] } == .notBundled(section: 0))
        #expect(try errorOfAnswer { $0.groups[0].mids.removeLast() } == .notBundled(section: 1))
        #expect(
            try errorOfAnswer { for index in 0...1 { $0.media[index].multiplexesRTCP = false } }
                == .missingRTCPMux(section: 0))
        #expect(try errorOfAnswer { $0.media[0].transport.usernameFragment = nil } == .missingICEParameters(section: 0))
        #expect(try errorOfAnswer { $0.media[0].transport.fingerprints = [] } == .missingFingerprint(section: 0))
        #expect(try errorOfAnswer { $0.media[0].transport.setup = nil } == .missingSetup(section: 0))
        #expect(try errorOfAnswer { $0.media[0].transport.setup = .actpass } == .invalidSetup(section: 0))
        let foreign = RTPCodec(payloadType: PayloadType(masking: 100), name: "AV1", clockRate: 90000)
        #expect(try errorOfAnswer { $0.media[1].set(codecs: [foreign]) } == .noCommonCodec(section: 1))
        #expect(
            try errorOfAnswer { for index in 0...1 { $0.media[index].port = 0 } } == .everythingRejected)
    }

    @Test("later offers keep places, tags and kinds")
    func laterOffers() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try negotiate(&caller, &callee)
        let offer = try caller.state.createOffer(transport: caller.transport)
        let changes: [(Change, NegotiationError)] = [
            (
                {
                    $0.media.removeLast(); $0.groups[0].mids.removeLast()
                }, .sectionCount(expected: 2, actual: 1)
            ),
            ({ $0.media.swapAt(0, 1) }, .midMismatch(section: 0)),
            (
                {
                    $0.media[1].mid = MID("8"); $0.groups[0].mids[1] = MID("8")
                }, .midMismatch(section: 1)
            ),
            (
                {
                    $0.media[1] = $0.media[0]; $0.media[1].mid = MID("1")
                }, .kindMismatch(section: 1)
            ),
        ]
        for (change, expected) in changes {
            var changed = offer
            change(&changed)
            #expect(throws: expected) { try callee.take(offer: changed.serialized()) }
        }
        try callee.take(offer: offer.serialized())
    }

    @Test("what the offer had switched off cannot be answered")
    func acceptedRejection() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try negotiate(&caller, &callee)
        let answer = try #require(callee.state.currentLocalDescription)
        try caller.state.stop(caller.state.transceivers[1].id)
        _ = try caller.offer()
        #expect(throws: NegotiationError.acceptedRejectedSection(1)) { try caller.take(answer: answer.serialized()) }
    }

    @Test("sections outside of the bundle are refused")
    func unbundled() throws {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        var offer = try SessionDescription(parsing: try caller.offer())
        offer.groups = []
        try callee.take(offer: offer.serialized())
        let answer = try SessionDescription(parsing: try callee.answer())
        #expect(answer.media.map(\.isRejected) == [false, true] && answer.groups.isEmpty)
        try caller.take(answer: answer.serialized())
        #expect(try caller.session.media.map(\.kind) == [.audio])
    }

    @Test("mutated offers and answers are taken or refused, and never trap", arguments: 1...6)
    func mutation(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var taken = 0
        for round in 0..<150 {
            var (caller, callee) = (try Party.sending(1), try Party.sending(2))
            let offer = mutated(try caller.offer(), round.isMultiple(of: 2), using: &generator)
            guard let offered = try? SessionDescription(parsing: offer),
                (try? callee.state.setRemoteDescription(.offer, offered)) != nil,
                let answer = try? callee.state.createAnswer(transport: callee.transport)
            else { continue }
            _ = try? callee.state.setLocalDescription(.answer, answer)
            let heard = mutated(answer.serialized(), true, using: &generator)
            if let answered = try? SessionDescription(parsing: heard),
                (try? caller.state.setRemoteDescription(.answer, answered)) != nil
            {
                taken += 1
                _ = try? caller.state.createOffer(transport: caller.transport)
            }
        }
        #expect(taken > 5, "seed \(seed): some changes do no harm")
    }

    private func mutated(_ text: String, _ byLine: Bool, using generator: inout SeededGenerator) -> String {
        var lines = text.utf8.split(whereSeparator: { $0 == 13 || $0 == 10 }).map { Array($0) }
        let index = Int.random(in: 0..<lines.count, using: &generator)
        if byLine {
            let line = lines.remove(at: index)
            if Bool.random(using: &generator) {
                lines.insert(line, at: Int.random(in: 0...lines.count, using: &generator))
            }
        } else if !lines[index].isEmpty {
            let place = Int.random(in: 0..<lines[index].count, using: &generator)
            lines[index][place] = UInt8.random(in: 0x20...0x7E, using: &generator)
        }
        return lines.map { String(decoding: $0, as: UTF8.self) + "\r\n" }.joined()
    }
}
