import RapportBase

/// A media description while its lines are read: `a=fmtp` may stand before the `a=rtpmap` that it belongs to.
struct MediaDescriptionParser {
    /// What `a=rtpmap` says.
    struct Encoding: Equatable {
        var name: String
        var clockRate: UInt32
        var channels: UInt8?
    }

    /// More streams than a section has even in plan B conferences.
    private static let maximumSources = 1024

    /// More kinds of feedback than there are.
    static let maximumFeedback = 64

    var media: MediaDescription
    var encodings: [PayloadType: Encoding] = [:]
    var parameters: [PayloadType: FormatParameters] = [:]
    var feedback: [PayloadType: [RTCPFeedback]] = [:]
    private var sourceIndices: [SSRC: Int] = [:]

    /// Reads `audio 9 UDP/TLS/RTP/SAVPF 111 63`.
    init(_ line: SDPLine) throws(SDPError) {
        let words = line.value.words
        guard words.count >= 4, words[0].isToken, let port = Self.port(words[1]) else { throw line.malformed }
        let proto = TransportProtocol(rawValue: words[2].text)
        let formats = words[3...]
        guard !proto.carriesRTP || Self.arePayloadTypes(formats) else { throw line.malformed }
        media = MediaDescription(
            kind: MediaDescription.Kind(parsing: words[0].text), port: port, transportProtocol: proto,
            formats: formats.map(\.text))
    }

    /// `9` or `9/1`; how many ports there are means nothing with ICE.
    private static func port(_ word: UTF8Text) -> UInt16? {
        let (port, count) = word.halves(at: .slash)
        guard count == nil || count?.number(UInt16.self) != nil else { return nil }
        return port.number()
    }

    /// Numbers below 128, none twice.
    private static func arePayloadTypes(_ words: ArraySlice<UTF8Text>) -> Bool {
        var seen: Set<PayloadType> = []
        return words.allSatisfy { word in
            guard let type = word.number(UInt8.self).flatMap({ PayloadType(rawValue: $0) }) else { return false }
            return seen.insert(type).inserted
        }
    }

    mutating func insert(_ line: SDPLine) throws(SDPError) {
        switch line.type {
        case .attribute: try insert(try AttributeLine(line))
        case .connection: media.connection = try NetworkAddress(parsing: line)
        case .bandwidth: media.bandwidths.append(try Bandwidth(parsing: line))
        case .title, .key: break
        case .version, .origin, .sessionName, .uri, .email, .phone, .timing, .repeatTimes, .timeZones, .media:
            throw .unexpectedLine(line: line.number, type: line.type)
        }
    }

    private mutating func insert(_ attribute: AttributeLine) throws(SDPError) {
        guard let name = attribute.known else { return keep(attribute) }
        switch name {
        case .iceOptions: try media.transport.insertOptions(attribute)
        case .iceUsernameFragment: try media.transport.insertUsernameFragment(attribute)
        case .icePassword: try media.transport.insertPassword(attribute)
        case .fingerprint: if try !media.transport.insertFingerprint(attribute) { keep(attribute) }
        case .setup: try media.transport.insertSetup(attribute)
        case .candidate: try insertCandidate(attribute)
        case .endOfCandidates: media.hasEndOfCandidates = true
        case .sendReceive, .sendOnly, .receiveOnly, .inactive:
            try attribute.set(&media.direction, to: MediaDirection(name), name)
        case .mid: try insertMID(attribute)
        case .rtcp: media.rtcpAddress = try RTCPAddress(parsing: attribute)
        case .rtcpMultiplexed: media.multiplexesRTCP = true
        case .rtcpMultiplexedOnly: media.multiplexesRTCPOnly = true
        case .reducedSizeRTCP: media.usesReducedSizeRTCP = true
        case .bundleOnly: media.isBundleOnly = true
        case .allowsMixedExtensions: media.allowsMixedExtensions = true
        case .extensionMapping: try media.extensions.insert(attribute)
        case .streamIdentification: media.streams.append(try MediaStreamIdentification(parsing: attribute))
        case .source: try insertSource(attribute)
        case .sourceGroup: media.sourceGroups.append(try MediaSourceGroup(parsing: attribute))
        case .formatMapping: try insertEncoding(attribute)
        case .formatParameters: try insertParameters(attribute)
        case .feedback: try insertFeedback(attribute)
        case .restriction: media.restrictions.append(try attribute.required(name).text)
        case .simulcast: try attribute.set(&media.simulcast, to: try attribute.required(name).text, name)
        case .sctpPort: try attribute.set(&media.sctpPort, to: try attribute.number(name), name)
        case .maximumMessageSize: try attribute.set(&media.maximumMessageSize, to: try attribute.number(name), name)
        case .group, .iceLite, .streamSemantics: keep(attribute)  // Without meaning at this level.
        }
    }

    mutating func keep(_ attribute: AttributeLine) { media.otherAttributes.append(attribute.unread) }

    private mutating func insertMID(_ attribute: AttributeLine) throws(SDPError) {
        let tag = try attribute.required(.mid)
        guard tag.isToken else { throw attribute.malformed(.mid) }
        try attribute.set(&media.mid, to: MID(tag.text), .mid)
    }

    private mutating func insertCandidate(_ attribute: AttributeLine) throws(SDPError) {
        let value = try attribute.required(.candidate).text
        do {
            media.candidates.append(try ICECandidate(parsing: "candidate:" + value))
        } catch ICECandidateError.unknownTransport, ICECandidateError.unknownType {
            keep(attribute)  // RFC 8839 section 5.1: kinds of candidates may be added; others are still good.
        } catch {
            throw attribute.malformed(.candidate)
        }
    }

    private mutating func insertSource(_ attribute: AttributeLine) throws(SDPError) {
        let (head, tail) = try attribute.headAndTail(.source)
        guard let number = head.number(UInt32.self) else { throw attribute.malformed(.source) }
        let index = sourceIndices[SSRC(number)] ?? media.sources.count
        if index == media.sources.count {
            guard index < Self.maximumSources else {
                throw .tooManyAttributes(line: attribute.line, attribute: .source)
            }
            media.sources.append(MediaSource(ssrc: SSRC(number)))
            sourceIndices[SSRC(number)] = index
        }
        guard let (name, value) = tail?.halves(at: .colon) else { return }
        media.sources[index].attributes.append(SDPAttribute(name: name.text, value: value?.text))
    }
}

extension MediaDescription.Kind {
    init(parsing text: String) {
        if let kind = MediaKind(rawValue: text) {
            self = .media(kind)
        } else {
            self = text == "application" ? .application : .other(text)
        }
    }
}
