/// `b=AS:512`. RFC 8866 section 5.8; RFC 3890 section 6.2.1 (`TIAS`).
public struct Bandwidth: Hashable, Sendable {
    /// What is bounded, and in which unit.
    public enum Kind: Hashable, Sendable {
        /// `AS`: kilobits a second, headers counted.
        case applicationSpecific
        /// `TIAS`: bits a second, headers not counted.
        case transportIndependent
        /// Any other, as it was written.
        case other(String)
    }

    public var kind: Kind
    /// In the unit of the kind.
    public var value: UInt64

    public init(kind: Kind, value: UInt64) {
        self.kind = kind
        self.value = value
    }

    /// The value of the line.
    public var serialized: String {
        switch kind {
        case .applicationSpecific: "AS:\(value)"
        case .transportIndependent: "TIAS:\(value)"
        case .other(let name): "\(name):\(value)"
        }
    }
}
