import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP

/// Sound going out on one SSRC. A packet passes the pacer: it is written, protected and sent at once.
final class AudioSendStream {
    let mid: MID
    let ssrc: SSRC
    private(set) var payloadType: PayloadType
    private var redundancyPayloadType: PayloadType?
    private var redundancy = RedundantAudio(distance: 0)
    private(set) var extensions: HeaderExtensionMap
    private(set) var counters = SendCounters()
    private(set) var report: SenderReportBuilder
    private(set) var remote = RemoteReceiverReports()
    private(set) var loss = SoundLoss()
    private let midBytes: [UInt8]
    private var nextSequence: SequenceNumber
    private let timestampOffset: UInt32

    init(_ media: NegotiatedMedia, wallClockAtStart: NTPTime, using random: inout any RandomNumberGenerator) {
        mid = media.mid
        ssrc = media.sendSSRC
        payloadType = media.sendCodec.payloadType
        redundancyPayloadType = media.sendCodec.redundancyPayloadType
        extensions = media.extensions
        report = SenderReportBuilder(ssrc: media.sendSSRC, clockRate: 48_000, wallClockAtStart: wallClockAtStart)
        midBytes = Array(media.mid.rawValue.utf8)
        // RFC 3550 section 5.1: both start at random values.
        nextSequence = SequenceNumber(UInt16.random(in: 0...0x7FFF, using: &random))
        timestampOffset = UInt32.random(in: 0...UInt32.max, using: &random)
    }

    /// Takes the numbers of a new negotiation; sequence numbers and timestamps go on.
    func update(_ media: NegotiatedMedia) {
        payloadType = media.sendCodec.payloadType
        redundancyPayloadType = media.sendCodec.redundancyPayloadType
        extensions = media.extensions
    }

    func receive(_ block: ReportBlock) {
        remote.receive(block)
        loss.update(fractionLost: remote.fractionLost)
    }

    func receive(roundTrip: Duration) { remote.receive(roundTripTime: roundTrip) }

    /// Tells what a report about another stream of this path said.
    func receive(pathLoss: Double, at now: Timestamp) { loss.update(pathLoss: pathLoss, at: now) }

    /// Repeats each packet in the next one while much is lost and the line has room: a copy is whole where Opus's own is
    /// coarse, and costs its rate again.
    func plan(line: Bitrate, at now: Timestamp) {
        let (lost, room) = (loss.share(at: now) ?? 0, line >= .kilobits(120))
        if redundancyPayloadType == nil || !room || lost < 0.02 {
            redundancy.distance = 0
        } else if lost >= 0.08 {
            redundancy.distance = 1
        }
    }

    /// Whether packets are repeated now.
    var repeats: Bool { redundancy.distance > 0 && redundancyPayloadType != nil }

    private var sentPayloadType: PayloadType {
        repeats ? redundancyPayloadType ?? payloadType : payloadType
    }

    /// Appends the next packet in plaintext and counts it.
    func append(_ audio: EncodedAudio, stamp: PacketStamp, at now: Timestamp, to arena: inout [UInt8]) {
        let timestamp = RTPTimestamp(audio.rtpTimestamp.rawValue &+ timestampOffset)
        var values = HeaderExtensionValues()
        values.transportSequenceNumber = stamp.transportSequence
        values.absoluteSendTime = stamp.absoluteSendTime
        values.audioLevel = AudioLevel(voiceActivity: audio.voiceActivity, level: audio.level)
        let start = arena.count
        let layout = RTPPacketBuilder.append(
            marker: false, payloadType: sentPayloadType, sequenceNumber: nextSequence, timestamp: timestamp, ssrc: ssrc,
            extensions: values, mid: midBytes, map: extensions, to: &arena)
        if sentPayloadType == payloadType {
            arena.append(contentsOf: audio.bytes)
            // Copies are counted back packet by packet: none may be missing among them.
            redundancy.reset()
        } else {
            redundancy.pack(audio.bytes, at: timestamp, payloadType: payloadType, to: &arena)
        }
        nextSequence += 1
        // Its first sample is as old as the packet is long.
        report.send(
            timestamp: timestamp, captured: now - .nanoseconds(Int64(audio.samples) * 62_500 / 3),
            payloadBytes: arena.count - layout.payloadStart)
        counters.countPacket(payload: arena.count - layout.payloadStart, header: layout.payloadStart - start)
    }
}

/// What is written into a packet at the moment it leaves.
struct PacketStamp {
    var transportSequence: SequenceNumber?
    /// 24 bits, 6.18 fixed-point seconds.
    var absoluteSendTime: UInt32?
}

/// What one outgoing stream has sent, in the units of webrtc-stats.
public struct SendCounters: Sendable, Equatable {
    public private(set) var packets = 0
    public private(set) var payloadBytes = 0
    public private(set) var headerBytes = 0
    public private(set) var retransmittedPackets = 0
    public private(set) var retransmittedBytes = 0
    /// Packets without new content, sent to probe the path, and all their bytes.
    public private(set) var paddingPackets = 0
    public private(set) var paddingBytes = 0
    /// Packets that repair lost ones, and all their bytes; they are in no other figure.
    public private(set) var repairPackets = 0
    public private(set) var repairBytes = 0
    public var frames = 0
    public var keyFrames = 0
    public var nacks = 0
    public var plis = 0
    public var firs = 0
    /// Sum over packets of the time between being encoded and leaving.
    public var sendDelay = Duration.zero

    mutating func countPacket(payload: Int, header: Int) {
        packets += 1
        payloadBytes += payload
        headerBytes += header
    }

    /// A packet without new content; it is in no other figure.
    mutating func countPadding(_ bytes: Int) {
        paddingPackets += 1
        paddingBytes += bytes
    }

    mutating func countRepair(_ payload: Int, header: Int) {
        repairPackets += 1
        repairBytes += payload + header
    }

    mutating func countRetransmission(payload: Int, header: Int) {
        countPacket(payload: payload, header: header)
        retransmittedPackets += 1
        retransmittedBytes += payload
    }
}

/// What the peer's reports about one outgoing stream said. RFC 3550 section 6.4.1.
public struct RemoteReceiverReports: Sendable, Equatable {
    public private(set) var packetsLost = 0
    /// 0 to 1.
    public private(set) var fractionLost = 0.0
    /// Units of the media clock.
    public private(set) var jitter: UInt32 = 0
    public private(set) var reports = 0
    public var roundTripTime: Duration?
    public var totalRoundTripTime = Duration.zero
    public var roundTripTimeMeasurements = 0

    mutating func receive(_ block: ReportBlock) {
        packetsLost = Int(block.cumulativeLost)
        fractionLost = Double(block.fractionLost) / 256
        jitter = block.jitter
        reports += 1
    }

    mutating func receive(roundTripTime: Duration) {
        self.roundTripTime = roundTripTime
        totalRoundTripTime += roundTripTime
        roundTripTimeMeasurements += 1
    }
}
