import RapportBase
import RapportRTP
import RapportSDP

/// Payload types and extension ids for an offer: those in use stay, new ones avoid every number seen so far, since a
/// number may not change its meaning in a session. RFC 3264 section 8.3.2; RFC 8285 section 5; RFC 9143 section 10.1.
struct NumberAllocator {
    private var local: [MediaDescription]
    private var remote: [MediaDescription]
    private var usedPayloadTypes: Set<PayloadType>
    private var usedIDs: Set<UInt16>
    private var payloadTypes: [MediaCodec: PayloadType] = [:]
    private var retransmissions: [MediaCodec: PayloadType] = [:]
    private var redundancies: [MediaCodec: PayloadType] = [:]
    private var repairing: PayloadType?
    private var ids: [HeaderExtension: UInt8] = [:]

    init(local: SessionDescription?, remote: SessionDescription?) {
        self.local = local?.media ?? []
        self.remote = remote?.media ?? []
        let all = self.local + self.remote
        usedPayloadTypes = Set(all.flatMap(\.formats).compactMap { UInt8($0).flatMap { PayloadType(rawValue: $0) } })
        usedIDs = Set((all.flatMap(\.extensions) + (remote?.extensions ?? [])).map(\.id))
    }

    /// The formats of a section that offers `media`.
    mutating func formats(_ media: Capabilities.Media, section: Int) -> [RTPCodec] {
        var formats: [RTPCodec] = []
        for capability in media.codecs {
            guard let type = payloadType(capability, section) else { continue }
            formats.append(capability.format(type, feedback: capability.feedback))
            if let repeated = retransmissionPayloadType(capability, type, section) {
                formats.append(capability.retransmissionFormat(repeated, of: type))
            }
            if let copied = redundancyPayloadType(capability, type, section) {
                formats.append(capability.redundancyFormat(copied, of: type))
            }
        }
        if let repairing = repairPayloadType(media, section) { formats.append(media.repairFormat(repairing)) }
        return formats
    }

    private mutating func repairPayloadType(_ media: Capabilities.Media, _ section: Int) -> PayloadType? {
        guard let preferred = media.repairPayloadType else { return nil }
        if let known = candidates(section).lazy.compactMap({ $0.repair?.payloadType }).first ?? repairing {
            return known
        }
        repairing = free(preferred)
        return repairing
    }

    private mutating func payloadType(_ capability: CodecCapability, _ section: Int) -> PayloadType? {
        let known = candidates(section).lazy.compactMap { $0.codecs.first(where: capability.describes)?.payloadType }
        if let type = known.first ?? payloadTypes[capability.codec] { return type }
        payloadTypes[capability.codec] = free(capability.payloadType)
        return payloadTypes[capability.codec]
    }

    private mutating func retransmissionPayloadType(
        _ capability: CodecCapability, _ type: PayloadType, _ section: Int
    ) -> PayloadType? {
        guard let preferred = capability.retransmissionPayloadType else { return nil }
        let known = candidates(section).lazy.compactMap { $0.retransmission(of: type)?.payloadType }
        if let repeated = known.first ?? retransmissions[capability.codec] { return repeated }
        retransmissions[capability.codec] = free(preferred)
        return retransmissions[capability.codec]
    }

    private mutating func redundancyPayloadType(
        _ capability: CodecCapability, _ type: PayloadType, _ section: Int
    ) -> PayloadType? {
        guard let preferred = capability.redundancyPayloadType else { return nil }
        let known = candidates(section).lazy.compactMap { $0.redundancy(of: type)?.payloadType }
        if let copied = known.first ?? redundancies[capability.codec] { return copied }
        redundancies[capability.codec] = free(preferred)
        return redundancies[capability.codec]
    }

    /// Where numbers in use are looked for: the section itself first, this side's word before the other's.
    private func candidates(_ section: Int) -> [MediaDescription] {
        local.indices.contains(section) ? [local[section], remote[section]] + local + remote : local + remote
    }

    /// RFC 5761 section 4: 64...95 would look like RTCP; RFC 3551 section 3 leaves 35...63 for when 96...127 are full.
    private mutating func free(_ preferred: PayloadType) -> PayloadType? {
        let others = (Array(96...127) + Array(35...63)).lazy.compactMap { PayloadType(rawValue: $0) }
        guard let type = ([preferred] + others).first(where: { !usedPayloadTypes.contains($0) }) else { return nil }
        usedPayloadTypes.insert(type)
        return type
    }

    /// The mappings of a section that offers `media`, in the order of their numbers.
    mutating func extensions(_ media: Capabilities.Media, section: Int) -> [HeaderExtensionMapping] {
        var mappings: [HeaderExtensionMapping] = []
        for name in HeaderExtension.allCases {
            guard let preferred = media.extensions[name], let id = id(name, preferred, section) else { continue }
            mappings.append(HeaderExtensionMapping(id: id, uri: name.uri))
        }
        return mappings.sorted { $0.id < $1.id }
    }

    private mutating func id(_ name: HeaderExtension, _ preferred: UInt8, _ section: Int) -> UInt16? {
        let known = candidates(section).lazy.compactMap { $0.extensions.first { $0.uri == name.uri }?.id }
        if let id = known.first ?? ids[name].map(UInt16.init) { return id }
        // One-byte ids only: the two-byte form needs the other side's consent. RFC 8285 section 4.1.2.
        let choices = [UInt16(preferred)] + (1...UInt16(HeaderExtensionMap.largestOneByteID))
        guard let id = choices.first(where: { !usedIDs.contains($0) }) else { return nil }
        usedIDs.insert(id)
        ids[name] = UInt8(truncatingIfNeeded: id)
        return id
    }
}
