import Foundation
import Rapport
import RapportAudio
import RapportBase
import RapportDevices

extension LiveStatistics {
    /// Rates are those since `last`.
    init(_ now: StatisticsReport, since last: StatisticsReport, peak: Double) {
        self.init()
        sentKbps = Self.rate(now.transport?.bytesSent, last.transport?.bytesSent)
        receivedKbps = Self.rate(now.transport?.bytesReceived, last.transport?.bytesReceived)
        let (videoIn, audioIn, videoOut) = (now.inbound(.video), now.inbound(.audio), now.outbound(.video))
        targetKbps = (videoOut?.targetBitrate ?? 0) / 1000
        framesSent = videoOut?.framesSent ?? 0
        framesDecoded = videoIn?.framesDecoded ?? 0
        roundTripMs = (now.remoteInbound(.video) ?? now.remoteInbound(.audio))?.roundTripTime.map { $0 * 1000 }
        audioDelayMs = audioIn?.meanBufferDelay.map { $0 * 1000 }
        videoDelayMs = videoIn?.meanBufferDelay.map { $0 * 1000 }
        packetsLost = (videoIn?.packetsLost ?? 0) + (audioIn?.packetsLost ?? 0)
        width = videoIn?.frameWidth ?? 0
        height = videoIn?.frameHeight ?? 0
        self.peak = peak
    }

    private static func rate(_ now: Int?, _ last: Int?) -> Double { Double((now ?? 0) - (last ?? 0)) * 8 / 1000 }

    /// One line for a terminal that is not redrawn.
    var line: String {
        let rtt = roundTripMs.map { String(format: "%.1f ms", $0) } ?? "-"
        return String(
            format:
                "sent %5.0f kbit/s  received %5.0f kbit/s  pictures %dx%d, %d decoded  lost %d  round trip %@  level %.0f dBFS",
            sentKbps, receivedKbps, width, height, framesDecoded, packetsLost, rtt, peak) + (microphone?.text ?? "")
    }

    /// Adds the devices' levels.
    mutating func add(_ devices: AudioDeviceStatistics) {
        var levels = DeviceLevels()
        levels.heard = Double(devices.microphoneLevel.peak)
        levels.sent = Double(devices.sentLevel.peak)
        levels.isClipping = devices.microphoneLevel.isClipping
        levels.isDead = devices.microphoneLevel.isDead
        levels.isMuted = devices.isMuted
        levels.xruns = devices.underflows + devices.overflows
        if let capture = devices.captureLatency, let playback = devices.playbackLatency {
            levels.latencyMs = (capture + playback).inMilliseconds
        }
        levels.echo = devices.echo?.summary
        microphone = levels
    }
}

extension DeviceLevels {
    /// A meter and what is wrong, if anything.
    var text: String {
        let filled = max(0, min(12, Int((heard + 60) / 5)))
        let meter = String(repeating: "▮", count: filled) + String(repeating: "▯", count: 12 - filled)
        var words = isMuted ? "muted" : String(format: "%.0f dBFS", heard)
        if isClipping { words += ", too loud" }
        if isDead { words += ", nothing comes from it" }
        if let echo { words += "; " + echo }
        return "  microphone \(meter) " + words
    }
}

extension InboundRTPStatistics {
    /// Seconds that a frame or sample waited on average.
    var meanBufferDelay: Double? {
        jitterBufferEmittedCount > 0 ? jitterBufferDelay / Double(jitterBufferEmittedCount) : nil
    }
}

extension CallSummary {
    init(
        report: StatisticsReport, seconds: Double, setup: SetupTimes, pictures: PictureMeasure.Result,
        sound: SoundMeasure.Result
    ) {
        self.init()
        self.setup = setup
        self.seconds = seconds
        self.pictures = pictures
        self.sound = sound
        let (videoIn, audioIn) = (report.inbound(.video), report.inbound(.audio))
        let (videoOut, audioOut) = (report.outbound(.video), report.outbound(.audio))
        framesSent = videoOut?.framesSent ?? 0
        framesReceived = videoIn?.framesReceived ?? 0
        framesDecoded = videoIn?.framesDecoded ?? 0
        freezes = videoIn?.freezeCount ?? 0
        videoSentKbps = Self.rate(videoOut?.bytesSent, seconds)
        videoReceivedKbps = Self.rate(videoIn?.bytesReceived, seconds)
        audioSentKbps = Self.rate(audioOut?.bytesSent, seconds)
        audioReceivedKbps = Self.rate(audioIn?.bytesReceived, seconds)
        packetsLost = (videoIn?.packetsLost ?? 0) + (audioIn?.packetsLost ?? 0)
        retransmitted = videoOut?.retransmittedPacketsSent ?? 0
        concealedMs = Double(audioIn?.concealedSamples ?? 0) / 48
        roundTripMs = (report.remoteInbound(.video) ?? report.remoteInbound(.audio))?.roundTripTime.map { $0 * 1000 }
        audioDelayMs = audioIn?.meanBufferDelay.map { $0 * 1000 }
        videoDelayMs = videoIn?.meanBufferDelay.map { $0 * 1000 }
        srtpCipher = report.transport?.srtpCipher
        for case .peerConnection(let entry) in report.entries { refused = entry.rapportDrops }
    }

    private static func rate(_ bytes: Int?, _ seconds: Double) -> Double {
        seconds > 0 ? Double(bytes ?? 0) * 8 / 1000 / seconds : 0
    }

    /// The summary of one side as a small table.
    var text: String { ReportTable(columns: [("this side", self)]).text }
}

/// Summaries side by side.
struct ReportTable {
    var columns: [(String, CallSummary)]

    private typealias Row = (String, @Sendable (CallSummary) -> String)

    private static let rows: [Row] = [
        ("Set-up, ms", { _ in "" }),
        ("  server greeted", { number($0.setup.signaling) }),
        ("  waited to be let in", { number($0.setup.waiting) }),
        ("  offer, answer, ICE", { number($0.setup.ice) }),
        ("  DTLS", { number($0.setup.dtls) }),
        ("  let in to connected", { number($0.setup.connected) }),
        ("  then to first picture / sound", { number($0.setup.firstFrame) + " / " + number($0.setup.firstSound) }),
        ("Call, s", { String(format: "%.1f", $0.seconds) }),
        ("Video sent / received, kbit/s", { pair($0.videoSentKbps, $0.videoReceivedKbps) }),
        ("Audio sent / received, kbit/s", { pair($0.audioSentKbps, $0.audioReceivedKbps) }),
        ("Frames sent", { "\($0.framesSent)" }),
        ("Frames received / decoded", { "\($0.framesReceived) / \($0.framesDecoded)" }),
        ("Freezes", { "\($0.freezes)" }),
        ("PSNR mean / lowest, dB", { number($0.pictures.meanPSNR) + " / " + number($0.pictures.lowestPSNR) }),
        ("SSIM mean", { $0.pictures.meanSSIM.map { String(format: "%.4f", $0) } ?? "-" }),
        ("Sound: spectral distance, dB", { number($0.sound.spectralDistance) }),
        ("Sound: audible gaps / longest, ms", { "\($0.sound.gaps) / " + number($0.sound.longestGapMs) }),
        ("Sound concealed, ms", { number($0.concealedMs) }),
        ("Packets lost / sent again", { "\($0.packetsLost) / \($0.retransmitted)" }),
        ("Round trip, ms", { $0.roundTripMs.map { String(format: "%.2f", $0) } ?? "-" }),
        ("Buffer delay audio / video, ms", { number($0.audioDelayMs) + " / " + number($0.videoDelayMs) }),
        ("Encryption", { $0.srtpCipher ?? "-" }),
    ]

    private static func number(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "-" }

    private static func pair(_ a: Double, _ b: Double) -> String { String(format: "%.0f / %.0f", a, b) }

    var text: String {
        let names = [""] + columns.map(\.0)
        let body = Self.rows.map { row in [row.0] + columns.map { row.1($0.1) } }
        let widths = names.indices.map { column in ([names] + body).map { $0[column].count }.max() ?? 0 }
        let lines = ([names] + body).map { cells in
            zip(cells, widths).map { $0.padding(toLength: max($1, 1), withPad: " ", startingAt: 0) }
                .joined(separator: "   ")
        }
        return lines.map { $0.trimmingSuffix(" ") + "\n" }.joined()
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
