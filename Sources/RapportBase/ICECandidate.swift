/// One address at which an ICE agent may be reached, as `candidate-attribute` of RFC 8839 section 5.1.
public struct ICECandidate: Hashable, Sendable {
    public enum Transport: String, Sendable { case udp, tcp }

    public enum Kind: String, Sendable {
        case host
        case serverReflexive = "srflx"
        case peerReflexive = "prflx"
        case relay
    }

    /// RFC 6544 section 4.5.
    public enum TCPType: String, Sendable { case active, passive, simultaneousOpen = "so" }

    public var foundation: String
    public var component: UInt16
    public var transport: Transport
    public var priority: UInt32
    /// An IPv4 or IPv6 address, or a browser's multicast DNS name ending in `.local`.
    public var address: String
    public var port: UInt16
    public var kind: Kind
    public var relatedAddress: String?
    public var relatedPort: UInt16?
    public var tcpType: TCPType?
    /// The user name fragment of the generation the candidate belongs to, when said (RFC 8840 section 4.1).
    public var usernameFragment: String?

    public init(
        foundation: String, component: UInt16 = 1, transport: Transport = .udp, priority: UInt32, address: String,
        port: UInt16, kind: Kind, relatedAddress: String? = nil, relatedPort: UInt16? = nil, tcpType: TCPType? = nil,
        usernameFragment: String? = nil
    ) {
        self.foundation = foundation
        self.component = component
        self.transport = transport
        self.priority = priority
        self.address = address
        self.port = port
        self.kind = kind
        self.relatedAddress = relatedAddress
        self.relatedPort = relatedPort
        self.tcpType = tcpType
        self.usernameFragment = usernameFragment
    }

    /// True for a name that has to be resolved by multicast DNS (draft-ietf-mmusic-mdns-ice-candidates).
    public var isMulticastDNSName: Bool { address.lowercased().hasSuffix(".local") }
}

/// What was wrong with a candidate line.
public enum ICECandidateError: Error, Hashable, Sendable {
    case tooLong(Int)
    case tooFewFields(Int)
    case unknownTransport
    case unknownType
    case invalidNumber(field: String)
    case invalidCharacter(field: String)
}

extension ICECandidate {
    /// Longest line taken; the grammar sets no bound, the longest seen from browsers is under 300.
    public static let maximumLength = 1024

    /// Parses `candidate:…`, with or without a leading `a=`. Unknown extension attributes are passed over.
    public init(parsing line: some StringProtocol) throws(ICECandidateError) {
        guard line.utf8.count <= Self.maximumLength else { throw .tooLong(line.utf8.count) }
        var text = Substring(line)
        if text.hasPrefix("a=") { text = text.dropFirst(2) }
        if text.hasPrefix("candidate:") { text = text.dropFirst(10) }
        // By scalars: to a split by characters "\r\n" is one character that is neither.
        let fields = text.unicodeScalars.split(whereSeparator: { $0 == " " || $0 == "\r" || $0 == "\n" }).map(
            Substring.init)
        guard fields.count >= 8, fields[6] == "typ" else { throw .tooFewFields(fields.count) }
        guard let transport = Transport(rawValue: fields[2].lowercased()) else { throw .unknownTransport }
        guard let kind = Kind(rawValue: String(fields[7])) else { throw .unknownType }
        guard fields[0].utf8.count <= 32, fields[0].utf8.allSatisfy(Self.isICECharacter) else {
            throw .invalidCharacter(field: "foundation")
        }
        guard fields[4].utf8.allSatisfy(Self.mayStandInAddress) else { throw .invalidCharacter(field: "address") }
        self.init(
            foundation: String(fields[0]), component: try Self.component(fields[1]), transport: transport,
            priority: try Self.number(fields[3], "priority"), address: String(fields[4]),
            port: try Self.number(fields[5], "port"), kind: kind)
        try parseExtensions(fields[8...])
    }

    private mutating func parseExtensions(_ fields: ArraySlice<Substring>) throws(ICECandidateError) {
        var index = fields.startIndex
        while index + 1 < fields.endIndex {
            let value = fields[index + 1]
            switch fields[index] {
            case "raddr":
                guard value.utf8.allSatisfy(Self.mayStandInAddress) else { throw .invalidCharacter(field: "raddr") }
                relatedAddress = String(value)
            case "rport": relatedPort = try Self.number(value, "rport")
            case "tcptype": tcpType = TCPType(rawValue: value.lowercased())
            case "ufrag":
                guard value.utf8.allSatisfy(Self.isICECharacter) else { throw .invalidCharacter(field: "ufrag") }
                usernameFragment = String(value)
            default: break  // RFC 8839 section 5.1: unknown extensions are ignored.
            }
            index += 2
        }
    }

    private static func number<N: FixedWidthInteger>(_ text: Substring, _ field: String) throws(ICECandidateError) -> N
    {
        // Digits only: the integer parser would also take "+1" and "-0".
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = N(text, radix: 10) else {
            throw .invalidNumber(field: field)
        }
        return value
    }

    /// RFC 8839 section 5.1: a component-id is between 1 and 256.
    private static func component(_ text: Substring) throws(ICECandidateError) -> UInt16 {
        let value: UInt16 = try number(text, "component")
        guard (1...256).contains(value) else { throw .invalidNumber(field: "component") }
        return value
    }

    /// `ice-char` of RFC 8839 section 5.1: letters, digits, plus and slash.
    private static func isICECharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
        default: false
        }
    }

    private static func mayStandInAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x25, 0x5F: true  // digits letters - . : % _
        default: false
        }
    }

    /// The line without `a=`: `candidate:1 1 udp 2130706431 192.0.2.1 54400 typ host …`.
    public var serialized: String {
        var line =
            "candidate:\(foundation) \(component) \(transport.rawValue) \(priority) \(address) \(port) typ \(kind.rawValue)"
        if let relatedAddress { line += " raddr \(relatedAddress)" }
        if let relatedPort { line += " rport \(relatedPort)" }
        if let tcpType { line += " tcptype \(tcpType.rawValue)" }
        if let usernameFragment { line += " ufrag \(usernameFragment)" }
        return line
    }
}

/// User name fragment and password of one ICE generation. RFC 8445 section 5.3.
public struct ICEParameters: Hashable, Sendable {
    public var usernameFragment: String
    public var password: String

    public init(usernameFragment: String, password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }
}
