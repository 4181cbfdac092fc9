import RapportBase

extension SessionOrigin {
    /// `- 4611731400430051336 2 IN IP4 127.0.0.1`
    init(parsing line: SDPLine) throws(SDPError) {
        let words = line.value.words
        guard words.count == 6, let id = words[1].number(UInt64.self), let version = words[2].number(UInt64.self)
        else { throw line.malformed }
        self.init(
            username: words[0].text, sessionID: id, sessionVersion: version, address: NetworkAddress(words[3...]))
    }
}

extension NetworkAddress {
    /// `IN IP4 192.0.2.1`, the value of a `c=` line.
    init(parsing line: SDPLine) throws(SDPError) {
        let words = line.value.words
        guard words.count == 3 else { throw line.malformed }
        self.init(words[...])
    }

    /// From three words.
    init(_ words: ArraySlice<UTF8Text>) {
        let first = words.startIndex
        self.init(
            networkType: words[first].text, addressType: words[first + 1].text, address: words[first + 2].text)
    }
}

extension Bandwidth {
    /// `AS:512`
    init(parsing line: SDPLine) throws(SDPError) {
        let (name, value) = line.value.halves(at: .colon)
        guard name.isToken, let number = value?.trimmed.number(UInt64.self) else { throw line.malformed }
        switch name.text {
        case "AS": self.init(kind: .applicationSpecific, value: number)
        case "TIAS": self.init(kind: .transportIndependent, value: number)
        default: self.init(kind: .other(name.text), value: number)
        }
    }
}

extension MediaStreamSemantics {
    /// `WMS *`, with or without a space before it.
    init(parsing attribute: AttributeLine) throws(SDPError) {
        let words = try attribute.words(.streamSemantics, atLeast: 1)
        self.init(semantic: words[0].text, streamIDs: words.dropFirst().map(\.text))
    }
}

extension RTCPAddress {
    /// `9 IN IP4 0.0.0.0`, or the port alone.
    init(parsing attribute: AttributeLine) throws(SDPError) {
        let words = try attribute.words(.rtcp, atLeast: 1)
        guard let port = words[0].number(UInt16.self), words.count == 1 || words.count == 4 else {
            throw attribute.malformed(.rtcp)
        }
        self.init(port: port, address: words.count == 4 ? NetworkAddress(words[1...]) : nil)
    }
}

extension MediaStreamIdentification {
    /// `stream track`, or the stream alone.
    init(parsing attribute: AttributeLine) throws(SDPError) {
        let words = try attribute.words(.streamIdentification, atLeast: 1)
        guard words.count <= 2 else { throw attribute.malformed(.streamIdentification) }
        self.init(streamID: words[0].text, trackID: words.count == 2 ? words[1].text : nil)
    }
}

extension MediaSourceGroup {
    /// `FID 1 2`
    init(parsing attribute: AttributeLine) throws(SDPError) {
        let words = try attribute.words(.sourceGroup, atLeast: 1)
        var sources: [SSRC] = []
        for word in words.dropFirst() {
            guard let number = word.number(UInt32.self) else { throw attribute.malformed(.sourceGroup) }
            sources.append(SSRC(number))
        }
        self.init(semantics: words[0].text, sources: sources)
    }
}

extension HeaderExtensionMapping {
    /// `4/recvonly urn:… attributes`
    init(parsing attribute: AttributeLine) throws(SDPError) {
        let (head, tail) = try attribute.headAndTail(.extensionMapping)
        let (number, way) = head.halves(at: .slash)
        guard let tail, let id = number.number(UInt16.self), (1...255).contains(id) || (4096...4351).contains(id)
        else { throw attribute.malformed(.extensionMapping) }
        let (uri, rest) = tail.halves(at: .space)
        self.init(id: id, uri: uri.text, attributes: rest.map(\.trimmed.text))
        guard let way else { return }
        direction = MediaDirection(rawValue: way.text)
        if direction == nil { throw attribute.malformed(.extensionMapping) }
    }
}

extension [HeaderExtensionMapping] {
    /// One number may stand for one extension only. RFC 8285 section 5.
    mutating func insert(_ attribute: AttributeLine) throws(SDPError) {
        let mapping = try HeaderExtensionMapping(parsing: attribute)
        if let old = first(where: { $0.id == mapping.id }) {
            guard old == mapping else {
                throw SDPError.conflictingAttribute(line: attribute.line, attribute: .extensionMapping)
            }
            return
        }
        append(mapping)
    }
}
