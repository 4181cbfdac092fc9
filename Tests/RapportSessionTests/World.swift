import RapportBase
import RapportNegotiation
import RapportSDP
import Testing

@testable import RapportSession

/// Two peers, the path between them, and virtual time.
final class World: CustomTestStringConvertible {
    let seed: UInt64
    let a: TestPeer
    let b: TestPeer
    /// From `a` to `b`, and back.
    var there: Link
    var back: Link
    private(set) var now = Timestamp.zero
    private var nextTick = Timestamp.zero
    private var ticks = 0
    private var stepsNow = 0

    var testDescription: String { "seed \(seed)" }

    /// `a` will offer.
    init(
        seed: UInt64, capabilities: Capabilities = .standard, conditions: Link.Conditions = .init(),
        control: CongestionControl = .rapport
    ) throws {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        a = try TestPeer(seed: random.next(), certificate: 0, capabilities: capabilities, control: control)
        b = try TestPeer(seed: random.next(), certificate: 1, capabilities: capabilities, control: control)
        there = Link(seed: random.next())
        back = Link(seed: random.next())
        there.conditions = conditions
        back.conditions = conditions
    }

    /// A call whose handshake is done over a path without faults, and which then has `conditions`.
    static func connected(
        seed: UInt64, capabilities: Capabilities = .standard, conditions: Link.Conditions = .init(),
        control: CongestionControl = .rapport
    ) throws -> World {
        let world = try World(seed: seed, capabilities: capabilities, control: control)
        // The delay is that of the call: another one would be a change of path to congestion control.
        world.there.conditions.delay = conditions.delay
        world.back.conditions.delay = conditions.delay
        try world.addMedia()
        try world.negotiate()
        world.open()
        for _ in 0..<100 where !(world.a.isConnected && world.b.isConnected) { world.drain(for: .milliseconds(10)) }
        try #require(world.a.isConnected && world.b.isConnected, "seed \(seed)")
        world.there.conditions = conditions
        world.back.conditions = conditions
        return world
    }

    func addMedia() throws {
        for peer in [a, b] {
            try peer.negotiation.addTrack(.audio)
            try peer.negotiation.addTrack(.video)
        }
    }

    /// An exchange through the text of the descriptions, applied on both sides.
    func negotiate() throws {
        let answer = try offerAndAnswer()
        try applyAnswer(answer)
    }

    /// The exchange up to the answer's being on its way to the offerer.
    func offerAndAnswer() throws -> String {
        let offer = try a.negotiation.createOffer(transport: a.transport)
        _ = try a.negotiation.setLocalDescription(.offer, offer)
        _ = try b.negotiation.setRemoteDescription(.offer, try SessionDescription(parsing: offer.serialized()))
        let answer = try b.negotiation.createAnswer(transport: b.transport)
        let action = try b.negotiation.setLocalDescription(.answer, answer)
        try apply(action, to: b)
        return answer.serialized()
    }

    func applyAnswer(_ answer: String) throws {
        try apply(try a.negotiation.setRemoteDescription(.answer, try SessionDescription(parsing: answer)), to: a)
    }

    private func apply(_ action: NegotiationAction, to peer: TestPeer) throws {
        guard case .apply(let negotiated) = action else { throw Unexpected() }
        peer.apply(negotiated, at: now)
        transmit()
    }

    struct Unexpected: Error {}

    /// ICE found a path for both.
    func open() {
        for peer in [a, b] { peer.handle(.transportWritable, at: now) }
        transmit()
    }

    // MARK: Time

    func run(for time: Duration) { run(until: now + time) }

    func run(until end: Timestamp) {
        while let next = nextMoment, next <= end {
            stepsNow = next > now ? 0 : stepsNow + 1
            // Nobody does ten thousand things at one moment: that is a loop.
            guard stepsNow < 10_000 else {
                Issue.record("time stands still at \(now), seed \(seed)")
                return
            }
            now = max(now, next)
            step()
        }
        now = end
    }

    /// Lets what is under way arrive while nobody sends media.
    func drain(for time: Duration = .seconds(3)) {
        let before = [a, b].map { ($0, $0.sendsVideo, $0.sendsAudio) }
        for peer in [a, b] { (peer.sendsVideo, peer.sendsAudio) = (false, false) }
        run(for: time)
        for (peer, video, audio) in before { (peer.sendsVideo, peer.sendsAudio) = (video, audio) }
    }

    private var nextMoment: Timestamp? {
        [there.next, back.next, a.session.deadline, b.session.deadline, nextTick].compactMap { $0 }.min()
    }

    private func step() {
        while let next = there.next, next <= now { b.receive(there.receive(), at: now) }
        while let next = back.next, next <= now { a.receive(back.receive(), at: now) }
        if nextTick <= now { tick() }
        for peer in [a, b] {
            if let deadline = peer.session.deadline, deadline <= now { peer.wakeUp(at: now) }
        }
        transmit()
    }

    // Every 10 ms sound is played; every 20 ms a packet of it and every 30 ms a picture is sent.
    private func tick() {
        for peer in [a, b] {
            if ticks % 2 == 0 { peer.sendSound(at: now) }
            if ticks % 3 == 0 { peer.sendPicture(at: now) }
            peer.play(at: now)
        }
        ticks += 1
        nextTick = nextTick + .milliseconds(10)
    }

    func transmit() {
        for datagram in a.takeDatagrams() { there.send(datagram, at: now) }
        for datagram in b.takeDatagrams() { back.send(datagram, at: now) }
    }
}

// MARK: - What has to hold of what arrived

/// Numbers of the pictures received, after checking that each is, byte for byte, the one sent under its number.
func numbers(of pictures: [EncodedVideo], sent frames: [[UInt8]], _ world: World) -> [Int] {
    pictures.map { picture in
        let number = VideoSource.number(of: picture.bytes)
        #expect(
            frames.indices.contains(number) && frames[number] == picture.bytes,
            "frame \(number), \(world.testDescription)")
        return number
    }
}

func numbers(of sounds: [[UInt8]], sent packets: [[UInt8]], _ world: World) -> [Int] {
    sounds.map { sound in
        let number = AudioSource.number(of: sound)
        #expect(
            packets.indices.contains(number) && packets[number] == sound, "sound \(number), \(world.testDescription)")
        return number
    }
}

func isAscending(_ numbers: [Int]) -> Bool { zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } }

/// Checks that the numbers are 0, 1, 2, … without a gap; says the first one that is not.
func expectAll(_ numbers: [Int], of count: Int, _ world: World) {
    let wrong = zip(numbers, 0...).first { $0 != $1 }
    #expect(wrong == nil, "\(world.testDescription)")
    #expect(numbers.count == count, "\(world.testDescription)")
}
