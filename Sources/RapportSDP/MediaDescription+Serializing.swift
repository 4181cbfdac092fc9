import RapportBase

extension MediaDescription {
    func serialize(into writer: inout SDPWriter) {
        let line = [kind.serialized, String(port), transportProtocol.rawValue] + formats
        writer.line("m", line.joined(separator: " "))
        if let connection { writer.line("c", connection.serialized) }
        for bandwidth in bandwidths { writer.line("b", bandwidth.serialized) }
        writer.attribute(.rtcp, ifAny: rtcpAddress?.serialized)
        for candidate in candidates { writer.line("a", candidate.serialized) }
        writer.attribute(.endOfCandidates, if: hasEndOfCandidates)
        writer.transport(transport)
        writer.attribute(.mid, ifAny: mid?.rawValue)
        writer.attributes(.extensionMapping, extensions.map(\.serialized))
        writer.attribute(.allowsMixedExtensions, if: allowsMixedExtensions)
        writer.direction(direction)
        writer.attributes(.streamIdentification, streams.map(\.serialized))
        writer.attribute(.rtcpMultiplexed, if: multiplexesRTCP)
        writer.attribute(.rtcpMultiplexedOnly, if: multiplexesRTCPOnly)
        writer.attribute(.reducedSizeRTCP, if: usesReducedSizeRTCP)
        writer.attribute(.bundleOnly, if: isBundleOnly)
        serializeFormats(into: &writer)
        writer.attributes(.restriction, restrictions)
        writer.attribute(.simulcast, ifAny: simulcast)
        serializeSources(into: &writer)
        writer.attribute(.sctpPort, ifAny: sctpPort.map { String($0) })
        writer.attribute(.maximumMessageSize, ifAny: maximumMessageSize.map { String($0) })
        writer.others(otherAttributes)
    }

    private func serializeFormats(into writer: inout SDPWriter) {
        for codec in codecs {
            let type = codec.payloadType.description
            let channels = codec.channels.map { "/\($0)" } ?? ""
            writer.attribute(.formatMapping, "\(type) \(codec.name)/\(codec.clockRate)\(channels)")
            writer.attributes(.feedback, codec.feedback.map { "\(type) \($0.serialized)" })
            guard !codec.parameters.isEmpty else { continue }
            writer.attribute(.formatParameters, "\(type) \(codec.parameters.serialized)")
        }
        writer.attributes(.feedback, commonFeedback.map { "* \($0.serialized)" })
    }

    private func serializeSources(into writer: inout SDPWriter) {
        for group in sourceGroups {
            let words = [group.semantics] + group.sources.map { String($0.rawValue) }
            writer.attribute(.sourceGroup, words.joined(separator: " "))
        }
        for source in sources {
            let number = String(source.ssrc.rawValue)
            if source.attributes.isEmpty { writer.attribute(.source, number) }
            writer.attributes(.source, source.attributes.map { "\(number) \($0.serialized)" })
        }
    }
}
