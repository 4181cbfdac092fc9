import Glibc
import RapportBase

@testable import RapportICE

/// What an agent told, in a form that can be kept and compared.
enum ToldEvent: Sendable, Equatable {
    case candidate(ICECandidate)
    case gatheringComplete
    case state(ICEConnectionState)
    case pair(ICECandidatePair)
    case datagram([UInt8])
    case writable
}

struct Timeout: Error, CustomStringConvertible {
    var description: String
}

/// One end of a test: an actor on the executor its agent lives on, entered by `assumeIsolated` as a session does.
actor ICEPeer {
    nonisolated let executor: GLibExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private(set) var told: [ToldEvent] = []
    private(set) var toldAfterClose = 0
    private(set) var connectedAt: Int64?
    private(set) var isInsideCall = false
    private(set) var eventsInsideCalls = 0
    private var agent: ICEAgent?
    private var waiters: [Waiter] = []
    private var isClosed = false
    private var trickleTo: ICEPeer?

    private struct Waiter {
        let description: String
        let isMet: ([ToldEvent]) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
        let timer: ExecutorTimer
    }

    init(on executor: GLibExecutor) { self.executor = executor }

    func open(_ configuration: ICEConfiguration) throws {
        agent = try ICEAgent(configuration: configuration, executor: executor) { [weak self] event in
            self?.assumeIsolated { $0.tell(event) }
        }
    }

    private func tell(_ event: ICEEvent) {
        if isClosed { toldAfterClose += 1 }
        if isInsideCall { eventsInsideCalls += 1 }
        let kept = Self.keep(event)
        if connectedAt == nil, kept == .state(.connected) { connectedAt = executor.now }
        told.append(kept)
        if case .candidate(let candidate) = kept, let trickleTo {
            Task { await trickleTo.add(candidate) }
        }
        resumeWaiters()
    }

    private static func keep(_ event: ICEEvent) -> ToldEvent {
        switch event {
        case .candidate(let candidate): return .candidate(candidate)
        case .gatheringComplete: return .gatheringComplete
        case .stateChanged(let state): return .state(state)
        case .selectedPair(let pair): return .pair(pair)
        case .datagram(let bytes):
            let copy = [UInt8](bytes)
            // A session decrypts in place: writing must be allowed.
            for index in bytes.indices { bytes[index] = 0xAA }
            return .datagram(copy)
        case .writable: return .writable
        }
    }

    // MARK: Waiting, with a deadline and without sleeping

    func wait(
        _ description: String, within limit: Duration = .seconds(10),
        until isMet: @escaping @Sendable ([ToldEvent]) -> Bool
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            // Suspending for the continuation may have let an event in.
            if isMet(told) { return continuation.resume() }
            let timer = executor.makeTimer { [weak self] in self?.assumeIsolated { $0.expire(description) } }
            waiters.append(
                Waiter(description: description, isMet: isMet, continuation: continuation, timer: timer))
            timer.schedule(after: limit)
        }
    }

    private func resumeWaiters() {
        let met = waiters.filter { $0.isMet(told) }
        waiters.removeAll { waiter in waiter.isMet(told) }
        for waiter in met {
            waiter.timer.cancel()
            waiter.continuation.resume()
        }
    }

    private func expire(_ description: String) {
        let late = waiters.filter { $0.description == description }
        waiters.removeAll { $0.description == description }
        for waiter in late {
            let states = told.filter { if case .state = $0 { true } else { false } }
            waiter.continuation.resume(throwing: Timeout(description: "\(description); told \(states)"))
        }
    }

    func waitUntilConnected() async throws {
        try await wait("connected") { $0.contains(.state(.connected)) }
    }

    // MARK: Driving

    private func inside<R>(_ body: (ICEAgent) throws -> R) rethrows -> R {
        guard let agent else { preconditionFailure("the test did not open the agent") }
        isInsideCall = true
        defer { isInsideCall = false }
        return try body(agent)
    }

    func trickle(to other: ICEPeer) { trickleTo = other }
    func gather() throws { try inside { try $0.startGathering() } }
    func add(_ candidate: ICECandidate) { inside { $0.addRemoteCandidate(candidate) } }
    func add(parsing line: String) { inside { $0.addRemoteCandidate(parsing: line) } }
    func end() { inside { $0.endOfRemoteCandidates() } }
    func setRemote(_ parameters: ICEParameters) throws { try inside { try $0.setRemoteParameters(parameters) } }
    func setControlling(_ isControlling: Bool) { inside { $0.setControlling(isControlling) } }
    func send(_ bytes: [UInt8]) -> Bool { inside { $0.send(bytes) } }

    func sendBatch(_ datagrams: [[UInt8]]) -> Int {
        var arena: [UInt8] = []
        var ranges: [Range<Int>] = []
        for datagram in datagrams {
            ranges.append(arena.count..<arena.count + datagram.count)
            arena += datagram
        }
        return inside { agent in arena.withUnsafeBytes { agent.sendBatch($0, ranges: ranges) } }
    }

    func close() async {
        isClosed = true
        await agent?.close()
    }

    /// Begins to close without waiting; `close` afterwards waits for the same end.
    func beginClosing() {
        isClosed = true
        agent?.close()
    }

    var parameters: ICEParameters { inside { $0.localParameters } }
    var counters: ICECounters { inside { $0.counters } }
    var state: ICEConnectionState { inside { $0.state } }
    var selectedPair: ICECandidatePair? { inside { $0.selectedPair } }
    var receiveBufferBytes: Int? { inside { $0.receiveBufferBytes } }
    var roundTripTime: Duration? { inside { $0.roundTripTime } }
    var candidates: [ICECandidate] {
        told.compactMap { if case .candidate(let candidate) = $0 { candidate } else { nil } }
    }
    var datagrams: [[UInt8]] {
        told.compactMap { if case .datagram(let bytes) = $0 { bytes } else { nil } }
    }
    func forgetDatagrams() { told.removeAll { if case .datagram = $0 { true } else { false } } }
    var states: [ICEConnectionState] {
        told.compactMap { if case .state(let state) = $0 { state } else { nil } }
    }
}

extension ICEConfiguration {
    static func loopback(controlling: Bool, address: String = "127.0.0.1") -> ICEConfiguration {
        var configuration = ICEConfiguration()
        configuration.bindAddresses = [address]
        configuration.isControlling = controlling
        return configuration
    }
}

/// Two peers that tell each other their parameters and trickle their candidates.
struct Pair {
    let offerer: ICEPeer
    let answerer: ICEPeer

    init(
        on first: GLibExecutor, _ second: GLibExecutor, _ change: (inout ICEConfiguration) -> Void = { _ in }
    ) async throws {
        offerer = ICEPeer(on: first)
        answerer = ICEPeer(on: second)
        var offering = ICEConfiguration.loopback(controlling: true)
        var answering = ICEConfiguration.loopback(controlling: false)
        change(&offering)
        change(&answering)
        try await offerer.open(offering)
        try await answerer.open(answering)
        await offerer.trickle(to: answerer)
        await answerer.trickle(to: offerer)
    }

    func exchangeParameters() async throws {
        try await answerer.setRemote(offerer.parameters)
        try await offerer.setRemote(answerer.parameters)
    }

    func connect() async throws {
        try await offerer.gather()
        try await answerer.gather()
        try await exchangeParameters()
        try await offerer.waitUntilConnected()
        try await answerer.waitUntilConnected()
    }

    func close() async {
        await offerer.close()
        await answerer.close()
    }
}
