import CNice
import Glibc
import RapportBase
import Testing

@testable import RapportICE

@Suite("ICEAgent over loopback")
struct ICEAgentTests {
    @Test("two agents on one executor connect over 127.0.0.1 and settle")
    func oneExecutor() async throws {
        let executor = GLibExecutor(name: "test-one")
        let pair = try await Pair(on: executor, executor)
        try await pair.connect()
        try await pair.offerer.wait("completed") { $0.contains(.state(.completed)) }
        #expect(await pair.offerer.states.starts(with: [.checking, .connected]))
        let selected = try #require(await pair.offerer.selectedPair)
        #expect(selected.local.address == "127.0.0.1" && selected.remote.address == "127.0.0.1")
        #expect(selected.local.kind == .host && selected.local.port > 0 && selected.remote.port > 0)
        #expect(await pair.offerer.told.contains(.gatheringComplete))
        #expect(await pair.offerer.eventsInsideCalls == 0)
        #expect(await pair.offerer.roundTripTime == nil)
        await pair.close()
        executor.stop()
    }

    @Test("two agents on two executors connect, over both families", arguments: ["127.0.0.1", "::1"])
    func twoExecutors(_ address: String) async throws {
        let first = GLibExecutor(name: "test-a")
        let second = GLibExecutor(name: "test-b")
        let pair = try await Pair(on: first, second) { $0.bindAddresses = [address] }
        try await pair.connect()
        #expect(await pair.answerer.selectedPair?.remote.address == address)
        #expect(await pair.answerer.send([1, 2, 3]))
        try await pair.offerer.wait("datagram") { $0.contains(.datagram([1, 2, 3])) }
        await pair.close()
        first.stop()
        second.stop()
    }

    @Test("without bind addresses the machine's own are used, loopback when there is no other")
    func defaultAddresses() async throws {
        let executor = GLibExecutor(name: "test-default")
        let pair = try await Pair(on: executor, executor) { $0.bindAddresses = [] }
        try await pair.connect()
        let addresses = Set(await pair.offerer.candidates.map(\.address))
        #expect(!addresses.isEmpty && addresses.isSubset(of: LocalAddresses.usable()))
        await pair.close()
        executor.stop()
    }

    @Test("regular nomination connects as well")
    func regularNomination() async throws {
        let executor = GLibExecutor(name: "test-regular")
        let pair = try await Pair(on: executor, executor) { $0.regularNomination = true }
        try await pair.connect()
        await pair.close()
        executor.stop()
    }

    @Test("two agents that both think they control settle it", arguments: [true, false])
    func roleConflict(_ role: Bool) async throws {
        let executor = GLibExecutor(name: "test-role")
        let pair = try await Pair(on: executor, executor) { $0.isControlling = role }
        try await pair.connect()
        await pair.close()
        executor.stop()
    }

    @Test("the role can be set before checks begin")
    func setRole() async throws {
        let executor = GLibExecutor(name: "test-setrole")
        let pair = try await Pair(on: executor, executor) { $0.isControlling = false }
        await pair.offerer.setControlling(true)
        try await pair.connect()
        await pair.close()
        executor.stop()
    }

    enum Order: CaseIterable {
        case candidatesBeforeParameters, candidatesBeforeGathering, parametersBeforeGathering, onlyOneSideTold
    }

    @Test("any order of parameters, candidates and gathering connects", arguments: Order.allCases)
    func trickleOrder(_ order: Order) async throws {
        let executor = GLibExecutor(name: "test-trickle")
        let offerer = ICEPeer(on: executor)
        let answerer = ICEPeer(on: executor)
        try await offerer.open(.loopback(controlling: true))
        try await answerer.open(.loopback(controlling: false))
        switch order {
        case .candidatesBeforeParameters:
            try await offerer.gather()
            try await answerer.gather()
            try await offerer.wait("gathered") { $0.contains(.gatheringComplete) }
            try await answerer.wait("gathered") { $0.contains(.gatheringComplete) }
            for candidate in await offerer.candidates { await answerer.add(candidate) }
            for candidate in await answerer.candidates { await offerer.add(candidate) }
            try await answerer.setRemote(offerer.parameters)
            try await offerer.setRemote(answerer.parameters)
        case .candidatesBeforeGathering:
            try await offerer.gather()
            try await offerer.wait("gathered") { $0.contains(.gatheringComplete) }
            for candidate in await offerer.candidates { await answerer.add(candidate) }
            try await answerer.setRemote(offerer.parameters)
            try await answerer.gather()
            try await answerer.wait("gathered") { $0.contains(.gatheringComplete) }
            try await offerer.setRemote(answerer.parameters)
            for candidate in await answerer.candidates { await offerer.add(candidate) }
        case .parametersBeforeGathering:
            await offerer.trickle(to: answerer)
            await answerer.trickle(to: offerer)
            try await answerer.setRemote(offerer.parameters)
            try await offerer.setRemote(answerer.parameters)
            try await offerer.gather()
            try await answerer.gather()
        case .onlyOneSideTold:
            // The offerer learns the answerer's address from its checks: a peer-reflexive candidate.
            try await offerer.gather()
            try await answerer.gather()
            try await offerer.wait("gathered") { $0.contains(.gatheringComplete) }
            try await offerer.setRemote(answerer.parameters)
            try await answerer.setRemote(offerer.parameters)
            for candidate in await offerer.candidates { await answerer.add(candidate) }
        }
        try await offerer.waitUntilConnected()
        try await answerer.waitUntilConnected()
        if order == .onlyOneSideTold {
            #expect(await offerer.selectedPair?.remote.kind == .peerReflexive)
        }
        await offerer.close()
        await answerer.close()
        executor.stop()
    }

    @Test("checks that come before the answer are kept: the offerer connects as soon as it knows the answerer")
    func earlyChecks() async throws {
        let executor = GLibExecutor(name: "test-early")
        let pair = try await Pair(on: executor, executor)
        try await pair.offerer.gather()
        try await pair.answerer.gather()
        try await pair.answerer.setRemote(pair.offerer.parameters)
        try await pair.answerer.wait("checking") { $0.contains(.state(.checking)) }
        try await pair.offerer.setRemote(pair.answerer.parameters)
        try await pair.offerer.waitUntilConnected()
        try await pair.answerer.waitUntilConnected()
        await pair.close()
        executor.stop()
    }

    @Test("datagrams of 1 to 1400 bytes arrive unaltered both ways")
    func datagrams() async throws {
        let first = GLibExecutor(name: "test-data-a")
        let second = GLibExecutor(name: "test-data-b")
        let pair = try await Pair(on: first, second)
        try await pair.connect()
        var generator = SplitMix(seed: 11)
        let sent = (1...1400).map { size in Self.datagram(size, &generator) }
        // Waves of 70 stay within any socket buffer: nothing may be lost.
        for wave in stride(from: 0, to: sent.count, by: 70) {
            for (from, to) in [(pair.offerer, pair.answerer), (pair.answerer, pair.offerer)] {
                for bytes in sent[wave..<wave + 70] { #expect(await from.send(bytes)) }
                try await to.wait("wave \(wave)") { told in Self.datagramCount(told) == wave + 70 }
            }
        }
        #expect(await pair.answerer.datagrams == sent)
        #expect(await pair.offerer.datagrams == sent)
        let counters = await pair.offerer.counters
        #expect(counters.datagramsSent == 1400 && counters.datagramsReceived == 1400)
        #expect(counters.bytesSent == 1400 * 1401 / 2 && counters.bytesReceived == counters.bytesSent)
        await pair.close()
        first.stop()
        second.stop()
    }

    /// The first byte is outside STUN's range, so that no agent takes it for one of its own (RFC 7983).
    private static func datagram(_ size: Int, _ generator: inout SplitMix) -> [UInt8] {
        [0x80] + (1..<max(1, size)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private static func datagramCount(_ told: [ToldEvent]) -> Int {
        told.count { if case .datagram = $0 { true } else { false } }
    }

    @Test("a batch of 150 datagrams arrives whole and in order")
    func batch() async throws {
        let executor = GLibExecutor(name: "test-batch")
        let pair = try await Pair(on: executor, executor)
        try await pair.connect()
        var generator = SplitMix(seed: 3)
        let sent = (0..<150).map { _ in Self.datagram(1100, &generator) }
        #expect(await pair.offerer.sendBatch(sent) == 150)
        try await pair.answerer.wait("batch") { Self.datagramCount($0) == 150 }
        #expect(await pair.answerer.datagrams == sent)
        #expect(await pair.offerer.sendBatch([]) == 0)
        await pair.close()
        executor.stop()
    }

    @Test("sending before a pair is selected answers false and counts")
    func sendTooEarly() async throws {
        let executor = GLibExecutor(name: "test-toosoon")
        let peer = ICEPeer(on: executor)
        try await peer.open(.loopback(controlling: true))
        try await peer.gather()
        #expect(await peer.send([0x80, 1]) == false)
        #expect(await peer.sendBatch([[0x80], [0x81], [0x82]]) == 0)
        #expect(await peer.counters.sendWouldBlock == 4)
        #expect(await peer.counters.datagramsSent == 0)
        await peer.close()
        #expect(await peer.send([0x80]) == false)
        executor.stop()
    }

    @Test("the sockets' buffers are a mebibyte or what the kernel allows")
    func socketBuffers() async throws {
        let executor = GLibExecutor(name: "test-buffers")
        let peer = ICEPeer(on: executor)
        try await peer.open(.loopback(controlling: true))
        try await peer.gather()
        let bytes = try #require(await peer.receiveBufferBytes)
        print("socket receive buffer: \(bytes) bytes")
        #expect(bytes > 212_992, "larger than the system's default")
        await peer.close()
        executor.stop()
    }

    @Test("bad candidates are counted by what is wrong with them")
    func badCandidates() async throws {
        let executor = GLibExecutor(name: "test-bad")
        let pair = try await Pair(on: executor, executor) { $0.maximumRemoteCandidates = 12 }
        try await pair.connect()
        let peer = pair.offerer
        let before = await peer.counters
        await peer.add(parsing: "candidate:nonsense")
        await peer.add(parsing: "candidate:1 1 udp 1 not.an.address 9 typ host")
        await peer.add(parsing: "candidate:1 1 udp 1 0.0.0.0 9 typ host")
        await peer.add(parsing: "candidate:1 1 udp 1 224.0.0.1 9 typ host")
        await peer.add(parsing: "candidate:1 1 udp 1 ff02::1 9 typ host")
        await peer.add(parsing: "candidate:1 1 udp 1 192.0.2.1 0 typ host")
        await peer.add(parsing: "candidate:1 2 udp 1 192.0.2.1 9 typ host")
        await peer.add(parsing: "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active")
        await peer.add(parsing: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag other")
        let counters = await peer.counters
        #expect(counters.malformedCandidates - before.malformedCandidates == 6)
        #expect(counters.unusedCandidates - before.unusedCandidates == 2)
        #expect(counters.staleCandidates - before.staleCandidates == 1)
        for port in 1...20 { await peer.add(parsing: "candidate:1 1 udp 1 192.0.2.9 \(port) typ host") }
        // 12 are taken in all: the pair's own, the six above that reached the bound's count, and the rest of these.
        #expect(await peer.counters.candidatesOverLimit > 0)
        #expect(await peer.state.isUsable)
        await pair.close()
        executor.stop()
    }

    @Test("datagrams from an address that was not checked never reach the owner")
    func strangers() async throws {
        let executor = GLibExecutor(name: "test-strange")
        let pair = try await Pair(on: executor, executor)
        try await pair.connect()
        let target = try #require(await pair.offerer.candidates.first)
        let stranger = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        defer { Glibc.close(stranger) }
        var address = try #require(NiceAddress(literal: target.address, port: target.port))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let hello: [UInt8] = [22, 0xFE, 0xFD, 1, 2, 3]
        for _ in 0..<10 {
            #expect(sendto(stranger, hello, hello.count, 0, rapport_sockaddr(&address), size) == hello.count)
        }
        // The peer's own datagram stands behind the stranger's in the same socket.
        #expect(await pair.answerer.send([0x80, 42]))
        try await pair.offerer.wait("the peer's") { $0.contains(.datagram([0x80, 42])) }
        #expect(await pair.offerer.datagrams == [[0x80, 42]])
        await pair.close()
        executor.stop()
    }

    @Test("a peer that falls silent is disconnected, then failed, and sending stops")
    func silence() async throws {
        let executor = GLibExecutor(name: "test-failed")
        let pair = try await Pair(on: executor, executor) {
            $0.disconnectedAfter = .milliseconds(100)
            $0.failedAfter = .milliseconds(400)
        }
        try await pair.connect()
        #expect(await pair.answerer.sendBatch([[UInt8]](repeating: [0x80, 0], count: 30)) == 30)
        try await pair.offerer.wait("failed") { $0.contains(.state(.failed)) }
        #expect(await pair.offerer.states.suffix(2) == [.disconnected, .failed])
        #expect(await pair.offerer.send([0x80]) == false)
        #expect(await pair.offerer.counters.sendFailed == 1)
        await pair.close()
        executor.stop()
    }

    @Test("a peer that is gone costs its consent: the path fails and sending stops (RFC 7675)")
    func consent() async throws {
        let executor = GLibExecutor(name: "test-consent")
        let pair = try await Pair(on: executor, executor) { $0.consentFreshness = true }
        try await pair.connect()
        await pair.answerer.close()
        try await pair.offerer.wait("failed", within: .seconds(40)) { $0.contains(.state(.failed)) }
        #expect(await pair.offerer.send([0x80]) == false)
        #expect(await pair.offerer.counters.sendFailed == 1)
        await pair.offerer.close()
        executor.stop()
    }

    @Test("remote parameters out of RFC 8839's bounds are refused")
    func badParameters() async throws {
        let executor = GLibExecutor(name: "test-params")
        let peer = ICEPeer(on: executor)
        try await peer.open(.loopback(controlling: true))
        let good = String(repeating: "p", count: 22)
        for (fragment, password) in [
            ("abc", good), ("abcd", "short"), (String(repeating: "u", count: 257), good), ("ab d", good),
            ("a:cd", good),
            ("abcd", good + "\0"),
        ] {
            await #expect(throws: ICEError.invalidRemoteParameters) {
                try await peer.setRemote(ICEParameters(usernameFragment: fragment, password: password))
            }
        }
        try await peer.setRemote(ICEParameters(usernameFragment: "abcd", password: good))
        await peer.close()
        await #expect(throws: ICEError.closed) {
            try await peer.setRemote(ICEParameters(usernameFragment: "abcd", password: good))
        }
        executor.stop()
    }

    @Test("a wrong password never connects, and fails when patience ends")
    func wrongPassword() async throws {
        let executor = GLibExecutor(name: "test-wrong")
        let pair = try await Pair(on: executor, executor) { $0.patience = .milliseconds(300) }
        try await pair.offerer.gather()
        try await pair.answerer.gather()
        let wrong = String(repeating: "x", count: 32)
        let fragment = await pair.answerer.parameters.usernameFragment
        try await pair.offerer.setRemote(ICEParameters(usernameFragment: fragment, password: wrong))
        try await pair.offerer.wait("failed") { $0.contains(.state(.failed)) }
        #expect(await !pair.offerer.states.contains(.connected))
        #expect(await pair.offerer.send([0x80]) == false)
        await pair.close()
        executor.stop()
    }

    @Test("no remote candidate at all fails when patience ends, not before")
    func patience() async throws {
        let executor = GLibExecutor(name: "test-patience")
        let peer = ICEPeer(on: executor)
        var configuration = ICEConfiguration.loopback(controlling: true)
        configuration.patience = .milliseconds(150)
        try await peer.open(configuration)
        try await peer.gather()
        let start = executor.now
        try await peer.setRemote(
            ICEParameters(usernameFragment: "abcd", password: String(repeating: "p", count: 22)))
        await peer.end()
        try await peer.wait("failed") { $0.contains(.state(.failed)) }
        #expect(executor.now - start >= 150_000_000)
        await peer.close()
        executor.stop()
    }

    @Test("a bind address that is no literal is refused, one that is not ours fails to gather")
    func bindAddresses() async throws {
        let executor = GLibExecutor(name: "test-bind")
        let peer = ICEPeer(on: executor)
        await #expect(throws: ICEError.invalidBindAddress("localhost")) {
            try await peer.open(.loopback(controlling: true, address: "localhost"))
        }
        try await peer.open(.loopback(controlling: true, address: "203.0.113.77"))
        await #expect(throws: ICEError.gatheringFailed) { try await peer.gather() }
        await peer.close()
        executor.stop()
    }

    @Test("credentials are fresh and long enough for every agent")
    func credentials() {
        let all = (0..<100).map { _ in ICEParameters.random() }
        #expect(Set(all).count == 100)
        #expect(all.allSatisfy { $0.isValid && $0.usernameFragment.utf8.count == 8 && $0.password.utf8.count == 32 })
    }

    @Test("time from the exchange of parameters to connected, median of 20", .serialized, arguments: [false, true])
    func connectTime(_ regular: Bool) async throws {
        let first = GLibExecutor(name: "test-time-a")
        let second = GLibExecutor(name: "test-time-b")
        var times: [Int64] = []
        for _ in 0..<20 {
            let pair = try await Pair(on: first, second) { $0.regularNomination = regular }
            try await pair.offerer.gather()
            try await pair.answerer.gather()
            try await pair.offerer.wait("gathered") { $0.contains(.gatheringComplete) }
            try await pair.answerer.wait("gathered") { $0.contains(.gatheringComplete) }
            try await pair.exchangeParameters()
            let start = first.now
            try await pair.offerer.waitUntilConnected()
            try await pair.answerer.waitUntilConnected()
            let ends = [await pair.offerer.connectedAt, await pair.answerer.connectedAt].compactMap { $0 }
            times.append((ends.max() ?? .max) - start)
            await pair.close()
        }
        times.sort()
        print(
            "connected after \(times[10] / 1000) µs (\(regular ? "regular" : "aggressive") nomination), worst \(times[19] / 1000)"
        )
        #expect(times[10] < 2_000_000_000)
        first.stop()
        second.stop()
    }
}
