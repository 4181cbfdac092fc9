/// What the sound of the next moment is made from. `samples` are per channel at 48 kHz.
public enum AudioPull: Sendable, Equatable {
    /// Decode this packet.
    case packet([UInt8], samples: Int)
    /// The packet for this moment is lost; decode its copy in the packet after it. RFC 6716 section 2.1.7.
    case fec([UInt8], samples: Int)
    /// The packet for this moment is missing: let the decoder conceal it.
    case conceal(samples: Int)
    /// The sender paused (DTX): let the decoder make comfort noise; nothing was lost.
    case comfortNoise(samples: Int)
    /// Nothing has started yet, or the stream has been gone so long that concealment would only hum: zeros.
    case silence(samples: Int)

    public var samples: Int {
        switch self {
        case .packet(_, let samples), .fec(_, let samples), .conceal(let samples), .comfortNoise(let samples),
            .silence(let samples):
            samples
        }
    }
}
