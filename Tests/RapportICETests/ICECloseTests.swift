import RapportBase
import Testing

@testable import RapportICE

@Suite("Closing an agent")
struct ICECloseTests {
    enum Stage: CaseIterable { case made, gathering, gathered, checking, connected, busy, failed, closing }

    @Test("an agent closes in any state, fifty times, and says nothing afterwards", arguments: Stage.allCases)
    func close(_ stage: Stage) async throws {
        let executor = GLibExecutor(name: "test-close")
        for _ in 0..<50 {
            let pair = try await Pair(on: executor, executor) { $0.patience = .milliseconds(1) }
            try await Self.bring(pair, to: stage)
            await pair.offerer.close()
            await pair.answerer.close()
            // Once around the loop: whatever was left pending would be told now.
            await onExecutor(executor) {}
            #expect(await pair.offerer.toldAfterClose == 0)
            #expect(await pair.offerer.state == .closed)
        }
        executor.stop()
    }

    private static func bring(_ pair: Pair, to stage: Stage) async throws {
        if stage == .made { return }
        try await pair.offerer.gather()
        try await pair.answerer.gather()
        if stage == .gathering { return }
        try await pair.offerer.wait("gathered") { $0.contains(.gatheringComplete) }
        if stage == .gathered { return }
        if stage == .failed {
            let wrong = ICEParameters(usernameFragment: "none", password: String(repeating: "x", count: 22))
            try await pair.offerer.setRemote(wrong)
            try await pair.offerer.wait("failed") { $0.contains(.state(.failed)) }
            return
        }
        try await pair.exchangeParameters()
        if stage == .checking { return }
        try await pair.offerer.waitUntilConnected()
        try await pair.answerer.waitUntilConnected()
        if stage == .busy {
            // Datagrams lie in the socket when it closes.
            _ = await pair.answerer.sendBatch([[UInt8]](repeating: [0x80, 1, 2, 3], count: 40))
        }
        if stage == .closing { await pair.offerer.beginClosing() }
    }

    @Test("an agent may be closed from inside its own event, a datagram's too")
    func closeInside() async throws {
        let executor = GLibExecutor(name: "test-close-in")
        let answerer = ICEPeer(on: executor)
        try await answerer.open(.loopback(controlling: false))
        let closer = Closer(on: executor)
        try await closer.open()
        try await answerer.gather()
        try await answerer.wait("gathered") { $0.contains(.gatheringComplete) }
        try await closer.connect(to: answerer.parameters, answerer.candidates)
        try await answerer.setRemote(closer.parameters)
        try await answerer.waitUntilConnected()
        let batch = [[UInt8]](repeating: [0x80, 9], count: 20)
        #expect(await answerer.sendBatch(batch) == 20)
        await closer.untilClosed()
        #expect(await closer.datagrams == 1)
        await answerer.close()
        executor.stop()
    }

    /// Closes its agent on the first datagram.
    actor Closer {
        nonisolated let executor: GLibExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private var agent: ICEAgent?
        private(set) var datagrams = 0
        private var isClosed = false
        private var waiting: CheckedContinuation<Void, Never>?

        init(on executor: GLibExecutor) { self.executor = executor }

        var parameters: ICEParameters { agent?.localParameters ?? ICEParameters(usernameFragment: "", password: "") }

        func open() throws {
            agent = try ICEAgent(configuration: .loopback(controlling: true), executor: executor) { [weak self] event in
                self?.assumeIsolated { $0.tell(event) }
            }
        }

        func connect(to parameters: ICEParameters, _ candidates: [ICECandidate]) throws {
            try agent?.startGathering()
            for candidate in candidates { agent?.addRemoteCandidate(candidate) }
            try agent?.setRemoteParameters(parameters)
        }

        private func tell(_ event: ICEEvent) {
            guard case .datagram = event else { return }
            datagrams += 1
            agent?.close { [weak self] in self?.assumeIsolated { $0.closed() } }
        }

        private func closed() {
            isClosed = true
            waiting?.resume()
            waiting = nil
        }

        func untilClosed() async {
            await withCheckedContinuation { continuation in
                if isClosed { continuation.resume() } else { waiting = continuation }
            }
        }
    }

    @Test("every close is answered, and one after the end at once")
    func twice() async throws {
        let executor = GLibExecutor(name: "test-close-2")
        let peer = ICEPeer(on: executor)
        try await peer.open(.loopback(controlling: true))
        try await peer.gather()
        await peer.beginClosing()
        await peer.close()
        await peer.close()
        await #expect(throws: ICEError.closed) { try await peer.gather() }
        #expect(await peer.receiveBufferBytes == nil)
        executor.stop()
    }

    @Test("a closed agent is let go of")
    func released() async throws {
        let executor = GLibExecutor(name: "test-release")
        let isGone = await withCheckedContinuation { continuation in
            executor.perform {
                var agent = try? ICEAgent(configuration: .loopback(controlling: true), executor: executor) { _ in }
                nonisolated(unsafe) weak let watched = agent
                agent?.close {
                    // The completion runs inside the agent; look when it has returned.
                    executor.addTimer(after: .milliseconds(1)) { continuation.resume(returning: watched == nil) }
                }
                agent = nil
            }
        }
        #expect(isGone)
        executor.stop()
    }
}
