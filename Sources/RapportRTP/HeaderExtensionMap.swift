/// The negotiated ids of the header extensions of one media description. RFC 8285 section 5.
///
/// Ids 1...14 fit the one-byte form, 15...255 need the two-byte form. An id names one extension at most.
public struct HeaderExtensionMap: Sendable, Equatable {
    /// Largest id that the one-byte form can carry. RFC 8285 section 4.2.
    public static let largestOneByteID: UInt8 = 14

    // One lane per extension, zero where it has no id: looked up without hashing for every packet.
    private var ids = SIMD16<UInt8>()

    /// A map without any extension.
    public init() {}

    /// A map with the given ids; of two extensions with one id, the one declared later keeps it.
    public init(_ ids: [HeaderExtension: UInt8]) {
        for name in HeaderExtension.ordered { self[name] = ids[name] }
    }

    /// The id of an extension, nil when it was not negotiated. Setting zero or nil removes it; setting an id takes
    /// it away from the extension that had it.
    public subscript(_ name: HeaderExtension) -> UInt8? {
        get {
            let id = ids[name.ordinal]
            return id == 0 ? nil : id
        }
        set {
            if let newValue, newValue != 0 { ids.replace(with: 0, where: ids .== newValue) }
            ids[name.ordinal] = newValue ?? 0
        }
    }

    /// The extension that `id` names, nil when there is none.
    public func `extension`(id: UInt8) -> HeaderExtension? {
        guard id != 0 else { return nil }
        for place in HeaderExtension.ordered.indices where ids[place] == id { return HeaderExtension.ordered[place] }
        return nil
    }

    /// True when no extension was negotiated.
    public var isEmpty: Bool { ids == SIMD16<UInt8>() }
}
