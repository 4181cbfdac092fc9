import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP

/// The stream of packets that repair lost ones of a stream of pictures.
final class RepairSender {
    /// FlexFEC's head with the middle form of its mask.
    static let headerRoom = FlexFECHeader.length(span: RepairPattern.maximumBlock)

    private(set) var choice: RepairChoice
    private var negotiated: NegotiatedRepair?
    private var encoder: RepairEncoder
    private var nextSequence: SequenceNumber
    /// Packets of the frame that are still to come, and how they are divided.
    private var left = 0
    private var blockSize = 0
    private var repairs = 0
    private var isBlockDue = true
    // A quarter of a second of frames: an encoder is told soon, and not of each frame's size.
    private var bytes = ExtraShare(frames: 8)

    init(_ media: NegotiatedMedia, _ tuning: RepairChoice.Tuning, using random: inout any RandomNumberGenerator) {
        choice = RepairChoice(tuning)
        negotiated = media.repair
        encoder = RepairEncoder(source: media.sendSSRC, window: tuning.window)
        nextSequence = SequenceNumber(UInt16.random(in: 0...0x7FFF, using: &random))
    }

    func update(_ media: NegotiatedMedia) { negotiated = media.repair }

    func update(fractionLost: Double, roundTrip: Duration?, at now: Timestamp) {
        choice.update(fractionLost: fractionLost, roundTrip: roundTrip, at: now)
    }

    /// Frames are protected now: their packets have to leave room for a repair packet's head.
    var isOn: Bool { choice.isOn && negotiated != nil }

    /// Share of the stream's bytes that is repair packets.
    var share: Double { bytes.share }

    func isRepair(_ packet: Span<UInt8>) -> Bool {
        guard let negotiated, packet.count >= RTPHeader.fixedLength else { return false }
        return packet.uint32(at: 8) == negotiated.sendSSRC.rawValue
    }

    // MARK: A frame

    /// Begins a frame of so many packets; zero when it shall not be protected.
    func begin(_ frame: EncodedVideo, packets: Int, rate: Bitrate) {
        bytes.finishFrame()
        left = packets
        let kind: RepairChoice.Frame = frame.isKeyFrame ? .key : frame.temporalLayer > 0 ? .upper : .base
        let wanted = isOn ? choice.repairs(for: kind, packets: packets, rate: rate) : 0
        isBlockDue = true
        repairs = 0
        if !isOn { encoder.forget() }
        guard wanted > 0 else { return }
        let blocks = (packets + RepairPattern.maximumBlock - 1) / RepairPattern.maximumBlock
        blockSize = (packets + blocks - 1) / blocks
        repairs = min((wanted + blocks - 1) / blocks, RepairPattern.maximumRepairs)
    }

    /// Adds the frame's next packet as it is before it is stamped.
    func add(_ sequence: SequenceNumber, _ packet: Span<UInt8>) {
        bytes.add(frame: packet.count)
        guard repairs > 0 else { return }
        if isBlockDue {
            encoder.begin(sequence, packets: min(blockSize, left), repairs: repairs)
            isBlockDue = false
        }
        encoder.add(packet)
        left -= 1
    }

    /// Calls `queue` with each repair packet once the packets of a block are complete.
    func flush(
        _ timestamp: RTPTimestamp, _ head: RepairPacketHead, scratch: inout [UInt8],
        queue: (Span<UInt8>, SequenceNumber, RTPHeaderLayout) -> Void
    ) {
        guard let negotiated, repairs > 0, encoder.count == blockSize || left == 0 else { return }
        for index in 0..<encoder.repairs {
            scratch.removeAll(keepingCapacity: true)
            let layout = RTPPacketBuilder.append(
                marker: false, payloadType: negotiated.sendPayloadType, sequenceNumber: nextSequence,
                timestamp: timestamp, ssrc: negotiated.sendSSRC, extensions: head.values, mid: head.mid,
                map: head.map, to: &scratch)
            guard encoder.appendPayload(index, to: &scratch) else { continue }
            bytes.add(extra: scratch.count)
            queue(scratch.span, nextSequence, layout)
            nextSequence += 1
        }
        if left == 0 { repairs = 0 }
        isBlockDue = true
    }
}

/// What stands in the head of every packet of a section.
struct RepairPacketHead {
    var values: HeaderExtensionValues
    var mid: [UInt8]
    var map: HeaderExtensionMap
}
