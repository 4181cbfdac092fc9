import CNice
import Glibc
import RapportBase
import Testing

@testable import RapportICE

/// Builds DNS answers for the tests.
struct Answer {
    var bytes: [UInt8] = []

    init(identifier: UInt16 = 0, flags: UInt16 = 0x8400, questions: UInt16 = 0, answers: UInt16, additional: UInt16 = 0)
    {
        for field in [identifier, flags, questions, answers, 0, additional] { bytes.append(uint16: field) }
    }

    mutating func addName(_ name: String) { bytes += MulticastDNSMessage.encode(name) ?? [] }

    mutating func addRecord(type: UInt16, rawClass: UInt16 = 0x8001, timeToLive: UInt32 = 120, _ data: [UInt8]) {
        bytes.append(uint16: type)
        bytes.append(uint16: rawClass)
        bytes.append(uint32: timeToLive)
        bytes.append(uint16: UInt16(data.count))
        bytes += data
    }
}

@Suite("Multicast DNS messages")
struct MulticastDNSMessageTests {
    static let name = "4f0c8d5e-1b6f-4a8e-9f2d-0123456789ab.local"
    static let v6: [UInt8] = [0xFD, 0] + [UInt8](repeating: 0, count: 13) + [7]

    /// An answer as browsers write it: one name, then pointers to it; a record of someone else in front.
    static func answer() -> [UInt8] {
        var answer = Answer(answers: 2, additional: 1)
        answer.addName("printer.local")
        answer.addRecord(type: 1, [192, 0, 2, 99])
        let start = answer.bytes.count
        answer.addName(name.uppercased().replacing("LOCAL", with: "local"))
        answer.addRecord(type: 1, [192, 0, 2, 5])
        answer.bytes.append(uint16: 0xC000 | UInt16(start))
        answer.addRecord(type: 28, v6)
        return answer.bytes
    }

    @Test("a question asks for both families and has the form of RFC 1035 section 4")
    func query() {
        let query = MulticastDNSMessage.query(for: "ab.local", identifier: 0x1234)
        let name: [UInt8] = [2, 0x61, 0x62, 5, 0x6C, 0x6F, 0x63, 0x61, 0x6C, 0]
        #expect(
            query == [0x12, 0x34, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0] + name + [0, 1, 0x80, 1] + name + [0, 28, 0x80, 1])
    }

    @Test("names that DNS cannot carry are refused")
    func badNames() {
        let label = String(repeating: "a", count: 63)
        #expect(MulticastDNSMessage.encode(label + ".local") != nil)
        #expect(MulticastDNSMessage.encode(label + "a.local") == nil)
        #expect(MulticastDNSMessage.encode("a..local") == nil)
        #expect(MulticastDNSMessage.encode("") == nil)
        #expect(MulticastDNSMessage.encode([label, label, label, label, "local"].joined(separator: ".")) == nil)
        #expect(MulticastDNSMessage.query(for: ".local", identifier: 0) == nil)
    }

    @Test("both addresses of the wanted host are found, compressed or not, whatever the case")
    func addresses() {
        let found = MulticastDNSMessage.addresses(in: Self.answer().span, for: Self.name)
        #expect(found == [[192, 0, 2, 5], Self.v6])
        #expect(MulticastDNSMessage.addresses(in: Self.answer().span, for: "other.local") == [])
    }

    @Test("a name that continues by a pointer is followed")
    func partialCompression() {
        var answer = Answer(answers: 2)
        answer.addName("x.local")
        answer.addRecord(type: 1, [1, 1, 1, 1])
        answer.bytes += [1, 0x79, 0xC0, 14]  // "y" and then the "local" of the first name
        answer.addRecord(type: 1, [2, 2, 2, 2])
        #expect(MulticastDNSMessage.addresses(in: answer.bytes.span, for: "y.local") == [[2, 2, 2, 2]])
    }

    @Test("no truncation of an answer is taken for a whole one")
    func truncation() {
        let whole = Self.answer()
        for length in 0..<whole.count {
            #expect(MulticastDNSMessage.addresses(in: Array(whole[..<length]).span, for: Self.name) == nil, "\(length)")
        }
    }

    @Test("pointers that lead to themselves, to each other or forwards end the comparison")
    func loops() {
        for target: UInt16 in [12, 13, 14, 0x3FFF] {
            var answer = Answer(answers: 2)
            answer.bytes.append(uint16: 0xC000 | target)
            answer.addRecord(type: 1, [1, 2, 3, 4])
            answer.bytes.append(uint16: 0xC000 | 12)
            answer.addRecord(type: 1, [1, 2, 3, 4])
            #expect(MulticastDNSMessage.addresses(in: answer.bytes.span, for: "a.local") == [])
        }
        // A label and a pointer back to that label: "a.a.a…".
        var answer = Answer(answers: 1)
        answer.bytes += [1, 0x61, 0xC0, 12]
        answer.addRecord(type: 1, [1, 2, 3, 4])
        #expect(MulticastDNSMessage.addresses(in: answer.bytes.span, for: "a.a.a.a") == [])
    }

    @Test("questions, errors, goodbyes, other classes and wrong sizes give no address")
    func ignored() {
        var question = Answer(flags: 0, answers: 0)
        question.addName("a.local")
        #expect(MulticastDNSMessage.addresses(in: question.bytes.span, for: "a.local") == nil)
        #expect(MulticastDNSMessage.addresses(in: Answer(flags: 0x8403, answers: 0).bytes.span, for: "a.local") == nil)
        for (type, rawClass, timeToLive, size) in [
            (UInt16(1), UInt16(1), UInt32(0), 4), (1, 3, 120, 4), (1, 1, 120, 5), (28, 1, 120, 4), (16, 1, 120, 4),
        ] {
            var answer = Answer(answers: 1)
            answer.addName("a.local")
            answer.addRecord(type: type, rawClass: rawClass, timeToLive: timeToLive, [UInt8](repeating: 1, count: size))
            #expect(MulticastDNSMessage.addresses(in: answer.bytes.span, for: "a.local") == [])
        }
    }

    @Test("noise and damaged answers never stop the parser")
    func noise() {
        var generator = SplitMix(seed: 6762)
        let whole = Self.answer()
        var read = 0
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: .min ... .max, using: &generator)
            }
            for address in MulticastDNSMessage.addresses(in: bytes.span, for: Self.name) ?? [] {
                read += 1
                #expect(address.count == 4 || address.count == 16)
            }
            let noise = (0..<Int.random(in: 0..<80, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            #expect((MulticastDNSMessage.addresses(in: noise.span, for: Self.name) ?? []).isEmpty)
        }
        #expect(read > 0)
    }

    @Test("the system's resolver is asked only where nsswitch.conf names a multicast source")
    func nameServiceSwitch() {
        #expect(SystemNameLookup.isMulticast(hostsLine: "hosts:  files mdns4_minimal [NOTFOUND=return] dns\n"))
        #expect(SystemNameLookup.isMulticast(hostsLine: "hosts:\tfiles resolve [!UNAVAIL=return] dns"))
        #expect(!SystemNameLookup.isMulticast(hostsLine: "hosts: files dns # mdns"))
        #expect(!SystemNameLookup.isMulticast(hostsLine: "networks: mdns"))
        #expect(!SystemNameLookup.isMulticast(hostsLine: ""))
    }
}

/// Answers multicast questions for one name, as a browser does.
final class Responder: @unchecked Sendable {
    private var socket: MulticastSocket?
    private var watch: DescriptorWatch?
    private(set) var questions = 0

    enum Manner: CaseIterable { case unicast, multicast }

    /// On `executor`'s thread. False when the port cannot be had.
    func start(on executor: GLibExecutor, for name: String, address: [UInt8], _ manner: Manner) -> Bool {
        guard let socket = MulticastSocket.listening(.ipv4) else { return false }
        self.socket = socket
        watch = DescriptorWatch(executor: executor, descriptor: socket.descriptor, condition: G_IO_IN) { [weak self] in
            self?.answer(name, address, manner)
        }
        return true
    }

    private func answer(_ name: String, _ address: [UInt8], _ manner: Manner) {
        var buffer = [UInt8](repeating: 0, count: 1500)
        guard let socket, let wanted = MulticastDNSMessage.encode(name) else { return }
        while let (count, source) = socket.receive(into: &buffer) {
            let isQuestion =
                count >= 12 + wanted.count && buffer[2] & 0x80 == 0
                && Array(buffer[12..<12 + wanted.count]) == wanted
            guard isQuestion else { continue }
            questions += 1
            var answer = Answer(identifier: buffer.span.uint16(at: 0), answers: 1)
            answer.addName(name)
            answer.addRecord(type: 1, address)
            switch manner {
            case .multicast: _ = socket.sendToGroup(answer.bytes)
            case .unicast:
                var source = source
                let size = socklen_t(MemoryLayout<sockaddr_in>.size)
                sendto(socket.descriptor, answer.bytes, answer.bytes.count, 0, rapport_sockaddr(&source), size)
            }
        }
    }

    func stop() {
        watch?.cancel()
        watch = nil
        socket = nil
    }
}

@Suite("Multicast names", .serialized)
struct MulticastNameTests {
    @Test(
        "a .local candidate is resolved and connects, answered by unicast or to the group",
        arguments: Responder.Manner.allCases)
    func connect(_ manner: Responder.Manner) async throws {
        let executor = GLibExecutor(name: "test-mdns")
        let responder = Responder()
        let name = "8a1b2c3d-\(manner)-4e5f.local"
        let started = await onExecutor(executor) {
            responder.start(on: executor, for: name, address: [127, 0, 0, 1], manner)
        }
        #expect(started)
        let offerer = ICEPeer(on: executor)
        let answerer = ICEPeer(on: executor)
        try await offerer.open(.loopback(controlling: true))
        try await answerer.open(.loopback(controlling: false))
        try await offerer.gather()
        try await answerer.gather()
        try await answerer.wait("gathered") { $0.contains(.gatheringComplete) }
        try await answerer.setRemote(offerer.parameters)
        try await offerer.setRemote(answerer.parameters)
        // The answerer is told no address at all; the offerer one, by its name.
        for candidate in await Self.rename(answerer.candidates, to: name) { await offerer.add(candidate) }
        await offerer.end()
        try await offerer.waitUntilConnected()
        try await answerer.waitUntilConnected()
        #expect(await offerer.counters.unresolvedNames == 0)
        #expect(await offerer.selectedPair?.remote.address == "127.0.0.1")
        await offerer.close()
        await answerer.close()
        let questions = await onExecutor(executor) {
            defer { responder.stop() }
            return responder.questions
        }
        #expect(questions >= 1)
        executor.stop()
    }

    private static func rename(_ candidates: [ICECandidate], to name: String) -> [ICECandidate] {
        candidates.map { candidate in
            var candidate = candidate
            candidate.address = name
            return candidate
        }
    }

    @Test("a name that nobody answers for is counted after five seconds, and closing meanwhile is clean")
    func unresolved() async throws {
        let executor = GLibExecutor(name: "test-mdns-none")
        let start = executor.now
        let found = await withCheckedContinuation { continuation in
            executor.perform {
                let resolver = MulticastNameResolver(executor: executor)
                resolver.resolve("nobody-9c0d.local") { addresses in
                    // The resolver stays alive until it has answered.
                    withExtendedLifetime(resolver) { continuation.resume(returning: addresses) }
                }
            }
        }
        #expect(found.isEmpty)
        #expect(executor.now - start >= 5_000_000_000)
        let peer = ICEPeer(on: executor)
        try await peer.open(.loopback(controlling: true))
        try await peer.gather()
        try await peer.setRemote(ICEParameters(usernameFragment: "abcd", password: String(repeating: "p", count: 22)))
        await peer.add(parsing: "candidate:1 1 udp 1 nobody-77aa.local 9000 typ host")
        await peer.add(parsing: "candidate:1 1 udp 1 a..local 9000 typ host")
        await onExecutor(executor) {}
        await peer.close()
        #expect(await peer.toldAfterClose == 0)
        executor.stop()
    }
}
