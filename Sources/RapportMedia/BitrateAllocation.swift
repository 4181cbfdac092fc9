public import RapportBase

/// Divides what a path carries among the streams of a connection, and a line among the connections of a mesh.
///
/// Sound comes first: a conversation survives without pictures, not without voices. Of the pictures a shared screen
/// comes before the camera, which keeps a little so that the face does not freeze. Data that is being sent gets what it is
/// guaranteed before pictures do; what sound and pictures leave is its own besides.
public enum BitrateAllocation {
    /// What a stream of pictures may have.
    public struct VideoDemand: Sendable, Equatable {
        /// Nil for no bound of its own.
        public var maximum: Bitrate?
        public var isScreen: Bool
        /// Each has a packet at least.
        public var picturesPerSecond: Double

        public init(maximum: Bitrate? = nil, isScreen: Bool = false, picturesPerSecond: Double = 30) {
            self.maximum = maximum
            self.isScreen = isScreen
            self.picturesPerSecond = picturesPerSecond
        }
    }

    /// What a stream of sound takes with everything below it: Opus at 32 kbit/s in 50 packets a second of some 70 bytes
    /// of headers and tag each.
    public static let soundReserve = Bitrate.kilobits(60)
    /// What it takes more while each packet repeats the one before it. RFC 2198.
    public static let copiesReserve = Bitrate.kilobits(34)
    /// Bytes around each packet of pictures: RTP and its extensions, payload descriptor, tag, UDP and IPv4. What is
    /// inside is `fullPacket` at most.
    static let packetHeaders = 76.0
    static let fullPacket = 1140.0
    /// Share of a stream of pictures that is pictures, at most.
    public static let payloadShare = 0.93
    /// What a camera keeps beside a screen.
    public static let cameraBesideScreen = Bitrate.kilobits(120)
    /// An encoder cannot do with less.
    public static let leastVideo = Bitrate.kilobits(10)

    /// Share of a rate that either urgency of data is guaranteed.
    public static let dataShare = 0.05
    /// Urgent data is guaranteed this even where it is more than its share: a kilobyte of chat each second.
    public static let leastUrgentData = Bitrate.kilobits(8)

    /// What urgent data may have of a rate in any case.
    public static func urgentData(of rate: Bitrate) -> Bitrate { max(rate * dataShare, leastUrgentData) }

    /// What bulk data may have of a rate in any case.
    public static func bulkData(of rate: Bitrate) -> Bitrate { rate * dataShare }

    /// What pictures leave of `total` for data: what is being sent of it, up to what it is guaranteed; zero while none is.
    /// - Parameters: rates on the wire of what was sent of late.
    public static func data(of total: Bitrate, urgent: Bitrate, bulk: Bitrate) -> Bitrate {
        max(min(urgent, urgentData(of: total)), .zero) + max(min(bulk, bulkData(of: total)), .zero)
    }

    /// Rates of the encoders of pictures, in order, when `total` is what may be sent with all headers.
    /// - Parameters:
    ///   - sounds: streams of sound that are sent.
    ///   - repeated: those of them that are sent with copies.
    public static func video(
        of total: Bitrate, sounds: Int, repeated: Int = 0, demands: [VideoDemand]
    ) -> [Bitrate] {
        guard !demands.isEmpty else { return [] }
        let sound = soundReserve * Double(sounds) + copiesReserve * Double(repeated)
        let left = payload(
            of: max(total - sound, .zero), pictures: demands.reduce(0) { $0 + $1.picturesPerSecond })
        var rates = [Bitrate](repeating: .zero, count: demands.count)
        let screens = demands.indices.filter { demands[$0].isScreen }
        let cameras = demands.indices.filter { !demands[$0].isScreen }
        let kept = screens.isEmpty ? left : min(cameraBesideScreen * Double(cameras.count), left * 0.25)
        let unused = fill(&rates, screens, demands, screens.isEmpty ? .zero : left - kept)
        _ = fill(&rates, cameras, demands, kept + unused)
        return rates.map { max($0, leastVideo) }
    }

    /// What of a rate is left for pictures when their packets have headers: at a low rate a picture is one small packet.
    /// - Parameter pictures: of all streams together, a second.
    static func payload(of rate: Bitrate, pictures: Double) -> Bitrate {
        let perPicture = packetHeaders * 8 * pictures
        let whole = Double(rate.bitsPerSecond)
        // The last packet of a picture is half full on average.
        let full = (whole - perPicture / 2) / (1 + packetHeaders / fullPacket)
        return Bitrate(bitsPerSecond: Int(max(min(whole - perPicture, full, whole * payloadShare), 0)))
    }

    // Equal parts, and what one cannot use goes to the others; returns what nobody can.
    private static func fill(
        _ rates: inout [Bitrate], _ members: [Int], _ demands: [VideoDemand], _ budget: Bitrate
    ) -> Bitrate {
        var open = members
        var left = budget
        while !open.isEmpty {
            let part = left * (1 / Double(open.count))
            let bounded = open.filter { demands[$0].maximum.map { $0 <= part } ?? false }
            if bounded.isEmpty {
                for index in open { rates[index] = part }
                return .zero
            }
            for index in bounded {
                rates[index] = demands[index].maximum ?? part
                left = left - rates[index]
            }
            open.removeAll { bounded.contains($0) }
        }
        return left
    }

    /// What each connection of a mesh may send over one line: room for a voice each, then the rest by weight.
    /// - Parameters:
    ///   - line: what the line carries upwards, or shall at most.
    ///   - weights: above zero; a speaker or a large picture has more.
    public static func mesh(_ line: Bitrate, weights: [Double]) -> [Bitrate] {
        guard !weights.isEmpty else { return [] }
        let weights = weights.map { $0 > 0 && $0.isFinite ? $0 : 1 }
        let voice = min(soundReserve, line * (1 / Double(weights.count)))
        let rest = max(line - voice * Double(weights.count), .zero)
        let sum = weights.reduce(0, +)
        return weights.map { voice + rest * ($0 / sum) }
    }
}
