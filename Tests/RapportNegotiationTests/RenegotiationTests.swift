import RapportBase
import RapportNegotiation
import RapportSDP
import Testing

@Suite("Further exchanges")
struct RenegotiationTests {
    private func settled() throws -> (Party, Party) {
        var (caller, callee) = (try Party.sending(1), try Party.sending(2))
        try negotiate(&caller, &callee)
        return (caller, callee)
    }

    @Test("a section is added behind the others, whose tags and numbers stay")
    func addition() throws {
        var (caller, callee) = try settled()
        let before = try #require(caller.state.currentLocalDescription)
        try callee.state.addTransceiver(.video, direction: .sendonly)
        #expect(callee.state.negotiationNeeded && !caller.state.negotiationNeeded)
        try negotiate(&callee, &caller)
        let after = try #require(caller.state.currentLocalDescription)
        #expect(after.media.map(\.mid) == [MID("0"), MID("1"), MID("2")])
        #expect(after.bundle == [MID("0"), MID("1"), MID("2")])
        for (old, new) in zip(before.media, after.media) {
            #expect(old.formats == new.formats && old.extensions == new.extensions && old.kind == new.kind)
            #expect(old.sources == new.sources && old.streams == new.streams)
        }
        #expect(after.origin.sessionID == before.origin.sessionID)
        #expect(after.origin.sessionVersion > before.origin.sessionVersion)
        #expect(try caller.media("2").direction == .recvonly)
        #expect(!caller.state.negotiationNeeded && !callee.state.negotiationNeeded)
    }

    @Test("roles of an association that exists stay, whoever offers")
    func roles() throws {
        var (caller, callee) = try settled()
        try negotiate(&callee, &caller)
        #expect(try caller.session.dtlsRole == .server && callee.session.dtlsRole == .client)
        #expect(caller.state.currentLocalDescription?.media[0].transport.setup == .passive)
        try negotiate(&caller, &callee)
        #expect(try caller.session.dtlsRole == .server && callee.session.dtlsRole == .client)
    }

    @Test("an answer that turns the roles of an association round changes nothing, a new certificate does")
    func roleChange() throws {
        var (caller, callee) = try settled()
        try callee.take(offer: try caller.offer())
        var answer = try callee.state.createAnswer(transport: callee.transport)
        for index in answer.media.indices { answer.media[index].transport.setup = .passive }
        var other = caller
        try caller.take(answer: answer.serialized())
        #expect(try caller.session.dtlsRole == .server)
        for index in answer.media.indices { answer.media[index].transport.fingerprints[0].bytes[0] ^= 1 }
        try other.take(answer: answer.serialized())
        #expect(try other.session.dtlsRole == .client)
    }

    @Test("ICE restarts with new parameters, everything else as it was")
    func restart() throws {
        var (caller, callee) = try settled()
        let before = try caller.session
        callee.transport.ice = ICEParameters(usernameFragment: "again", password: "anotherPasswordOf22Letters")
        caller.transport.ice = ICEParameters(usernameFragment: "fresh", password: "aThirdPasswordOf22Letters")
        try negotiate(&caller, &callee)
        #expect(try caller.session.remoteICE.usernameFragment == "again")
        #expect(try callee.session.remoteICE.usernameFragment == "fresh")
        #expect(try caller.session.media == before.media && caller.session.transportGeneration == 0)
    }

    @Test("a stopped transceiver's place is switched off, then used again under a new tag")
    func placeIsReused() throws {
        var (caller, callee) = try settled()
        let (video, calleeVideo) = (caller.state.transceivers[1].id, callee.state.transceivers[1].id)
        try caller.state.stop(video)
        #expect(caller.state.negotiationNeeded)
        try negotiate(&caller, &callee)
        #expect(try caller.session.stopped == [video] && callee.session.stopped == [calleeVideo])
        #expect(try caller.session.media.map(\.mid) == [MID("0")])
        #expect(caller.state.transceiver(video) == nil && !caller.state.negotiationNeeded)
        try callee.state.addTransceiver(.audio, direction: .sendonly)
        try negotiate(&callee, &caller)
        let offer = try #require(caller.state.currentRemoteDescription)
        #expect(offer.media.map(\.mid) == [MID("0"), MID("2")] && offer.media[1].mediaKind == .audio)
        #expect(try caller.media("2").direction == .recvonly)
        #expect(caller.state.transceivers.map(\.mid) == [MID("0"), MID("2")])
    }

    @Test("the section that speaks for the bundle stays, inactive, until it is the last")
    func carrier() throws {
        var (caller, callee) = try settled()
        let ids = caller.state.transceivers.map(\.id)
        try caller.state.stop(ids[0])
        #expect(caller.state.negotiationNeeded)
        try negotiate(&caller, &callee)
        #expect(try caller.session.stopped == [] && caller.session.bundleMID == MID("0"))
        #expect(try caller.media("0").direction == .inactive && callee.media("0").direction == .inactive)
        #expect(!caller.state.negotiationNeeded, "nothing more to say")
        try negotiate(&callee, &caller)
        #expect(try caller.media("0").direction == .inactive && !caller.state.negotiationNeeded)
        try caller.state.stop(ids[1])
        try negotiate(&caller, &callee)
        #expect(try caller.session.stopped == ids && caller.state.transceivers.isEmpty)
    }

    @Test("when the other side ends the first section the next speaks for the bundle, on a transport that may be new")
    func tagMoves() throws {
        var (caller, callee) = try settled()
        var offer = try caller.state.createOffer(transport: caller.transport)
        offer.media[0].port = 0
        offer.groups[0].mids.removeFirst()
        try callee.take(offer: offer.serialized())
        let answer = try SessionDescription(parsing: try callee.answer())
        #expect(answer.media.map(\.isRejected) == [true, false] && answer.bundle == [MID("1")])
        #expect(answer.media[1].transport.setup == .active)
        #expect(try callee.session.bundleMID == MID("1") && callee.session.transportGeneration == 1)
        try callee.state.addTransceiver(.audio)
        let next = try SessionDescription(parsing: try callee.offer())
        #expect(next.media.map(\.isRejected) == [true, false, false] && next.bundle == [MID("1"), MID("2")])
        #expect(next.media[2].candidates.isEmpty && !next.media[1].candidates.isEmpty)
    }

    @Test("a place that is switched off and not used again stays where it is")
    func emptyPlaceStays() throws {
        var (caller, callee) = try settled()
        try callee.state.stop(callee.state.transceivers[1].id)
        try negotiate(&callee, &caller)
        try negotiate(&caller, &callee)
        let offer = try #require(caller.state.currentLocalDescription)
        #expect(offer.media.map(\.isRejected) == [false, true] && offer.media[1].mid == MID("1"))
        #expect(offer.bundle == [MID("0")])
    }

    @Test("everything stopped is agreed too, and the transport goes on")
    func everythingStopped() throws {
        var (caller, callee) = try settled()
        for transceiver in caller.state.transceivers { try caller.state.stop(transceiver.id) }
        try negotiate(&caller, &callee)
        #expect(try caller.session.media.isEmpty && caller.state.transceivers.isEmpty)
        #expect(try caller.session.remoteICE == callee.transport.ice)
        #expect(try caller.session.dtlsRole == .server)
    }

    @Test("a transceiver that is stopping is answered inactive, and offered as ended")
    func stoppingAnswerer() throws {
        var (caller, callee) = try settled()
        let video = callee.state.transceivers[1].id
        try callee.take(offer: try caller.offer())
        try callee.state.stop(video)
        try caller.take(answer: try callee.answer())
        #expect(try callee.media("1").direction == .inactive && callee.state.negotiationNeeded)
        try negotiate(&callee, &caller)
        #expect(try callee.session.media.map(\.kind) == [.audio] && callee.session.stopped == [video])
    }

    @Test("directions and tracks that change ask for an exchange")
    func needed() throws {
        var (caller, callee) = try settled()
        let video = caller.state.transceivers[1].id
        try caller.state.removeTrack(video)
        #expect(caller.state.negotiationNeeded)
        try negotiate(&caller, &callee)
        #expect(try caller.media("1").direction == .recvonly && callee.media("1").direction == .sendonly)
        try caller.state.setDirection(.sendrecv, of: video)
        #expect(caller.state.negotiationNeeded)
        try negotiate(&caller, &callee)
        #expect(try caller.media("1").direction == .sendrecv && !caller.state.negotiationNeeded)
        let another = try caller.state.addTrack(.video, streamIDs: ["screen"])
        #expect(another != video, "what has sent once keeps its stream")
    }

    @Test("glare: the polite side takes its offer back, answers, and offers again")
    func glare() throws {
        var (polite, impolite) = try settled()
        try polite.state.addTransceiver(.audio)
        try impolite.state.addTransceiver(.video)
        _ = try polite.offer()
        let offer = try SessionDescription(parsing: try impolite.offer())
        #expect(throws: NegotiationError.wrongState(.haveLocalOffer, .offer)) {
            try polite.state.setRemoteDescription(.offer, offer)
        }
        _ = try polite.state.setRemoteOfferRollingBack(offer)
        #expect(polite.state.signalingState == .haveRemoteOffer && polite.state.pendingLocalDescription == nil)
        try impolite.take(answer: try polite.answer())
        #expect(try polite.media("2").kind == .video)
        #expect(polite.state.negotiationNeeded)
        try negotiate(&polite, &impolite)
        #expect(try polite.session.media.map(\.kind) == [.audio, .video, .video, .audio])
        let mids = try polite.session.media.map(\.mid)
        #expect(Set(mids).count == 4, "a tag that was taken back is not given to something else")
    }

    @Test("glare at the very first offer")
    func firstGlare() throws {
        var (polite, impolite) = (try Party.sending(1), try Party.sending(2))
        _ = try polite.offer()
        _ = try polite.state.setRemoteOfferRollingBack(try SessionDescription(parsing: try impolite.offer()))
        try impolite.take(answer: try polite.answer())
        #expect(try polite.session.media.map(\.direction) == [.sendrecv, .sendrecv])
        #expect(polite.state.transceivers.count == 2 && !polite.state.negotiationNeeded)
    }

    @Test("an offer that cannot be taken leaves the local one standing")
    func glareWithNonsense() throws {
        var party = try Party.sending(1)
        _ = try party.offer()
        let offer = try Fixture.description("chromium-offer-data-channel-only")
        #expect(throws: NegotiationError.nothingAcceptable([.unsupportedKind])) {
            try party.state.setRemoteOfferRollingBack(offer)
        }
        #expect(party.state.signalingState == .haveLocalOffer)
    }

    @Test("rollback of a remote offer removes what it created, except where a track was added")
    func remoteRollback() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        try callee.take(offer: try caller.offer())
        #expect(callee.state.transceivers.count == 2)
        let kept = try callee.state.addTrack(.video)
        #expect(try callee.state.setRemoteDescription(.rollback) == .rolledBack(nil))
        #expect(callee.state.transceivers.map(\.id) == [kept] && callee.state.transceivers[0].mid == nil)
        #expect(callee.state.remoteTransport == nil && callee.state.negotiationNeeded)
    }

    @Test("rollback of a local offer keeps what was agreed, and what was added may be offered again")
    func localRollback() throws {
        var (caller, callee) = try settled()
        let before = try caller.session
        let added = try caller.state.addTransceiver(.video)
        _ = try caller.offer()
        #expect(try caller.state.setLocalDescription(.rollback) == .rolledBack(before))
        #expect(caller.state.transceiver(added)?.mid == nil)
        try negotiate(&caller, &callee)
        #expect(try caller.session.media.count == 3)
    }

    @Test("a second remote offer takes the place of the first")
    func replacedOffer() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        try callee.take(offer: try caller.offer())
        var other = Party(seed: 3)
        try other.state.addTransceiver(.audio)
        try callee.take(offer: try other.offer())
        #expect(callee.state.transceivers.map(\.kind) == [.audio])
        try other.take(answer: try callee.answer())
        #expect(try callee.session.remoteICE == other.transport.ice)
    }

    @Test("candidates count for the tagged section and the running generation only")
    func candidates() throws {
        var (caller, callee) = (try Party.sending(1), Party(seed: 2))
        var candidate = caller.transport.candidates[0]
        #expect(throws: NegotiationError.noRemoteDescription) {
            try callee.state.accepts(candidate, mid: MID("0"), section: 0)
        }
        try callee.take(offer: try caller.offer())
        #expect(try callee.state.accepts(candidate, mid: MID("0"), section: nil))
        #expect(try callee.state.accepts(candidate, mid: nil, section: 0))
        #expect(try !callee.state.accepts(candidate, mid: MID("1"), section: 0), "bundled away")
        #expect(throws: NegotiationError.unknownSection) {
            try callee.state.accepts(candidate, mid: MID("7"), section: 0)
        }
        #expect(throws: NegotiationError.unknownSection) { try callee.state.accepts(candidate, mid: nil, section: 9) }
        candidate.usernameFragment = "old"
        #expect(try !callee.state.accepts(candidate, mid: MID("0"), section: 0))
    }
}
