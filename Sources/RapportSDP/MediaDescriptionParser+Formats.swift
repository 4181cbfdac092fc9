import RapportBase

extension MediaDescriptionParser {
    /// `111 opus/48000/2`
    mutating func insertEncoding(_ attribute: AttributeLine) throws(SDPError) {
        let (type, tail) = try payloadType(attribute, .formatMapping)
        let fields = tail?.split(separator: .slash, omittingEmptySubsequences: false) ?? []
        guard let type, fields.count == 2 || fields.count == 3, fields[0].isToken,
            let clockRate = fields[1].number(UInt32.self), clockRate > 0
        else { throw attribute.malformed(.formatMapping) }
        let channels = fields.count == 3 ? fields[2].trimmed.number(UInt8.self) : nil
        guard fields.count == 2 || channels != nil else { throw attribute.malformed(.formatMapping) }
        let encoding = Encoding(name: fields[0].text, clockRate: clockRate, channels: channels)
        try attribute.set(&encodings[type], to: encoding, .formatMapping)
    }

    /// `111 minptime=10;useinbandfec=1`
    mutating func insertParameters(_ attribute: AttributeLine) throws(SDPError) {
        guard media.transportProtocol.carriesRTP else { return keep(attribute) }
        let (type, tail) = try payloadType(attribute, .formatParameters)
        guard let type else { throw attribute.malformed(.formatParameters) }
        let entries = FormatParameters(parsing: tail?.text ?? "").entries
        parameters[type, default: FormatParameters()].entries.append(contentsOf: entries)
    }

    /// `96 nack pli`, or `* transport-cc` for every format.
    mutating func insertFeedback(_ attribute: AttributeLine) throws(SDPError) {
        let (head, tail) = try attribute.headAndTail(.feedback)
        guard let tail else { throw attribute.malformed(.feedback) }
        let kind = RTCPFeedback(parsing: tail.words.map(\.text).joined(separator: " "))
        guard !head.isEqual("*") else { return try append(kind, to: &media.commonFeedback, attribute) }
        guard let type = try payloadType(attribute, .feedback).type else { throw attribute.malformed(.feedback) }
        try append(kind, to: &feedback[type, default: []], attribute)
    }

    private func append(
        _ kind: RTCPFeedback, to kinds: inout [RTCPFeedback], _ attribute: AttributeLine
    ) throws(SDPError) {
        guard kinds.count < Self.maximumFeedback else {
            throw .tooManyAttributes(line: attribute.line, attribute: .feedback)
        }
        kinds.append(kind)
    }

    private func payloadType(
        _ attribute: AttributeLine, _ name: SDPAttributeName
    ) throws(SDPError) -> (type: PayloadType?, tail: UTF8Text?) {
        let (head, tail) = try attribute.headAndTail(name)
        return (head.number(UInt8.self).flatMap { PayloadType(rawValue: $0) }, tail)
    }

    /// The description with its formats put together. What was said of formats that the `m=` line does not name falls
    /// away, as does what was said of a dynamic payload type without `a=rtpmap`.
    func finished() -> MediaDescription {
        guard media.transportProtocol.carriesRTP else { return media }
        var result = media
        result.describe(
            media.formats.compactMap { format in
                UInt8(format).flatMap { PayloadType(rawValue: $0) }.flatMap { codec($0) }
            })
        return result
    }

    private func codec(_ type: PayloadType) -> RTPCodec? {
        var codec = RTPCodec.assigned(type)
        if let encoding = encodings[type] {
            codec = RTPCodec(
                payloadType: type, name: encoding.name, clockRate: encoding.clockRate, channels: encoding.channels)
        }
        codec?.parameters = parameters[type] ?? FormatParameters()
        codec?.feedback = feedback[type] ?? []
        return codec
    }
}
