import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP
import RapportSDP

/// The streams of a session and how packets and reports find them.
///
/// A packet finds its stream by SSRC; a new SSRC is bound by the MID that the packet carries, by the description's
/// `a=ssrc` lines, or by a payload type that only one section has. RFC 9143 section 9.2.
struct StreamTable {
    private(set) var audioSenders: [AudioSendStream] = []
    private(set) var videoSenders: [VideoSendStream] = []
    private(set) var audioReceivers: [AudioReceiveStream] = []
    private(set) var videoReceivers: [VideoReceiveStream] = []
    private(set) var receiveExtensions = HeaderExtensionMap()
    private(set) var usesReducedSize = false
    private(set) var sendsTransportFeedback = false
    /// The peer tells when what we send arrives.
    private(set) var receivesFeedback = false
    var feedbackRecorder = TransportFeedbackRecorder()
    /// Arrivals are told by stream. RFC 8888.
    private(set) var usesStreamReports = false
    /// The peer may tell them so.
    private(set) var knowsStreamReports = false
    var congestionRecorder = CongestionFeedbackRecorder()
    private var sections: [NegotiatedMedia] = []
    private var table: [SSRC: Receiver] = [:]
    private var nextVideoIndex = 0
    /// SSRC of reports and feedback when nothing is sent. RFC 3550 asks for an SSRC of receivers, too.
    private var ownSSRC = SSRC(1)

    /// Sources that had a section's stream before the present one: what still comes of them is late. SRTP lets no more
    /// than `SRTPContext.maximumSources` sources through, which bounds it.
    private var retired: Set<SSRC> = []

    /// A source that has been silent for this long may be replaced by any other that fits.
    static let silence: Duration = .seconds(1)
    // As long as two reports of a call are apart: one that is lost takes nothing along.
    private static let overlap: Duration = .milliseconds(60)

    enum Receiver {
        case audio(AudioReceiveStream)
        case video(VideoReceiveStream)
    }

    struct Found {
        var stream: Receiver
        var mid: MID
        var isNew: Bool
    }

    // MARK: Negotiation

    /// Opens and closes streams so that they are those of the negotiated sections.
    mutating func apply(
        _ negotiated: NegotiatedSession, maximumPacket: Int, repair: RepairChoice.Tuning?,
        wallClockAtStart: NTPTime, using random: inout any RandomNumberGenerator
    ) {
        if sections.isEmpty { ownSSRC = SSRC(UInt32.random(in: 1...UInt32.max, using: &random)) }
        sections = negotiated.media
        closeUnusedSenders()
        for media in sections {
            addSender(
                media, maximumPacket: maximumPacket, repair: repair, wallClockAtStart: wallClockAtStart, using: &random)
        }
        closeUnusedReceivers()
        for media in sections {
            audioReceiver(media.mid)?.update(media)
            videoReceiver(media.mid)?.update(media)
        }
        receiveExtensions = Self.union(sections.map(\.extensions))
        usesReducedSize = !sections.isEmpty && sections.allSatisfy(\.usesReducedSizeRTCP)
        sendsTransportFeedback = sections.contains { $0.feedback.contains(.transportCC) }
        feedbackRecorder.overlap =
            sections.contains { $0.feedback.contains(.repeatedTransportCC) } ? Self.overlap : .zero
        let isToldAll = sections.contains {
            $0.direction.sends && $0.feedback.contains(.transportCC) && $0.extensions[.transportSequenceNumber] != nil
        }
        knowsStreamReports = sections.contains { $0.feedback.contains(.congestionControl) }
        usesStreamReports = !sendsTransportFeedback && knowsStreamReports
        receivesFeedback = isToldAll || (knowsStreamReports && sections.contains { $0.direction.sends })
    }

    private mutating func addSender(
        _ media: NegotiatedMedia, maximumPacket: Int, repair: RepairChoice.Tuning?, wallClockAtStart: NTPTime,
        using random: inout any RandomNumberGenerator
    ) {
        guard media.direction.sends else { return }
        switch media.kind {
        case .audio:
            if let stream = audioSender(media.mid) { return stream.update(media) }
            audioSenders.append(AudioSendStream(media, wallClockAtStart: wallClockAtStart, using: &random))
        case .video:
            if let stream = videoSender(media.mid) { return stream.update(media) }
            defer { nextVideoIndex += 1 }
            videoSenders.append(
                VideoSendStream(
                    media, index: nextVideoIndex, maximumPacket: maximumPacket, repair: repair,
                    wallClockAtStart: wallClockAtStart, using: &random))
        }
    }

    // A section that only pauses keeps its stream; one that ended, or whose place another transceiver took, does not.
    private mutating func closeUnusedSenders() {
        let sources = Set(sections.map(\.sendSSRC))
        audioSenders.removeAll { !sources.contains($0.ssrc) }
        videoSenders.removeAll { !sources.contains($0.ssrc) }
    }

    private mutating func closeUnusedReceivers() {
        let receiving = Set(sections.filter(\.direction.receives).map(\.mid))
        audioReceivers.removeAll { !receiving.contains($0.mid) }
        videoReceivers.removeAll { !receiving.contains($0.mid) }
        table = table.filter { receiving.contains(Self.mid(of: $0.value)) }
    }

    // With BUNDLE an id means the same in every section. RFC 9143 section 9.1.
    private static func union(_ maps: [HeaderExtensionMap]) -> HeaderExtensionMap {
        var all = HeaderExtensionMap()
        for map in maps {
            for name in HeaderExtension.allCases { all[name] = map[name] ?? all[name] }
        }
        return all
    }

    // MARK: Finding

    private func isSending(_ mid: MID) -> Bool { sections.contains { $0.mid == mid && $0.direction.sends } }

    /// Nil while the section's direction forbids sending.
    func audioSender(_ mid: MID) -> AudioSendStream? {
        isSending(mid) ? audioSenders.first { $0.mid == mid } : nil
    }
    func videoSender(_ mid: MID) -> VideoSendStream? {
        isSending(mid) ? videoSenders.first { $0.mid == mid } : nil
    }
    func videoSender(index: Int) -> VideoSendStream? { videoSenders.first { $0.index == index } }
    func videoSender(ssrc: SSRC) -> VideoSendStream? { videoSenders.first { $0.ssrc == ssrc } }
    func audioReceiver(_ mid: MID) -> AudioReceiveStream? { audioReceivers.first { $0.mid == mid } }
    func videoReceiver(_ mid: MID) -> VideoReceiveStream? { videoReceivers.first { $0.mid == mid } }

    /// The stream whose retransmissions can carry padding: RFC 4588 packets are padded without disturbing pictures.
    var paddingSender: VideoSendStream? {
        videoSenders.first { $0.canPad && isSending($0.mid) }
    }

    /// Share of the pictures' rate that is spent on repair packets and retransmissions.
    var extraShare: Double {
        // Without an array: this is asked with every report.
        var (sum, count) = (0.0, 0.0)
        for sender in videoSenders where isSending(sender.mid) {
            sum += sender.extraShare
            count += 1
        }
        return count > 0 ? sum / count : 0
    }

    /// What all senders together could fill.
    func demand(limit: Bitrate) -> Bitrate {
        if sections.contains(where: { $0.kind == .video && $0.direction.sends }) { return limit }
        return min(.kilobits(60 * sections.count { $0.direction.sends }), limit)
    }

    var reportingSSRC: SSRC { audioSenders.first?.ssrc ?? videoSenders.first?.ssrc ?? ownSSRC }
    var anyRemoteSSRC: SSRC { videoReceivers.first?.ssrc ?? audioReceivers.first?.ssrc ?? SSRC(0) }
    var sendingSSRCs: [SSRC] { audioSenders.map(\.ssrc) + videoSenders.map(\.ssrc) }

    mutating func receiver(
        for header: RTPHeader, extensions: HeaderExtensionValues, packet: Span<UInt8>, at now: Timestamp
    ) -> Found? {
        if let stream = table[header.ssrc] { return Found(stream: stream, mid: Self.mid(of: stream), isNew: false) }
        guard let (media, isNamed) = section(for: header, extensions: extensions, packet: packet),
            media.direction.receives
        else { return nil }
        if media.repair?.receivePayloadType == header.payloadType { return bindRepair(header.ssrc, media) }
        guard let codec = media.receiveCodec(header.payloadType) else { return nil }
        if codec.retransmissionPayloadType == header.payloadType { return bindRetransmission(header.ssrc, media) }
        guard mayTake(header.ssrc, media.mid, isNamed: isNamed, at: now) else { return nil }
        return open(header.ssrc, media, codec)
    }

    // A payload type alone is too weak to take a section from a source that sends; a MID or a=ssrc is not, but for
    // packets that were overtaken by those of the source's own successor.
    private func mayTake(_ ssrc: SSRC, _ mid: MID, isNamed: Bool, at now: Timestamp) -> Bool {
        if isNamed && !retired.contains(ssrc) { return true }
        let present = audioReceiver(mid)?.statistics ?? videoReceiver(mid)?.statistics
        guard let last = present?.counters.lastPacketReceived else { return true }
        return now - last >= Self.silence
    }

    /// The section of a new source, and whether the packet or the description names it.
    private func section(
        for header: RTPHeader, extensions: HeaderExtensionValues, packet: Span<UInt8>
    ) -> (NegotiatedMedia, isNamed: Bool)? {
        if let range = extensions.midRange {
            return sections.first { Self.spells($0.mid, packet.extracting(range)) }.map { ($0, true) }
        }
        let declared = sections.first {
            [$0.remoteSSRC, $0.remoteRetransmissionSSRC, $0.repair?.remoteSSRC].contains(header.ssrc)
        }
        if let declared { return (declared, true) }
        var fitting = sections.lazy.filter { $0.receives(header.payloadType) }.makeIterator()
        guard let first = fitting.next(), fitting.next() == nil else { return nil }
        return (first, false)
    }

    /// True for a retransmission of nothing: browsers probe the path with padding in this form before the first
    /// picture, when there is no stream yet for it to belong to.
    func isProbe(_ header: RTPHeader) -> Bool {
        header.payloadRange.count <= RTX.headerLength
            && sections.contains { media in
                media.receiveCodecs.contains { $0.retransmissionPayloadType == header.payloadType }
            }
    }

    private static func spells(_ mid: MID, _ bytes: Span<UInt8>) -> Bool {
        let name = mid.rawValue.utf8
        guard name.count == bytes.count else { return false }
        var index = 0
        for byte in name {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }

    private mutating func open(_ ssrc: SSRC, _ media: NegotiatedMedia, _ codec: NegotiatedCodec) -> Found {
        retire(media.mid)
        retired.remove(ssrc)
        let stream: Receiver
        switch media.kind {
        case .audio:
            let audio = AudioReceiveStream(media, codec: codec, ssrc: ssrc)
            audioReceivers.append(audio)
            stream = .audio(audio)
        case .video:
            let video = VideoReceiveStream(media, codec: codec, ssrc: ssrc)
            videoReceivers.append(video)
            stream = .video(video)
        }
        table[ssrc] = stream
        return Found(stream: stream, mid: media.mid, isNew: true)
    }

    // The section's stream so far makes room for another.
    private mutating func retire(_ mid: MID) {
        if let ssrc = audioReceiver(mid)?.ssrc ?? videoReceiver(mid)?.ssrc { retired.insert(ssrc) }
        audioReceivers.removeAll { $0.mid == mid }
        videoReceivers.removeAll { $0.mid == mid }
        table = table.filter { Self.mid(of: $0.value) != mid }
    }

    // RFC 4588 section 5.3: a retransmission's SSRC belongs to the section's one stream, and there is one at a time.
    private mutating func bindRetransmission(_ ssrc: SSRC, _ media: NegotiatedMedia) -> Found? {
        guard let stream = videoReceiver(media.mid), ssrc != stream.ssrc else { return nil }
        if let before = stream.retransmissionSSRC, before != stream.ssrc { table[before] = nil }
        stream.retransmissionSSRC = ssrc
        table[ssrc] = .video(stream)
        return Found(stream: .video(stream), mid: media.mid, isNew: false)
    }

    // As a retransmission's.
    private mutating func bindRepair(_ ssrc: SSRC, _ media: NegotiatedMedia) -> Found? {
        guard let stream = videoReceiver(media.mid), ssrc != stream.ssrc, ssrc != stream.retransmissionSSRC else {
            return nil
        }
        if let before = stream.repairSSRC, before != stream.ssrc { table[before] = nil }
        stream.repairSSRC = ssrc
        table[ssrc] = .video(stream)
        return Found(stream: .video(stream), mid: media.mid, isNew: false)
    }

    private static func mid(of stream: Receiver) -> MID {
        switch stream {
        case .audio(let stream): stream.mid
        case .video(let stream): stream.mid
        }
    }

    // MARK: Time and reports

    var deadline: Timestamp? {
        var next = usesStreamReports ? congestionRecorder.deadline : feedbackRecorder.deadline
        for stream in videoReceivers {
            if let other = stream.deadline { next = next.map { min($0, other) } ?? other }
        }
        return next
    }

    func update(roundTrip: Duration) {
        for stream in videoSenders { stream.update(roundTrip: roundTrip) }
        for stream in videoReceivers { stream.update(roundTrip: roundTrip) }
    }

    func receive(_ report: SenderReport, lipSync: inout LipSync, at now: Timestamp) {
        switch table[report.ssrc] {
        case .audio(let stream):
            stream.statistics.receiveSenderReport(ntp: report.ntp, at: now)
            stream.remote.receive(report)
            lipSync.receiveSenderReport(.audio, ntp: report.ntp, rtp: report.rtp)
        case .video(let stream):
            // Retransmissions have sender reports of their own; their clock is the original's.
            guard stream.ssrc == report.ssrc else { return }
            stream.statistics.receiveSenderReport(ntp: report.ntp, at: now)
            stream.remote.receive(report)
            lipSync.receiveSenderReport(.video, ntp: report.ntp, rtp: report.rtp)
        case nil: break
        }
    }

    /// False when the block is about no stream of ours.
    func receive(_ block: ReportBlock) -> Bool {
        if let stream = audioSenders.first(where: { $0.ssrc == block.ssrc }) {
            stream.receive(block)
            return true
        }
        guard let stream = videoSender(ssrc: block.ssrc) else { return false }
        stream.remote.receive(block)
        return true
    }

    func receive(roundTrip: Duration, about ssrc: SSRC) {
        audioSenders.first { $0.ssrc == ssrc }?.receive(roundTrip: roundTrip)
        videoSender(ssrc: ssrc)?.remote.receive(roundTripTime: roundTrip)
    }

    /// A sender report for each stream that sent, with the blocks about what is received in the first report; a
    /// receiver report when nothing was sent. RFC 3550 section 6.4.
    func makeReports(at now: Timestamp) -> [RTCPPacket] {
        var blocks: [ReportBlock] = []
        for stream in audioReceivers { stream.statistics.makeReportBlock(at: now).map { blocks.append($0) } }
        for stream in videoReceivers { stream.statistics.makeReportBlock(at: now).map { blocks.append($0) } }
        var reports: [RTCPPacket] = []
        // RFC 3550 section 6.4: sender reports are for those who send.
        let builders =
            audioSenders.filter { isSending($0.mid) }.map(\.report)
            + videoSenders.filter { isSending($0.mid) }.map(\.report)
        for builder in builders {
            guard let report = builder.makeReport(at: now, blocks: reports.isEmpty ? blocks : []) else { continue }
            reports.append(.senderReport(report))
        }
        if reports.isEmpty { reports.append(.receiverReport(ReceiverReport(ssrc: reportingSSRC, blocks: blocks))) }
        return reports
    }
}

extension NegotiatedMedia {
    /// The codec that a payload type, or its retransmission, stands for in what comes in.
    func receiveCodec(_ payloadType: PayloadType) -> NegotiatedCodec? {
        receiveCodecs.first {
            $0.payloadType == payloadType || $0.retransmissionPayloadType == payloadType
                || $0.redundancyPayloadType == payloadType
        }
    }

    /// A codec, its retransmissions or repair packets come in under this number.
    func receives(_ payloadType: PayloadType) -> Bool {
        receiveCodec(payloadType) != nil || repair?.receivePayloadType == payloadType
    }
}
