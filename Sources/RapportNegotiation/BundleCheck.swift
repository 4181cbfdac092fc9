import RapportBase
import RapportSDP

/// Reads the one bundle of a description. RFC 9143 section 7.
enum BundleCheck {
    /// The sections of the bundle in the order of its tags. Checks that tags are there, differ and name a section.
    static func bundle(of description: SessionDescription) throws(NegotiationError) -> [Int] {
        var sections: [MID: Int] = [:]
        for (index, section) in description.media.enumerated() {
            guard let mid = section.mid else {
                // RFC 9143 section 7.1: what is bundled has a tag. A section that is switched off need not.
                if section.isRejected { continue }
                throw .missingMID(section: index)
            }
            guard sections.updateValue(index, forKey: mid) == nil else { throw .duplicateMID(section: index) }
        }
        var bundle: [Int] = []
        for (place, mid) in description.bundle.enumerated() {
            guard let index = sections[mid] else { throw .unknownBundleTag(place: place) }
            if !bundle.contains(index) { bundle.append(index) }
        }
        return bundle
    }
}
