import Foundation

/// Follows both participants of the demonstration and shows what happens.
actor DemoStage {
    enum View: Sendable { case redrawn, lines }

    private struct Side {
        var step: ParticipantEvent.Kind?
        var stats: LiveStatistics?
        var summary: CallSummary?
        var hasEnded = false
        var waiters: [(ParticipantEvent.Kind, CheckedContinuation<Void, Never>)] = []
    }

    private let view: View
    private let seconds: Double
    private var sides: [DemoRole: Side] = [.clinician: Side(), .client: Side()]
    private var shownSeconds = 0
    private var drawnLines = 0

    init(view: View, seconds: Double) {
        self.view = view
        self.seconds = seconds
    }

    func take(_ event: ParticipantEvent, from role: DemoRole) {
        var side = sides[role] ?? Side()
        if let stats = event.stats { side.stats = stats } else { side.step = event.event }
        if let summary = event.summary { side.summary = summary }
        for (kind, waiter) in side.waiters where kind == event.event { waiter.resume() }
        side.waiters.removeAll { $0.0 == event.event }
        sides[role] = side
        show(event, role)
    }

    func ended(_ role: DemoRole) {
        sides[role]?.hasEnded = true
        for (_, waiter) in sides[role]?.waiters ?? [] { waiter.resume() }
        sides[role]?.waiters = []
    }

    /// Returns when the participant told of `kind`, or ended.
    func waitUntil(_ role: DemoRole, reached kind: ParticipantEvent.Kind) async {
        if sides[role]?.step == kind || sides[role]?.hasEnded == true { return }
        await withCheckedContinuation { sides[role]?.waiters.append((kind, $0)) }
    }

    func outcome(statuses: [Int32]) -> DemoOutcome {
        if drawnLines > 0 { Terminal.write("\n") }
        return DemoOutcome(
            clinician: sides[.clinician]?.summary, client: sides[.client]?.summary, statuses: statuses)
    }

    // MARK: Showing

    private func show(_ event: ParticipantEvent, _ role: DemoRole) {
        if event.event != .stats {
            if let sentence = Self.sentence(event, role), drawnLines == 0 { Terminal.note(sentence) }
            return
        }
        switch view {
        case .redrawn: redraw()
        case .lines: if role == .client { writeLine() }
        }
    }

    private static func sentence(_ event: ParticipantEvent, _ role: DemoRole) -> String? {
        switch event.event {
        case .joined: "The \(role.rawValue) has opened the link."
        case .waiting: "The \(role.rawValue) waits in the waiting room."
        case .knock: "The clinician sees that somebody waits, and lets them in."
        case .admitted: role == .client ? "The client is let in." : nil
        case .connecting, .stats, .summary: nil
        case .connected: "The \(role.rawValue) is connected: peer to peer, encrypted, not recorded."
        case .ended: nil
        }
    }

    private func writeLine() {
        shownSeconds += 1
        guard let clinician = sides[.clinician]?.stats, let client = sides[.client]?.stats else { return }
        Terminal.note(
            String(
                format:
                    "%3d s  clinician → client %4.0f kbit/s, %d pictures   client → clinician %4.0f kbit/s, %d pictures",
                shownSeconds, client.receivedKbps, client.framesDecoded, clinician.receivedKbps,
                clinician.framesDecoded))
    }

    private func redraw() {
        let lines = screen()
        var text = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : "\n"
        for line in lines { text += "\u{1B}[2K" + line + "\n" }
        drawnLines = lines.count
        Terminal.write(text)
    }

    private func screen() -> [String] {
        let decoded = sides[.client]?.stats?.framesDecoded ?? 0
        let elapsed = min(Double(decoded) / 30, seconds)
        let filled = Int(40 * elapsed / max(seconds, 1))
        var lines = [
            "  Call  [" + String(repeating: "█", count: filled) + String(repeating: "·", count: 40 - filled)
                + String(format: "]  %.0f of %.0f s", elapsed, seconds), "",
            "              sends      receives   pictures       sound                     round trip   lost",
        ]
        for role in DemoRole.allCases { lines.append(row(role)) }
        return lines
    }

    private func row(_ role: DemoRole) -> String {
        guard let stats = sides[role]?.stats else { return "  " + role.rawValue }
        let name = role.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)
        let level = max(0, min(12, Int((stats.peak + 60) / 5)))
        let meter = String(repeating: "▮", count: level) + String(repeating: "▯", count: 12 - level)
        return String(
            format: "  %@  %5.0f kb/s  %5.0f kb/s  %4dx%-4d %5d  %@ %4.0f dBFS  %8@   %d", name, stats.sentKbps,
            stats.receivedKbps, stats.width, stats.height, stats.framesDecoded, meter, stats.peak,
            stats.roundTripMs.map { String(format: "%.2f ms", $0) } ?? "-", stats.packetsLost)
    }
}

/// What came of the call.
struct DemoOutcome: Sendable {
    var clinician: CallSummary?
    var client: CallSummary?
    var statuses: [Int32]

    var table: String {
        var columns: [(String, CallSummary)] = []
        if let clinician { columns.append(("clinician", clinician)) }
        if let client { columns.append(("client", client)) }
        return ReportTable(columns: columns).text
    }
}

/// Whether the call was good: each condition with what was found.
struct DemoVerdict: Codable, Sendable {
    struct Condition: Codable, Sendable {
        var name: String
        var isMet: Bool
        var found: String
    }

    private(set) var conditions: [Condition] = []

    static let leastDecodedShare = 0.95
    static let leastPSNR = 30.0

    var isGood: Bool { conditions.allSatisfy(\.isMet) }

    init(_ outcome: DemoOutcome) {
        add("both stayed to the end", outcome.statuses.allSatisfy { $0 == 0 }, "exit statuses \(outcome.statuses)")
        guard let clinician = outcome.clinician, let client = outcome.client else {
            add("both were connected", false, "no call")
            return
        }
        addFrames("client", sent: clinician.framesSent, at: client)
        addFrames("clinician", sent: client.framesSent, at: clinician)
        addSound("client", client)
        addSound("clinician", clinician)
    }

    private mutating func addFrames(_ who: String, sent: Int, at side: CallSummary) {
        let share = sent > 0 ? Double(side.framesDecoded) / Double(sent) : 0
        add(
            "\(who): frames decoded at least 95 % of those sent", sent > 0 && share >= Self.leastDecodedShare,
            String(format: "%d of %d, %.1f %%", side.framesDecoded, sent, share * 100))
        let psnr = side.pictures.meanPSNR
        add(
            "\(who): PSNR at least 30 dB", (psnr ?? 0) >= Self.leastPSNR,
            psnr.map { String(format: "%.1f dB", $0) } ?? "not measured")
    }

    private mutating func addSound(_ who: String, _ side: CallSummary) {
        let heard = side.sound.alignedWindows
        add(
            "\(who): no audible gap", heard > 0 && side.sound.gaps == 0,
            String(
                format: "%d gaps, %d of %d half seconds recognised", side.sound.gaps, heard,
                side.sound.comparedWindows))
    }

    private mutating func add(_ name: String, _ isMet: Bool, _ found: String) {
        conditions.append(Condition(name: name, isMet: isMet, found: found))
    }

    var text: String {
        conditions.map { "\($0.isMet ? "  met   " : "  MISSED") \($0.name): \($0.found)\n" }.joined()
            + (isGood ? "A good call.\n" : "Not a good call.\n")
    }
}

/// The report as JSON.
struct DemoReport: Codable, Sendable {
    var clinician: CallSummary?
    var client: CallSummary?
    var verdict: DemoVerdict
}
