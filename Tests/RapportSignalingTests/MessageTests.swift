import RapportBase
import Foundation
import RapportSignaling
import Testing

@Suite("Messages of rapport.v1")
struct MessageTests {
    static let payloads: [SignalPayload] = [
        .description(.init(type: .offer, sdp: "v=0\r\n")),
        .candidate(.init(candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0)),
        .endOfCandidates,
    ]

    static let fromClients: [ClientMessage] =
        [
            .hello(.init(grant: "g", clientKind: "terminal")), .hello(.init(resume: "r")),
            .ready(.init(name: DisplayName("Sam"), devices: .init(audio: true))), .ready(.init()),
            .admit(peer("a")), .decline(peer("a")), .media(.init(audio: true, video: true, screen: true)),
            .link(.init(peer: peer("a"), state: .connected)), .leave, .end, .ping, .pong,
        ] + payloads.map { .signal(to: peer("b"), $0) }

    static let fromServer: [ServerMessage] =
        [
            .welcome(.init(serverTime: 1)),
            .helloOK(
                .init(
                    peer: peer("a"), part: .client, resume: "r", presence: .opened,
                    session: .init(state: .open, admission: .manual, epoch: 0),
                    iceServers: [.init(urls: ["turn:turn.example"], username: "u", credential: "c")],
                    iceTransportPolicy: .relay)),
            .waiting(.init(admission: .automatic)), .admitted, .declined(.init(again: 30)),
            .knock(.init(peer: peer("a"), part: .client, name: nil, waited: 3)),
            .roster([
                .init(
                    peer: peer("a"), part: .client, name: DisplayName("Sam"), state: .admitted, reachable: true,
                    media: .init(audio: true))
            ]),
            .media(from: peer("a"), .init(video: true)), .peerLeft(.init(peer: peer("a"), reason: .lost)),
            .ended(.finished), .error(.init(.tooFast)), .ping, .pong,
        ] + payloads.map { .signal(from: peer("b"), $0) }

    @Test("Every message of a client comes back from its JSON as it was", arguments: fromClients)
    func clientRoundTrip(_ message: ClientMessage) throws {
        #expect(try decode(ClientMessage.self, try json(message)) == message)
    }

    @Test("Every message of the server comes back from its JSON as it was", arguments: fromServer)
    func serverRoundTrip(_ message: ServerMessage) throws {
        #expect(try decode(ServerMessage.self, try json(message)) == message)
    }

    @Test("The JSON has the fields that the page reads")
    func knownJSON() throws {
        #expect(
            try json(ClientMessage.signal(to: peer("b"), .endOfCandidates))
                == #"{"endOfCandidates":true,"to":"b","type":"signal"}"#)
        #expect(
            try json(ServerMessage.signal(from: peer("b"), .description(.init(type: .answer, sdp: "x"))))
                == #"{"description":{"sdp":"x","type":"answer"},"from":"b","type":"signal"}"#)
        #expect(
            try json(ServerMessage.peerLeft(.init(peer: peer("b"), reason: .left)))
                == #"{"peer":"b","reason":"left","type":"peer.left"}"#)
        #expect(try json(ServerMessage.ended(.timeLimit)) == #"{"reason":"time-limit","type":"ended"}"#)
    }

    @Test("Unknown fields are ignored")
    func unknownFields() throws {
        let text = #"{"type":"hello","version":1,"grant":"g","deviceKey":{"kty":"EC"},"future":[1]}"#
        #expect(try decode(ClientMessage.self, text) == .hello(.init(grant: "g")))
        let signal = #"{"type":"signal","to":"b","assertion":"x","candidate":{"candidate":"c","more":1}}"#
        #expect(try decode(ClientMessage.self, signal) == .signal(to: peer("b"), .candidate(.init(candidate: "c"))))
    }

    @Test(
        "What breaks a rule is refused by its own error",
        arguments: [
            (#"{"type":"shout"}"#, SignalingError.unknownType),
            (#"{"type":"hello","version":2,"grant":"g"}"#, .unsupportedVersion(2)),
            (#"{"type":"hello","version":1}"#, .tokenInvalid),
            (#"{"type":"hello","version":1,"grant":"g","resume":"r"}"#, .tokenInvalid),
            (#"{"type":"ready","name":"a\u0000b"}"#, .nameInvalid),
            (#"{"type":"ready","name":"   "}"#, .nameInvalid),
            (#"{"type":"ready","name":"evil \u202Eeman"}"#, .nameInvalid),
            (#"{"type":"admit","peer":"no spaces"}"#, .malformed),
            (#"{"type":"signal","to":"b"}"#, .malformed),
            (#"{"type":"signal","to":"b","endOfCandidates":true,"candidate":{"candidate":"c"}}"#, .malformed),
            (#"{"type":"signal","to":"b","endOfCandidates":false}"#, .malformed),
        ])
    func refused(_ text: String, _ error: SignalingError) {
        #expect(throws: error) { try decode(ClientMessage.self, text) }
    }

    @Test("Lengths are held to their limits, exactly")
    func lengths() throws {
        func description(_ count: Int) throws -> ClientMessage {
            let sdp = String(repeating: "x", count: count)
            return try decode(
                ClientMessage.self, #"{"type":"signal","to":"b","description":{"type":"offer","sdp":"\#(sdp)"}}"#)
        }
        _ = try description(SignalingLimits.description)
        #expect(throws: SignalingError.descriptionTooLong(bytes: SignalingLimits.description + 1)) {
            try description(SignalingLimits.description + 1)
        }
        func candidate(_ count: Int) throws -> ClientMessage {
            let line = String(repeating: "x", count: count)
            return try decode(ClientMessage.self, #"{"type":"signal","to":"b","candidate":{"candidate":"\#(line)"}}"#)
        }
        _ = try candidate(SignalingLimits.candidate)
        #expect(throws: SignalingError.candidateTooLong(bytes: SignalingLimits.candidate + 1)) {
            try candidate(SignalingLimits.candidate + 1)
        }
        #expect(DisplayName(String(repeating: "é", count: SignalingLimits.name)) != nil)
        #expect(DisplayName(String(repeating: "é", count: SignalingLimits.name + 1)) == nil)
        #expect(DisplayName("  Sam \n")?.text == "Sam")
        #expect(PeerID("") == nil)
        #expect(PeerID(String(repeating: "a", count: 33)) == nil)
    }

    @Test("Every truncation and 2,000 disturbed messages throw or parse, and never trap")
    func disturbed() throws {
        for message in Self.fromClients {
            let bytes = Array(try json(message).utf8)
            for length in bytes.indices {
                #expect(throws: (any Error).self) {
                    try JSONDecoder().decode(ClientMessage.self, from: Data(bytes[..<length]))
                }
            }
        }
        var generator = SeededGenerator(seed: 7)
        var parsed = 0
        for round in 0..<2000 {
            var bytes = Array(try json(Self.fromClients[round % Self.fromClients.count]).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
            if (try? JSONDecoder().decode(ClientMessage.self, from: Data(bytes))) != nil { parsed += 1 }
        }
        #expect(parsed > 0 && parsed < 2000)
    }

    @Test("A policy's absent fields take their defaults and values out of range are refused")
    func policy() throws {
        #expect(try decode(SessionPolicy.self, "{}") == SessionPolicy())
        let text = #"{"admission":"automatic","maxDurationSeconds":60,"clinicianMayWait":false}"#
        let policy = try decode(SessionPolicy.self, text)
        #expect(policy == SessionPolicy(admission: .automatic, maxDuration: .seconds(60), clinicianMayWait: false))
        #expect(try decode(SessionPolicy.self, try json(policy)) == policy)
        for wrong in [#"{"maxParticipants":1}"#, #"{"maxParticipants":9}"#, #"{"graceSeconds":-1}"#] {
            #expect(throws: SignalingError.malformed) { try decode(SessionPolicy.self, wrong) }
        }
    }
}
