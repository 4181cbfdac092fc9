import RapportBase

extension SessionDescription {
    /// Reads a description.
    ///
    /// Lines end with CRLF or LF. The three first lines have to stand in their order; of the others only the level is
    /// checked, as nothing depends on their order and endpoints differ (RFC 9429 section 5.8.1). Lines `i= u= e= p=
    /// t= r= z= k=` are checked for their place and not kept.
    public init(parsing text: String) throws(SDPError) {
        var text = text
        text.makeContiguousUTF8()
        let lines = try SDPLine.lines(of: text)
        try Self.expect(lines, 0, .version)
        guard lines[0].value.isEqual("0") else { throw lines[0].malformed }
        try Self.expect(lines, 1, .origin)
        try Self.expect(lines, 2, .sessionName)
        self.init(origin: try SessionOrigin(parsing: lines[1]))
        // RFC 8866 section 5.3: a session without a name is written `-`.
        sessionName = lines[2].value.isEmpty ? "-" : lines[2].value.text
        let firstMedia = lines.firstIndex { $0.type == .media } ?? lines.endIndex
        for line in lines[3..<firstMedia] { try insert(line) }
        try insertMedia(lines[firstMedia...])
    }

    private static func expect(_ lines: [SDPLine], _ index: Int, _ type: SDPLineType) throws(SDPError) {
        guard index < lines.count, lines[index].type == type else { throw .missingLine(line: index + 1, type: type) }
    }

    private mutating func insert(_ line: SDPLine) throws(SDPError) {
        switch line.type {
        case .attribute: try insert(try AttributeLine(line))
        case .connection: connection = try NetworkAddress(parsing: line)
        case .title, .uri, .email, .phone, .bandwidth, .timing, .repeatTimes, .timeZones, .key: break
        case .version, .origin, .sessionName, .media: throw .unexpectedLine(line: line.number, type: line.type)
        }
    }

    private mutating func insert(_ attribute: AttributeLine) throws(SDPError) {
        guard let name = attribute.known else { return otherAttributes.append(attribute.unread) }
        switch name {
        case .group: try insertGroup(attribute)
        case .iceLite: isICELite = true
        case .iceOptions: try transport.insertOptions(attribute)
        case .iceUsernameFragment: try transport.insertUsernameFragment(attribute)
        case .icePassword: try transport.insertPassword(attribute)
        case .fingerprint:
            if try !transport.insertFingerprint(attribute) { otherAttributes.append(attribute.unread) }
        case .setup: try transport.insertSetup(attribute)
        case .allowsMixedExtensions: allowsMixedExtensions = true
        case .extensionMapping: try extensions.insert(attribute)
        case .streamSemantics: streamSemantics = try MediaStreamSemantics(parsing: attribute)
        case .sendReceive, .sendOnly, .receiveOnly, .inactive:
            try attribute.set(&direction, to: MediaDirection(name), name)
        case .candidate, .endOfCandidates, .streamIdentification, .mid, .rtcp, .rtcpMultiplexed, .rtcpMultiplexedOnly,
            .reducedSizeRTCP, .bundleOnly, .formatMapping, .formatParameters, .feedback, .source, .sourceGroup,
            .restriction, .simulcast, .sctpPort, .maximumMessageSize:
            otherAttributes.append(attribute.unread)  // Without meaning at this level.
        }
    }

    private mutating func insertGroup(_ attribute: AttributeLine) throws(SDPError) {
        let words = try attribute.words(.group, atLeast: 1)
        guard groups.count < Self.maximumMediaSections else {
            throw .tooManyAttributes(line: attribute.line, attribute: .group)
        }
        guard words.count <= Self.maximumMediaSections + 1, words.allSatisfy(\.isToken) else {
            throw attribute.malformed(.group)
        }
        groups.append(MediaGroup(semantics: words[0].text, mids: words.dropFirst().map { MID($0.text) }))
    }

    private mutating func insertMedia(_ lines: ArraySlice<SDPLine>) throws(SDPError) {
        var current: MediaDescriptionParser?
        for line in lines {
            guard line.type == .media else {
                try current?.insert(line)
                continue
            }
            if let finished = current?.finished() { media.append(finished) }
            guard media.count < Self.maximumMediaSections else { throw .tooManyMediaSections(line: line.number) }
            current = try MediaDescriptionParser(line)
        }
        if let finished = current?.finished() { media.append(finished) }
    }
}

extension MediaDirection {
    /// For the four attributes that are directions; anything else counts as `sendrecv`, the default.
    init(_ name: SDPAttributeName) { self = MediaDirection(rawValue: name.rawValue) ?? .sendrecv }
}
