import RapportBase
import RapportSignaling
import Testing

@Suite("A signalling client")
struct SignalingClientTests {
    static func hello(_ peer: PeerID, _ part: Part, resume: String = "secret") -> ServerMessage {
        .helloOK(
            .init(
                peer: peer, part: part, resume: resume, presence: .opened,
                session: .init(state: .open, admission: .manual, epoch: 0), iceServers: [], iceTransportPolicy: .all))
    }

    static func entry(_ peer: PeerID, _ part: Part, _ state: PresenceState = .admitted) -> ServerMessage.RosterEntry {
        .init(peer: peer, part: part, name: nil, state: state, reachable: true, media: .init())
    }

    static func joined(_ peer: PeerID, _ part: Part) -> SignalingClient {
        var machine = SignalingClient(credential: .grant("g"), clientKind: "terminal")
        _ = machine.received(.welcome(.init(serverTime: 0)))
        _ = machine.received(hello(peer, part))
        return machine
    }

    @Test("It greets with its grant, and after a drop with the resume secret")
    func greeting() {
        var machine = SignalingClient(credential: .grant("g"), clientKind: "terminal")
        #expect(
            machine.received(.welcome(.init(serverTime: 0)))
                == [.send(.hello(.init(grant: "g", clientKind: "terminal")))])
        _ = machine.received(Self.hello(client, .client))
        machine.disconnected()
        #expect(
            machine.received(.welcome(.init(serverTime: 0)))
                == [.send(.hello(.init(resume: "secret", clientKind: "terminal")))])
    }

    @Test("A server without version 1 is refused")
    func version() {
        var machine = SignalingClient(credential: .grant("g"), clientKind: "terminal")
        #expect(
            machine.received(.welcome(.init(versions: [2], serverTime: 0)))
                == [.failed(.init(.unsupportedVersion(2)))])
        #expect(machine.received(Self.hello(client, .client)).isEmpty)
    }

    @Test("It connects to those who are in, the client politely, and not to those who wait")
    func roster() {
        var machine = Self.joined(client, .client)
        _ = machine.received(.admitted)
        #expect(machine.received(.roster([Self.entry(clinician, .clinician)])) == [.connect(clinician, polite: true)])
        #expect(machine.received(.roster([Self.entry(clinician, .clinician, .connected)])).isEmpty)
        #expect(machine.received(.roster([])) == [.disconnect(clinician, .lost)])

        var host = Self.joined(clinician, .clinician)
        _ = host.received(.admitted)
        // Who waited before the clinician came is in the roster only.
        let knock = ServerMessage.Knock(peer: client, part: .client, name: nil, waited: 0)
        #expect(host.received(.roster([Self.entry(client, .client, .waiting)])) == [.knock(knock)])
        #expect(host.received(.roster([Self.entry(client, .client, .waiting)])).isEmpty)
        #expect(host.received(.knock(knock)).isEmpty)
        #expect(host.received(.roster([Self.entry(client, .client)])) == [.connect(client, polite: false)])
        #expect(host.received(.peerLeft(.init(peer: client, reason: .left))) == [.disconnect(client, .left)])
        #expect(host.peers.isEmpty)
    }

    @Test("Among equals exactly one side is polite")
    func equals() {
        let (a, b) = (peer("a"), peer("b"))
        var first = Self.joined(a, .client)
        var second = Self.joined(b, .client)
        #expect(first.received(.roster([Self.entry(b, .client)])) == [.connect(b, polite: true)])
        #expect(second.received(.roster([Self.entry(a, .client)])) == [.connect(a, polite: false)])
    }

    @Test("A signal that comes before admission is passed over, and pings are answered in every state")
    func unexpected() {
        var machine = Self.joined(client, .client)
        #expect(machine.received(.signal(from: clinician, .endOfCandidates)).isEmpty)
        #expect(machine.received(.ping) == [.send(.pong)])
        #expect(machine.received(.ended(.finished)) == [.ended(.finished)])
        #expect(machine.received(.ping) == [.send(.pong)])
        #expect(machine.received(.roster([Self.entry(clinician, .clinician)])).isEmpty)
    }

    @Test("Two clients and a room come together and exchange descriptions")
    func together() throws {
        var room = room()
        var machines = [clinician: Self.joined(clinician, .clinician), client: Self.joined(client, .client)]
        var inbox: [PeerID: [SignalingClient.Action]] = [:]
        func deliver(_ actions: [RoomAction]) {
            for case .send(let message, let to) in actions {
                inbox[to, default: []] += machines[to]?.received(message) ?? []
            }
        }
        deliver(try room.joined(clinician, by: InvitationID(1), as: .clinician, at: .zero))
        deliver(try room.joined(client, by: InvitationID(2), as: .client, at: .zero))
        deliver(try room.received(.ready(.init()), from: client, at: .zero))
        deliver(try room.received(.ready(.init()), from: clinician, at: .zero))
        #expect(inbox[client] == [.waiting])
        deliver(try room.received(.admit(client), from: clinician, at: .seconds(1)))
        #expect(inbox[client] == [.waiting, .admitted, .connect(clinician, polite: true)])
        let knock = ServerMessage.Knock(peer: client, part: .client, name: nil, waited: 0)
        #expect(inbox[clinician] == [.admitted, .knock(knock), .connect(client, polite: false)])
        let offer = SignalPayload.description(.init(type: .offer, sdp: "v=0"))
        deliver(try room.received(.signal(to: client, offer), from: clinician, at: .seconds(1)))
        #expect(inbox[client]?.last == .receive(offer, from: clinician))
    }
}
