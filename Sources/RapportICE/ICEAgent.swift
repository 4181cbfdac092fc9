import CNice
public import RapportBase

/// One ICE session with one component (RTP and RTCP multiplexed) over libnice. RFC 8445, RFC 8838.
///
/// Lives on its executor's thread: every method is called there, every event arrives there. libnice holds a
/// reference to the agent, so one that is not closed lives as long as the program.
public final class ICEAgent {
    public let executor: GLibExecutor
    public let configuration: ICEConfiguration
    /// What the peer needs to check us; 48 and 192 random bits. RFC 8445 section 5.3 asks for 24 and 128.
    public let localParameters: ICEParameters
    public internal(set) var remoteParameters: ICEParameters?
    public internal(set) var state: ICEConnectionState = .new
    public internal(set) var counters = ICECounters()
    /// The path in use, nil before the first.
    public internal(set) var selectedPair: ICECandidatePair?
    /// Always nil: libnice 0.1.21 neither tells how long a check took nor hands on answers to requests of our own.
    public var roundTripTime: Duration? { nil }

    let nice: OpaquePointer
    let stream: guint
    let firstSourceNumber: guint
    var lifecycle = Lifecycle.open
    var hasStartedGathering = false
    var signalHandlers: [gulong] = []
    var onEvent: ((ICEEvent) -> Void)?
    /// How many calls of the owner's are on the stack; events raised meanwhile wait in `waitingEvents`.
    var callDepth = 0
    var waitingEvents: [ICEEvent] = []
    var remote = RemoteCandidates()
    var multicastNames: MulticastNameResolver?
    var liveness: LivenessMonitor?
    var consent = ConsentWatch()
    var timers = Timers()
    var writability: WritabilityWatch?
    var outbound = OutboundScratch()

    enum Lifecycle {
        case open
        case closing([() -> Void])
        case closed
    }

    struct Timers {
        var patience: ExecutorTimer?
        var liveness: ExecutorTimer?
        var delivery: ExecutorTimer?
    }

    /// Makes the agent and its stream; nothing is sent before `startGathering`.
    ///
    /// `onEvent` is called on the executor's thread. Fails when the loaded libnice is too old, a bind address is no
    /// literal, or the relays are too many.
    public init(
        configuration: ICEConfiguration, executor: GLibExecutor, onEvent: @escaping (ICEEvent) -> Void
    ) throws(ICEError) {
        executor.checkIsolated()
        try ICELibrary.check()
        let parameters = ICEParameters.random()
        let handle = try Self.makeNiceAgent(configuration, executor.context)
        do {
            stream = try Self.addStream(to: handle, parameters, configuration)
        } catch {
            rapport_unref(handle)
            throw error
        }
        nice = handle
        localParameters = parameters
        self.configuration = configuration
        self.executor = executor
        self.onEvent = onEvent
        firstSourceNumber = Self.nextSourceNumber(executor.context)
        attachCallbacks()
    }

    var isOpen: Bool { if case .open = lifecycle { true } else { false } }

    /// Runs a call into libnice; what it signals meanwhile is told right after the owner's call, not inside it.
    func calling<R>(_ body: () -> R) -> R {
        executor.checkIsolated()
        callDepth += 1
        defer { callDepth -= 1 }
        return body()
    }

    private static func makeNiceAgent(
        _ configuration: ICEConfiguration, _ context: OpaquePointer
    ) throws(ICEError) -> OpaquePointer {
        var options = NICE_AGENT_OPTION_ICE_TRICKLE.rawValue
        if configuration.regularNomination { options |= NICE_AGENT_OPTION_REGULAR_NOMINATION.rawValue }
        if configuration.consentFreshness { options |= NICE_AGENT_OPTION_CONSENT_FRESHNESS.rawValue }
        guard let agent = nice_agent_new_full(context, NICE_COMPATIBILITY_RFC5245, NiceAgentOption(options)) else {
            throw .library(.makeAgent)
        }
        rapport_set_bool(agent, "controlling-mode", configuration.isControlling ? 1 : 0)
        rapport_set_bool(agent, "ice-tcp", configuration.enablesTCP ? 1 : 0)
        rapport_set_bool(agent, "upnp", 0)
        rapport_set_bool(agent, "force-relay", configuration.relayOnly ? 1 : 0)
        rapport_set_uint(agent, "stun-pacing-timer", milliseconds(configuration.pacing, in: 5...500))
        rapport_set_uint(agent, "stun-initial-timeout", milliseconds(configuration.initialCheckTimeout, in: 20...9999))
        rapport_set_uint(agent, "stun-max-retransmissions", guint(max(1, min(99, configuration.checkTransmissions))))
        return agent
    }

    private static func milliseconds(_ duration: Duration, in range: ClosedRange<Int64>) -> guint {
        guint(max(range.lowerBound, min(range.upperBound, duration.wholeNanoseconds / 1_000_000)))
    }

    private static func addStream(
        to agent: OpaquePointer, _ parameters: ICEParameters, _ configuration: ICEConfiguration
    ) throws(ICEError) -> guint {
        for address in configuration.bindAddresses.isEmpty ? LocalAddresses.usable() : configuration.bindAddresses {
            guard var literal = NiceAddress(literal: address), nice_address_is_valid(&literal) != 0 else {
                throw .invalidBindAddress(address)
            }
            nice_agent_add_local_address(agent, &literal)
        }
        let stream = nice_agent_add_stream(agent, 1)
        guard stream > 0 else { throw .library(.addStream) }
        let didSet = nice_agent_set_local_credentials(agent, stream, parameters.usernameFragment, parameters.password)
        guard didSet != 0 else { throw .library(.setLocalCredentials) }
        return stream
    }
}
