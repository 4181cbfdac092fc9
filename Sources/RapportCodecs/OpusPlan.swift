public import RapportBase

/// How sound is coded for what a line carries and loses: bits, length of packets, bandwidth and FEC.
public struct OpusPlan: Sendable, Equatable {
    public var bitrate: Bitrate
    /// 20, 40 or 60: longer packets spend less on headers and cost delay.
    public var packetMilliseconds: Int
    /// What the encoder is told, in percent; decides whether and how well it repeats.
    public var expectedLoss: Int
    public var maximumBandwidth: OpusEncoderConfiguration.Bandwidth

    /// Samples per channel of a packet at 48 kHz.
    public var samplesPerPacket: Int { packetMilliseconds * 48 }

    /// Bytes around each packet: IPv4, UDP, RTP with its extensions, and the authentication tag.
    private static let overheadBytes = 20 + 8 + 12 + 16 + 16
    /// The least that voice is understood at.
    public static let leastSpeech = Bitrate.kilobits(12)

    private static func overhead(_ milliseconds: Int) -> Bitrate {
        Bitrate(bitsPerSecond: overheadBytes * 8 * 1000 / milliseconds)
    }

    /// The shortest packets that leave bits enough for a clear voice; from 24 kbit/s on 20 ms.
    /// - Parameters:
    ///   - line: for the sound with all its headers.
    ///   - loss: share of packets that get lost, 0...1, as reported and smoothed.
    ///   - most: bits that more of would not be heard.
    public static func speech(on line: Bitrate, loss: Double, most: Bitrate = .kilobits(32)) -> OpusPlan {
        let wanted = [(20, Bitrate.kilobits(24)), (40, .kilobits(16)), (60, leastSpeech)]
        let choice = wanted.first { line >= overhead($0.0) + $0.1 } ?? (60, leastSpeech)
        let bits = min(max(line - overhead(choice.0), leastSpeech), max(most, leastSpeech))
        return OpusPlan(
            bitrate: bits, packetMilliseconds: choice.0, expectedLoss: expectedLoss(loss),
            maximumBandwidth: loss >= worthRepeating ? .wide : .full)
    }

    /// Two channels of anything, without FEC, which the part of Opus that codes music has not.
    public static func music(on line: Bitrate, most: Bitrate = .kilobits(128)) -> OpusPlan {
        let bits = min(max(line - overhead(20), .kilobits(32)), most)
        return OpusPlan(bitrate: bits, packetMilliseconds: 20, expectedLoss: 0, maximumBandwidth: .full)
    }

    /// From here on repeating is worth its bits.
    static let worthRepeating = 0.01

    // libopus repeats a packet when the bits exceed a threshold that falls with the expected loss, and gives up
    // bandwidth for it only above 5 %: at 24 kbit/s and 5 % it adds nothing, so it is never told less than 6. Told more
    // than 10, it spends so much on being robust that speech scores lower at any real loss up to 20 %.
    private static func expectedLoss(_ loss: Double) -> Int {
        guard loss >= worthRepeating else { return 0 }
        return min(max(Int(loss * 100), 6), 10)
    }

    // Coding wideband speech libopus 1.3 stays 6 % below the rate it is told.
    var encoderBitrate: Bitrate { maximumBandwidth == .wide ? bitrate * 1.065 : bitrate }
}

/// The loss to reckon with, from what the peer's reports say: up at once, down over some ten reports.
public struct ReportedLoss: Sendable, Equatable {
    /// Share of packets, 0...1.
    public private(set) var share: Double

    /// - Parameter share: to begin with; a call on a poor line is the rule.
    public init(share: Double = 0.05) { self.share = share }

    /// Takes one report's fraction lost, 0...1.
    public mutating func report(_ fraction: Double) {
        let held = max(0, min(fraction, 1))
        share += (held - share) * (held > share ? 0.5 : 0.12)
    }
}

extension OpusEncoder {
    /// Takes a plan's bits, bandwidth and FEC from the next packet on. The packet length is the caller's to keep to.
    public mutating func follow(_ plan: OpusPlan) throws(CodecError) {
        try reconfigure {
            $0.bitrate = plan.encoderBitrate
            $0.expectedLoss = plan.expectedLoss
            $0.inbandFEC = plan.expectedLoss > 0
            $0.maximumBandwidth = plan.maximumBandwidth
        }
    }
}
