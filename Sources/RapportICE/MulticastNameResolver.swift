import CNice
import Glibc
import RapportBase

/// Finds the addresses of `.local` names that browsers put in place of their own. RFC 6762 section 5.1;
/// draft-ietf-mmusic-mdns-ice-candidates.
///
/// Asks the group itself, as a fresh machine has no multicast resolver, and at the same time the system's resolver
/// where that one speaks multicast. Lives on its executor's thread.
final class MulticastNameResolver {
    /// When the question is sent, from its start: RFC 6762 section 5.2 wants a second before the first repetition.
    static let schedule: [Duration] = [.zero, .seconds(1), .seconds(3)]
    static let giveUpAfter: Duration = .seconds(5)
    /// Names asked for at one time.
    static let maximumNames = 32

    private let executor: GLibExecutor
    private var questions: [String: Question] = [:]
    private var sockets: [Listener] = []
    private var generator = SystemRandomNumberGenerator()

    private final class Question {
        var completions: [([String]) -> Void]
        var timers: [ExecutorTimer] = []
        let lookup: SystemNameLookup?

        init(_ completion: @escaping ([String]) -> Void, lookup: SystemNameLookup?) {
            completions = [completion]
            self.lookup = lookup
        }

        func cancel() {
            for timer in timers { timer.cancel() }
            lookup?.cancel()
        }
    }

    private final class Listener {
        let socket: MulticastSocket
        let mayAsk: Bool
        var watch: DescriptorWatch?

        init(_ socket: MulticastSocket, mayAsk: Bool) {
            self.socket = socket
            self.mayAsk = mayAsk
        }
    }

    init(executor: GLibExecutor) { self.executor = executor }

    /// Calls `completion` once, later, with literals, or with none when nobody answered in time.
    func resolve(_ name: String, _ completion: @escaping ([String]) -> Void) {
        let name = name.lowercased()
        if let question = questions[name] {
            question.completions.append(completion)
            return
        }
        let identifier = UInt16.random(in: .min ... .max, using: &generator)
        guard questions.count < Self.maximumNames,
            let query = MulticastDNSMessage.query(for: name, identifier: identifier)
        else {
            executor.addTimer(after: .zero) { completion([]) }
            return
        }
        openSockets()
        let lookup = SystemNameLookup(name, executor: executor) { [weak self] addresses in
            if !addresses.isEmpty { self?.answered(name, addresses) }
        }
        let question = Question(completion, lookup: lookup)
        questions[name] = question
        schedule(query, for: name, question)
    }

    /// Forgets every question; no completion is called any more.
    func cancel() {
        for question in questions.values { question.cancel() }
        questions.removeAll()
        closeSockets()
    }

    private func schedule(_ query: [UInt8], for name: String, _ question: Question) {
        question.timers = Self.schedule.map { delay in
            executor.addTimer(after: delay) { [weak self] in self?.ask(query) }
        }
        question.timers.append(
            executor.addTimer(after: Self.giveUpAfter) { [weak self] in self?.answered(name, []) })
    }

    private func ask(_ query: [UInt8]) {
        for listener in sockets where listener.mayAsk { _ = listener.socket.sendToGroup(query) }
    }

    private func answered(_ name: String, _ addresses: [String]) {
        guard let question = questions.removeValue(forKey: name) else { return }
        question.cancel()
        if questions.isEmpty { closeSockets() }
        for completion in question.completions { completion(addresses) }
    }

    // MARK: Sockets

    /// Answers come by unicast to the asking socket or, from responders that always multicast, to the group.
    private func openSockets() {
        guard sockets.isEmpty else { return }
        for family in [MulticastSocket.Family.ipv4, .ipv6] {
            if let socket = MulticastSocket.asking(family) { listen(Listener(socket, mayAsk: true)) }
            if let socket = MulticastSocket.listening(family) { listen(Listener(socket, mayAsk: false)) }
        }
    }

    private func listen(_ listener: Listener) {
        listener.watch = DescriptorWatch(
            executor: executor, descriptor: listener.socket.descriptor, condition: G_IO_IN
        ) { [weak self, weak listener] in
            if let listener { self?.read(listener) }
        }
        sockets.append(listener)
    }

    private func closeSockets() {
        for listener in sockets { listener.watch?.cancel() }
        sockets.removeAll()
    }

    /// At most 32 messages a wake-up, so that a noisy network cannot hold the thread.
    private func read(_ listener: Listener) {
        var buffer = [UInt8](repeating: 0, count: 9000)  // RFC 6762 section 17
        for _ in 0..<32 {
            guard let (count, source) = listener.socket.receive(into: &buffer) else { return }
            // RFC 6762 section 6: an answer from another port is not one.
            if source.port == MulticastSocket.port { receive(buffer.span.extracting(0..<count)) }
        }
    }

    private func receive(_ message: Span<UInt8>) {
        for name in questions.keys {
            let found = MulticastDNSMessage.addresses(in: message, for: name) ?? []
            let literals = found.compactMap(Self.literal)
            if !literals.isEmpty { answered(name, literals) }
        }
    }

    /// Link-local IPv6 addresses are left out: a candidate cannot carry their scope.
    private static func literal(_ bytes: [UInt8]) -> String? {
        var address = NiceAddress()
        nice_address_init(&address)
        if bytes.count == 4 {
            nice_address_set_ipv4(&address, bytes.span.uint32(at: 0))
        } else {
            nice_address_set_ipv6(&address, bytes)
        }
        return address.isLinkLocalIPv6 ? nil : address.literal
    }
}
