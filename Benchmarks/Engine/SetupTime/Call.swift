import BenchmarkSupport
import Rapport
import RapportBase

/// Two connections whose signalling is a function call.
struct Call {
    private let timeline = Timeline()

    func run() async throws -> Trial {
        let cpu = Clock.processCPU()
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        let offerer = try await PeerConnection(configuration: configuration)
        let answerer = try await PeerConnection(configuration: configuration)
        try await prepare(offerer, .offerer)
        try await prepare(answerer, .answerer)
        let pumps = [pump(offerer, .offerer, to: answerer), pump(answerer, .answerer, to: offerer)]
        let began = Clock.wall()
        let offer = try await offerer.createOffer()
        try await offerer.setLocalDescription(offer)
        try await answerer.setRemoteDescription(offer)
        let answer = try await answerer.createAnswer()
        try await answerer.setLocalDescription(answer)
        try await offerer.setRemoteDescription(answer)
        let signalled = Clock.wall()
        await timeline.wait(for: [.connected, .gathered])
        let used = Clock.processCPU() - cpu
        await timeline.wait(for: [.frame])
        await offerer.close()
        await answerer.close()
        for pump in pumps { await pump.value }
        return trial(began: began, signalled: signalled, cpu: used)
    }

    private func prepare(_ peer: PeerConnection, _ side: Timeline.Side) async throws {
        try await peer.addTrack(.audio(Silence()))
        let video = try await peer.addTrack(.video(StillPicture()))
        try await peer.setSink(FrameSink(side: side, timeline: timeline), of: video)
    }

    // A candidate may come before the description that it belongs to: it waits for it, as in any signalling.
    private func pump(
        _ from: PeerConnection, _ side: Timeline.Side, to other: PeerConnection
    ) -> Task<Void, Never> {
        Task { [timeline] in
            var waiting: [ICECandidate?] = []
            for await event in from.events {
                switch event {
                case .iceCandidate(let candidate): waiting.append(candidate.candidate)
                case .iceGatheringStateChanged(.complete): timeline.note(.gathered, side)
                case .iceConnectionStateChanged(.connected), .iceConnectionStateChanged(.completed):
                    timeline.note(.ice, side)
                case .connectionStateChanged(.connected): timeline.note(.connected, side)
                case .connectionStateChanged(.failed): fail("a connection failed")
                default: break
                }
                while let candidate = waiting.first, await Self.deliver(candidate, to: other) { waiting.removeFirst() }
            }
        }
    }

    private static func deliver(_ candidate: ICECandidate?, to other: PeerConnection) async -> Bool {
        do {
            try await other.addICECandidate(candidate)
            return true
        } catch {
            return false
        }
    }

    private func trial(began: Int64, signalled: Int64, cpu: Int64) -> Trial {
        func after(_ moment: Int64) -> Double { Double(moment - began) / 1e6 }
        let ice = timeline.last(.ice)
        let connected = timeline.last(.connected)
        return Trial(
            signalled: after(signalled), gathered: after(timeline.last(.gathered)), ice: after(ice),
            dtls: Double(connected - ice) / 1e6, connected: after(connected), firstFrame: after(timeline.last(.frame)),
            cpu: Double(cpu) / 1e6)
    }
}
