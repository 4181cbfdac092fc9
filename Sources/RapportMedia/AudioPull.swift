/// What the sound of the next moment is made from. Samples are per channel at 48 kHz.
public struct AudioPull: Sendable, Equatable {
    /// Where sound comes from.
    public enum Source: Sendable, Equatable {
        /// Decode the packet in the payload.
        case packet
        /// The packet for this moment is lost; decode its copy in the payload, the packet after it.
        /// RFC 6716 section 2.1.7.
        case fec
        /// The packet for this moment is missing: let the decoder conceal it.
        case conceal
        /// The sender paused (DTX): let the decoder make comfort noise; nothing was lost.
        case comfortNoise
        /// Nothing has started yet, or the stream has been gone so long that concealment would only hum.
        case silence
        /// There is sound enough for now.
        case nothing
    }

    /// How time is to be stretched once the new sound is there.
    public enum Stretch: Sendable, Equatable {
        case none
        /// Leave out up to so many samples.
        case shorten(atMost: Int)
        /// Put in so many samples; fewer are of no use.
        case lengthen(atLeast: Int)
    }

    public var source: Source
    /// Samples that the decoder makes.
    public var samples: Int
    /// The first of them, whose time has been filled already: they are left out.
    public var skipped = 0
    public var stretch = Stretch.none
    /// The sound before does not lead up to this one, even if both are real.
    public var isCut = false

    public init(_ source: Source, samples: Int, skipped: Int = 0, stretch: Stretch = .none, isCut: Bool = false) {
        self.source = source
        self.samples = samples
        self.skipped = skipped
        self.stretch = stretch
        self.isCut = isCut
    }

    /// Samples that are added to what is at hand, before stretching.
    public var added: Int { samples - skipped }
}

/// What the player of a buffer's sound has at hand, told with each pull.
public struct PlayoutReport: Sendable, Equatable {
    /// Samples decoded and not played.
    public var samplesAhead: Int
    /// Samples put in and left out by stretching since the last pull.
    public var inserted: Int
    public var removed: Int

    public init(samplesAhead: Int = 0, inserted: Int = 0, removed: Int = 0) {
        self.samplesAhead = samplesAhead
        self.inserted = inserted
        self.removed = removed
    }
}
