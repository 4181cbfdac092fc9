import CNice
import RapportBase

extension ICECandidate {
    /// What libnice holds, in the words of RFC 8839 section 5.1.
    init(_ nice: UnsafePointer<NiceCandidate>, usernameFragment: String?) {
        let candidate = nice.pointee
        self.init(
            foundation: nice.foundationText, component: UInt16(truncatingIfNeeded: candidate.component_id),
            transport: candidate.transport == NICE_CANDIDATE_TRANSPORT_UDP ? .udp : .tcp, priority: candidate.priority,
            address: candidate.addr.literal, port: candidate.addr.port, kind: Kind(candidate.type),
            tcpType: TCPType(candidate.transport), usernameFragment: usernameFragment)
        // RFC 6544 section 4.5: an active candidate's port is 9.
        if tcpType == .active { port = 9 }
        if kind != .host { setRelatedAddress(candidate) }
    }

    /// RFC 8839 section 5.1: every candidate but a host's names a related address; 0.0.0.0 port 9 hides it.
    private mutating func setRelatedAddress(_ candidate: NiceCandidate) {
        let isKnown =
            candidate.base_addr.isValid
            && (candidate.base_addr.literal != address || candidate.base_addr.port != port)
        relatedAddress = isKnown ? candidate.base_addr.literal : (candidate.addr.isIPv6 ? "::" : "0.0.0.0")
        relatedPort = isKnown ? candidate.base_addr.port : 9
    }

    /// Hides where a relayed or reflexive candidate was gathered from. RFC 8839 section 5.1; RFC 8828 section 5.2.
    mutating func hideRelatedAddress() {
        guard let hidden = relatedAddress else { return }
        relatedAddress = hidden.contains(":") ? "::" : "0.0.0.0"
        relatedPort = 9
    }

    /// Hands a libnice candidate, freed afterwards, to `body`; nil when the address is no literal a peer can have.
    func withNiceCandidate<R>(stream: guint, _ body: (UnsafeMutablePointer<NiceCandidate>) -> R) -> R? {
        guard port > 0, let destination = NiceAddress(literal: address, port: port), destination.mayBePeer,
            foundation.utf8.count <= 32, !foundation.isEmpty, !foundation.utf8.contains(0),
            let nice = nice_candidate_new(kind.nice)
        else { return nil }
        defer { nice_candidate_free(nice) }
        nice.pointee.stream_id = stream
        nice.pointee.component_id = guint(component)
        nice.pointee.transport = niceTransport
        nice.pointee.priority = priority
        nice.pointee.addr = destination
        if let relatedAddress, let relatedPort, let base = NiceAddress(literal: relatedAddress, port: relatedPort) {
            nice.pointee.base_addr = base
        }
        nice.setFoundation(foundation)
        return body(nice)
    }

    private var niceTransport: NiceCandidateTransport {
        guard transport == .tcp else { return NICE_CANDIDATE_TRANSPORT_UDP }
        return switch tcpType {
        case .active: NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE
        case .simultaneousOpen: NICE_CANDIDATE_TRANSPORT_TCP_SO
        case .passive, nil: NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE
        }
    }
}

extension ICECandidate.Kind {
    init(_ nice: NiceCandidateType) {
        self =
            switch nice {
            case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE: .serverReflexive
            case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE: .peerReflexive
            case NICE_CANDIDATE_TYPE_RELAYED: .relay
            default: .host  // a C enum: its fourth value is the host type
            }
    }

    var nice: NiceCandidateType {
        switch self {
        case .host: NICE_CANDIDATE_TYPE_HOST
        case .serverReflexive: NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE
        case .peerReflexive: NICE_CANDIDATE_TYPE_PEER_REFLEXIVE
        case .relay: NICE_CANDIDATE_TYPE_RELAYED
        }
    }
}

extension ICECandidate.TCPType {
    init?(_ nice: NiceCandidateTransport) {
        switch nice {
        case NICE_CANDIDATE_TRANSPORT_TCP_ACTIVE: self = .active
        case NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE: self = .passive
        case NICE_CANDIDATE_TRANSPORT_TCP_SO: self = .simultaneousOpen
        default: return nil  // a C enum: what is left is UDP
        }
    }
}

extension UnsafePointer<NiceCandidate> {
    fileprivate var foundationText: String {
        withUnsafeBytes(of: pointee.foundation) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension UnsafeMutablePointer<NiceCandidate> {
    /// At most 32 bytes and a zero; the caller has checked.
    fileprivate func setFoundation(_ text: String) {
        withUnsafeMutableBytes(of: &pointee.foundation) { field in
            field.initializeMemory(as: UInt8.self, repeating: 0)
            field.copyBytes(from: text.utf8.prefix(field.count - 1))
        }
    }
}
