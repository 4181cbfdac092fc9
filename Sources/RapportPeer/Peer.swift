import ArgumentParser
import Foundation
import Rapport
import RapportBase
import RapportSDP

/// One call: turns lines into calls of `PeerConnection`, its events into lines.
actor Peer {
    private let role: RapportPeerCommand.Role
    private let duration: Duration?
    private let statisticsInterval: Duration
    private let output: LineWriter
    private let connection: PeerConnection
    private let pictures: PictureSink
    private let sound: SoundSink
    private let began = ContinuousClock.now
    private var negotiationBegan: ContinuousClock.Instant?
    private var connectedAfter: Duration?
    private var state = PeerConnectionState.new
    private var ice = ICEConnectionStateName.new
    private var dtls = SecureTransportStateName.new
    private var finish: CheckedContinuation<String, Never>?
    private var finished: String?
    /// Candidates that came before the description they belong to.
    private var earlyCandidates: [String] = []

    static func make(options: PeerOptions, output: LineWriter) async throws -> Peer {
        let peer = Peer(
            role: options.role, duration: options.duration, statisticsInterval: options.statisticsInterval,
            output: output,
            connection: try await PeerConnection(configuration: options.connection),
            pictures: try PictureSink(path: options.videoOut), sound: try SoundSink(path: options.audioOut))
        do throws(MediaSourceError) {
            try await peer.attach(audio: options.audio, video: options.video)
        } catch {
            throw ValidationError(error.description)
        }
        return peer
    }

    private init(
        role: RapportPeerCommand.Role, duration: Duration?, statisticsInterval: Duration, output: LineWriter,
        connection: PeerConnection, pictures: PictureSink, sound: SoundSink
    ) {
        self.role = role
        self.duration = duration
        self.statisticsInterval = statisticsInterval
        self.output = output
        self.connection = connection
        self.pictures = pictures
        self.sound = sound
    }

    // An offer without a source of its own still asks to receive; an answer takes what is offered.
    private func attach(audio: String, video: String) async throws(MediaSourceError) {
        do {
            if let source = try MediaSources.audio(named: audio) {
                try await connection.addTrack(.audio(source))
            } else if role == .offer {
                try await connection.addTransceiver(.audio, direction: .recvonly)
            }
            if let source = try MediaSources.video(named: video) {
                try await connection.addTrack(.video(source))
            } else if role == .offer {
                try await connection.addTransceiver(.video, direction: .recvonly)
            }
        } catch let error as MediaSourceError {
            throw error
        } catch {
            preconditionFailure("a new connection takes tracks: \(error)")
        }
    }

    /// Runs the call until a line or the clock ends it, then writes the summary.
    func run(lines: AsyncStream<String>) async {
        let events = Task { await self.follow(connection.events) }
        let input = Task { await self.read(lines) }
        let ticker = Task { await self.reportStatistics() }
        if role == .offer { await offer() }
        let reason = await ended()
        ticker.cancel()
        input.cancel()
        let report = await connection.statistics()
        await connection.close()
        await events.value
        pictures.finish()
        sound.finish()
        output.write(summary(reason, report))
    }

    private func offer() async {
        negotiationBegan = .now
        do {
            let offer = try await connection.setLocalDescription()
            output.write(DescriptionLine(type: offer.kind.rawValue, sdp: offer.sdp))
        } catch {
            report(error)
        }
    }

    private func ended() async -> String {
        if let finished { return finished }
        return await withCheckedContinuation { finish = $0 }
    }

    private func end(_ reason: String) {
        guard finished == nil else { return }
        finished = reason
        finish?.resume(returning: reason)
        finish = nil
    }

    // MARK: Lines

    private func read(_ lines: AsyncStream<String>) async {
        for await line in lines {
            if line.isEmpty { continue }
            do throws(HarnessError) {
                try await handle(try HarnessMessage(parsing: line))
            } catch {
                output.write(ErrorLine(code: error.code, message: error.message))
            }
        }
        end("end of input")
    }

    private func handle(_ message: HarnessMessage) async throws(HarnessError) {
        do throws(PeerConnectionError) {
            switch message {
            case .description(let description): try await take(description)
            case .candidate(let line): try await take(candidate: line)
            case .endOfCandidates: try await take(candidate: "")
            case .close: end("close")
            }
        } catch {
            throw HarnessError(error)
        }
    }

    private func take(_ description: Description) async throws(PeerConnectionError) {
        if negotiationBegan == nil { negotiationBegan = .now }
        try await connection.setRemoteDescription(description)
        let waiting = earlyCandidates
        earlyCandidates = []
        for line in waiting { try await connection.addICECandidate(line: line) }
        guard description.kind == .offer else { return }
        let answer = try await connection.setLocalDescription()
        output.write(DescriptionLine(type: answer.kind.rawValue, sdp: answer.sdp))
    }

    private func take(candidate line: String) async throws(PeerConnectionError) {
        do throws(PeerConnectionError) {
            try await connection.addICECandidate(line: line)
        } catch .noRemoteDescription where earlyCandidates.count < 100 {
            earlyCandidates.append(line)
        }
    }

    private func report(_ error: PeerConnectionError) {
        let error = HarnessError(error)
        output.write(ErrorLine(code: error.code, message: error.message))
    }

    // MARK: Events

    private func follow(_ events: AsyncStream<PeerConnectionEvent>) async {
        for await event in events { await take(event) }
    }

    private func take(_ event: PeerConnectionEvent) async {
        switch event {
        case .iceCandidate(let candidate): write(candidate)
        case .iceConnectionStateChanged(let next):
            ice = next
            writeState()
        case .secureTransportStateChanged(let next):
            dtls = next
            writeState()
        case .connectionStateChanged(let next): connectionMoved(to: next)
        case .track(let transceiver): await attachSink(to: transceiver)
        case .closedByPeer: end("closed by peer")
        // The statistics say the same, each second.
        case .videoSuspended, .videoResumed: break
        case .negotiationNeeded, .iceGatheringStateChanged, .signalingStateChanged, .unmute: break
        }
    }

    private func attachSink(to transceiver: RTPTransceiver) async {
        switch transceiver.kind {
        case .audio: try? await connection.setSink(sound, of: transceiver)
        case .video: try? await connection.setSink(pictures, of: transceiver)
        }
    }

    private func write(_ candidate: LocalCandidate) {
        guard let line = candidate.candidate?.serialized else { return output.write(EndOfCandidatesLine()) }
        output.write(
            CandidateLine(candidate: line, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex))
    }

    private func connectionMoved(to next: PeerConnectionState) {
        state = next
        writeState()
        switch next {
        case .connected where connectedAfter == nil:
            connectedAfter = negotiationBegan.map { .now - $0 }
            if let duration { endLater(duration) }
        case .failed: end("failed")
        case .new, .connecting, .connected, .disconnected, .closed: break
        }
    }

    private func endLater(_ duration: Duration) {
        Task {
            try? await Task.sleep(for: duration)
            end("duration")
        }
    }

    private func writeState() {
        output.write(
            StateLine(
                connection: state.rawValue, ice: ice.rawValue, dtls: dtls.rawValue,
                ms: (ContinuousClock.now - began).inMilliseconds))
    }

    private func reportStatistics() async {
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            next += statisticsInterval
            guard (try? await clock.sleep(until: next)) != nil else { return }
            output.write(StatsLine(report: await connection.statistics().entries))
        }
    }

    private func summary(_ reason: String, _ report: StatisticsReport) -> SummaryLine {
        let counts = pictures.counts
        return SummaryLine(
            reason: reason, connected: connectedAfter != nil, connectMs: connectedAfter?.inMilliseconds,
            durationMs: (ContinuousClock.now - began).inMilliseconds, framesRendered: counts.rendered,
            framesWritten: counts.written, framesScaled: counts.scaled, samplesPlayed: sound.samples,
            report: report.entries)
    }
}
