import RapportBase
import RapportSignaling
import Testing

@Suite("A room")
struct RoomTests {
    @Test("A client waits until a clinician admits it, and both then know of each other")
    func manualAdmission() throws {
        var room = room()
        _ = try room.joined(client, by: InvitationID(2), as: .client, at: .zero)
        let waiting = try room.ready(client, .init(name: DisplayName("Sam")), at: .seconds(1))
        #expect(waiting.messages(to: client) == [.waiting(.init(admission: .manual))])
        #expect(room.state == .waiting)

        _ = try room.joined(clinician, by: InvitationID(1), as: .clinician, at: .seconds(2))
        let ready = try room.ready(clinician, .init(devices: .init(audio: true)), at: .seconds(3))
        guard case .roster(let seen) = ready.messages(to: clinician).last else {
            Issue.record("the clinician hears no roster")
            return
        }
        #expect(seen.map(\.peer) == [client] && seen[0].state == .waiting && seen[0].name?.text == "Sam")
        #expect(ready.messages(to: client).isEmpty)

        let admitted = try room.admitted(client, by: clinician, at: .seconds(4))
        #expect(admitted.messages(to: client).first == .admitted)
        guard case .roster(let others) = admitted.messages(to: client).last else {
            Issue.record("the client hears no roster")
            return
        }
        #expect(others.map(\.peer) == [clinician] && others[0].media.audio)
        #expect(room.state == .inSession)
        #expect(room.epoch == 1)
    }

    @Test("A clinician who is there hears a knock; automatic admission needs none")
    func knock() throws {
        var manual = room()
        _ = try manual.joined(clinician, by: InvitationID(1), as: .clinician, at: .zero)
        _ = try manual.ready(clinician, .init(), at: .zero)
        _ = try manual.joined(client, by: InvitationID(2), as: .client, at: .seconds(1))
        let knocking = try manual.ready(client, .init(name: DisplayName("Sam")), at: .seconds(1))
        #expect(
            knocking.messages(to: clinician)
                == [.knock(.init(peer: client, part: .client, name: DisplayName("Sam"), waited: 0))])

        let automatic = try roomInSession(SessionPolicy(admission: .automatic))
        #expect(automatic.state == .inSession)

        var early = room(SessionPolicy(admission: .automatic))
        _ = try early.joined(client, by: InvitationID(2), as: .client, at: .zero)
        _ = try early.ready(client, .init(), at: .zero)
        #expect(early.presence(client)?.state == .waiting)
        _ = try early.joined(clinician, by: InvitationID(1), as: .clinician, at: .zero)
        let actions = try early.ready(clinician, .init(), at: .seconds(1))
        #expect(early.presence(client)?.state == .admitted)
        #expect(actions.messages(to: client).first == .admitted)
    }

    @Test("Before admission the view says no more than open")
    func view() throws {
        var room = try roomInSession(SessionPolicy(maxParticipants: 2))
        let third = peer("third")
        _ = try room.joined(third, by: InvitationID(3), as: .client, at: .seconds(5))
        #expect(room.view(for: third).state == .open)
        #expect(room.view(for: client).state == .inSession)
        _ = try room.ready(third, .init(), at: .seconds(5))
        #expect(throws: SignalingError.sessionFull) { try room.admitted(third, by: clinician, at: .seconds(6)) }
    }

    @Test("Who was declined may knock again after the pause, also by a new connection")
    func declined() throws {
        var room = room()
        _ = try room.joined(clinician, by: InvitationID(1), as: .clinician, at: .zero)
        _ = try room.ready(clinician, .init(), at: .zero)
        _ = try room.joined(client, by: InvitationID(2), as: .client, at: .zero)
        _ = try room.ready(client, .init(), at: .zero)
        let actions = try room.declined(client, by: clinician, at: .seconds(1))
        #expect(actions.messages(to: client) == [.declined(.init(again: 30))])
        #expect(actions.messages(to: clinician) == [.peerLeft(.init(peer: client, reason: .declined))])
        #expect(throws: SignalingError.knockTooSoon) { try room.ready(client, .init(), at: .seconds(30)) }
        _ = try room.left(client, at: .seconds(30))
        let again = peer("again")
        _ = try room.joined(again, by: InvitationID(2), as: .client, at: .seconds(30))
        #expect(throws: SignalingError.knockTooSoon) { try room.ready(again, .init(), at: .seconds(30)) }
        _ = try room.ready(again, .init(), at: .seconds(31))
        #expect(room.presence(again)?.state == .waiting)
    }

    @Test("An invitation holds one place; a lost place is given to the newcomer, who has to be admitted anew")
    func doubleJoin() throws {
        var room = try roomInSession()
        let second = peer("second")
        #expect(throws: SignalingError.alreadyJoined) {
            try room.joined(second, by: InvitationID(2), as: .client, at: .seconds(3))
        }
        _ = room.lost(client, at: .seconds(4))
        let actions = try room.joined(second, by: InvitationID(2), as: .client, at: .seconds(5))
        #expect(actions.messages(to: clinician).contains(.peerLeft(.init(peer: client, reason: .replaced))))
        #expect(room.presence(client) == nil)
        #expect(room.presence(second)?.state == .opened)
        #expect(throws: SignalingError.notAdmitted) {
            try room.signaled(.endOfCandidates, from: second, to: clinician)
        }
    }

    @Test("Only those who are in may signal, and only to those who are in; a stranger's name tells nothing")
    func signalling() throws {
        var room = try roomInSession()
        let third = peer("third")
        _ = try room.joined(third, by: InvitationID(3), as: .client, at: .seconds(3))
        _ = try room.ready(third, .init(), at: .seconds(3))
        let payload = SignalPayload.description(.init(type: .offer, sdp: "v=0"))
        #expect(
            try room.signaled(payload, from: client, to: clinician)
                == [.send(.signal(from: client, payload), to: clinician)])
        for target in [clinician, peer("nobody")] {
            #expect(throws: SignalingError.notAdmitted) { try room.signaled(payload, from: third, to: target) }
        }
        for target in [third, client, peer("nobody")] {
            #expect(throws: SignalingError.noSuchPeer) { try room.signaled(payload, from: client, to: target) }
        }
    }

    @Test("Candidates are counted from one description to the next")
    func candidates() throws {
        var room = try roomInSession()
        let candidate = SignalPayload.candidate(.init(candidate: "c"))
        for _ in 0..<SignalingLimits.candidatesPerDescription {
            _ = try room.signaled(candidate, from: client, to: clinician)
        }
        #expect(throws: SignalingError.tooManyCandidates) {
            try room.signaled(candidate, from: client, to: clinician)
        }
        _ = try room.signaled(.description(.init(type: .offer, sdp: "")), from: client, to: clinician)
        _ = try room.signaled(candidate, from: client, to: clinician)
    }

    @Test("Admit, decline and end belong to clinicians who are in")
    func authority() throws {
        var room = room()
        _ = try room.joined(clinician, by: InvitationID(1), as: .clinician, at: .zero)
        _ = try room.joined(client, by: InvitationID(2), as: .client, at: .zero)
        _ = try room.ready(client, .init(), at: .zero)
        #expect(throws: SignalingError.notAdmitted) { try room.admitted(client, by: clinician, at: .zero) }
        #expect(throws: SignalingError.notAdmitted) { try room.ended(by: clinician, at: .zero) }
        #expect(throws: SignalingError.notAllowed) { try room.admitted(client, by: client, at: .zero) }
        #expect(throws: SignalingError.notAllowed) { try room.ended(by: client, at: .zero) }
        _ = try room.ready(clinician, .init(), at: .zero)
        #expect(throws: SignalingError.noSuchPeer) { try room.admitted(clinician, by: clinician, at: .zero) }
        #expect(throws: SignalingError.outOfOrder) { try room.ready(client, .init(), at: .zero) }
        let actions = try room.ended(by: clinician, at: .seconds(1))
        #expect(actions.messages(to: client) == [.ended(.finished)])
        #expect(room.state == .ended)
        #expect(throws: SignalingError.ended) {
            try room.joined(peer("late"), by: InvitationID(1), as: .clinician, at: .seconds(2))
        }
    }

    @Test("A drop interrupts, a return within the grace heals, a longer one ends the session")
    func interruption() throws {
        var room = try roomInSession()
        _ = room.lost(client, at: .seconds(10))
        #expect(room.state == .interrupted)
        #expect(room.deadline == .seconds(130))
        let back = try room.returned(client, at: .seconds(129))
        #expect(room.state == .inSession)
        #expect(room.epoch == 1)
        #expect(back.messages(to: client).first == .admitted)

        _ = room.lost(client, at: .seconds(200))
        #expect(room.handleTimeout(at: .milliseconds(319_999)).isEmpty)
        let over = room.handleTimeout(at: .seconds(320))
        #expect(over.messages(to: clinician) == [.ended(.interrupted)])
        #expect(room.state == .ended)
        #expect(room.deadline == nil)
    }

    @Test("A signalling loss alone does not interrupt while the other side reports media")
    func vouching() throws {
        var room = try roomInSession()
        _ = try room.linkChanged(.init(peer: client, state: .connected), of: clinician, at: .seconds(3))
        #expect(room.presence(clinician)?.state == .connected)
        _ = room.lost(client, at: .seconds(10))
        #expect(room.state == .inSession)
        #expect(room.deadline == nil)
        _ = try room.linkChanged(.init(peer: client, state: .disconnected), of: clinician, at: .seconds(500))
        #expect(room.state == .interrupted)
        #expect(room.deadline == .seconds(620))
        #expect(room.presence(clinician)?.state == .admitted)
    }

    @Test("When both are gone the session ends after the grace")
    func bothGone() throws {
        var room = try roomInSession()
        _ = try room.linkChanged(.init(peer: client, state: .connected), of: clinician, at: .seconds(3))
        _ = room.lost(client, at: .seconds(10))
        _ = room.lost(clinician, at: .seconds(20))
        #expect(room.state == .interrupted)
        #expect(room.deadline == .seconds(140))
        _ = room.handleTimeout(at: .seconds(140))
        #expect(room.state == .ended)
    }

    @Test("Who leaves may come back and is admitted anew; the last to leave ends the session")
    func leaving() throws {
        var room = try roomInSession()
        let left = try room.left(client, at: .seconds(10))
        #expect(left.messages(to: clinician) == [.peerLeft(.init(peer: client, reason: .left))])
        #expect(room.state == .waiting)
        let again = peer("again")
        _ = try room.joined(again, by: InvitationID(2), as: .client, at: .seconds(20))
        _ = try room.ready(again, .init(), at: .seconds(20))
        #expect(room.presence(again)?.state == .waiting)
        _ = try room.admitted(again, by: clinician, at: .seconds(21))
        #expect(room.epoch == 2)
        _ = try room.left(clinician, at: .seconds(30))
        let last = try room.left(again, at: .seconds(31))
        #expect(room.state == .ended)
        guard case .session(.waiting, .ended, .everybodyLeft) = last.events.last?.change else {
            Issue.record("the end has no reason: \(last.events)")
            return
        }
    }

    @Test("The window decides when people may be ready, and an unused session expires")
    func window() throws {
        var room = room(opensAt: .seconds(60))
        _ = try room.joined(client, by: InvitationID(2), as: .client, at: .seconds(10))
        #expect(throws: SignalingError.notOpen) { try room.ready(client, .init(), at: .seconds(59)) }
        _ = try room.ready(client, .init(), at: .seconds(60))
        _ = try room.left(client, at: .seconds(70))
        #expect(room.state == .open)
        #expect(room.deadline == .seconds(3600))
        _ = room.handleTimeout(at: .seconds(3600))
        #expect(room.state == .ended)
    }

    @Test("The longest duration counts from the first start")
    func timeLimit() throws {
        var room = try roomInSession(SessionPolicy(maxDuration: .seconds(600)))
        #expect(room.deadline == .seconds(602))
        #expect(room.handleTimeout(at: .seconds(601)).isEmpty)
        #expect(room.handleTimeout(at: .seconds(602)).messages(to: client) == [.ended(.timeLimit)])
    }

    @Test("A policy may keep clinicians out until somebody waits")
    func clinicianMayWait() throws {
        var room = room(SessionPolicy(clinicianMayWait: false))
        _ = try room.joined(clinician, by: InvitationID(1), as: .clinician, at: .zero)
        #expect(throws: SignalingError.nobodyWaiting) { try room.ready(clinician, .init(), at: .zero) }
        _ = try room.joined(client, by: InvitationID(2), as: .client, at: .zero)
        _ = try room.ready(client, .init(), at: .zero)
        _ = try room.ready(clinician, .init(), at: .zero)
        #expect(room.presence(clinician)?.state == .admitted)
    }

    @Test("A room holds a bounded number of presences")
    func bounded() throws {
        var room = room()
        for number in 0..<SignalingLimits.presencesPerSession {
            _ = try room.joined(peer("p\(number)"), by: InvitationID(Int64(number)), as: .client, at: .zero)
        }
        #expect(throws: SignalingError.sessionFull) {
            try room.joined(peer("more"), by: InvitationID(99), as: .client, at: .zero)
        }
    }

    @Test("Calling a session off tells everybody once")
    func cancelled() throws {
        var room = try roomInSession()
        let actions = room.cancelled(at: .seconds(5))
        #expect(actions.messages(to: client) == [.ended(.cancelled)])
        #expect(room.cancelled(at: .seconds(6)).isEmpty)
    }
}
