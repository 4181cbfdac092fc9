import BenchmarkSupport
import Glibc
import Rapport
import RapportBase

/// One side of the call, a process of its own.
struct Participant {
    private let peer: PeerConnection
    private let seconds: Int
    private let clipBytes: Int

    /// Before this much of the call nothing is counted: key frames, first allocations and the rate settle.
    private static let settling = Duration.seconds(2)

    static func run(isOfferer: Bool, _ options: Options) async {
        do {
            let participant = try await Participant(options)
            try await participant.connect(isOfferer: isOfferer)
            try await participant.measure()
        } catch {
            fail("a participant failed: \(error)")
        }
    }

    private init(_ options: Options) async throws {
        seconds = options.number("--seconds", 10, in: 1...600)
        let pictures = CallMedia.pictures(
            options.text("--clip"), width: options.number("--width", 640, in: 16...8192),
            height: options.number("--height", 360, in: 16...8192))
        let blocks = CallMedia.blocks(options.text("--sound"), seconds: seconds)
        clipBytes = pictures.reduce(0) { $0 + $1.byteCount } + blocks.count * 960
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        configuration.maximumBitrate = .kilobits(CallMedia.kilobits + CallMedia.audioReserve)
        configuration.startBitrate = configuration.maximumBitrate
        peer = try await PeerConnection(configuration: configuration)
        let audio = try await peer.addTrack(.audio(HeldSound(blocks)))
        try await peer.setSink(NoSpeaker(), of: audio)
        let video = try await peer.addTrack(.video(HeldClip(pictures)))
        try await peer.setSink(NoScreen(), of: video)
        Process.forgetPeakMemory()
    }

    // MARK: Signalling

    /// One description each way, with all candidates in it.
    private func connect(isOfferer: Bool) async throws {
        if !isOfferer { try await peer.setRemoteDescription(Description(kind: .offer, sdp: Message.receive())) }
        try await peer.setLocalDescription()
        var hasSpoken = false
        for await event in peer.events {
            switch event {
            case .iceGatheringStateChanged(.complete):
                Message.send(await peer.localDescription?.sdp ?? "")
                hasSpoken = true
                guard isOfferer else { break }
                try await peer.setRemoteDescription(Description(kind: .answer, sdp: Message.receive()))
            case .connectionStateChanged(.connected): if hasSpoken { return }
            case .connectionStateChanged(.failed): fail("the participants did not connect")
            default: break
            }
        }
    }

    // MARK: Measuring

    private func measure() async throws {
        try await Task.sleep(for: Self.settling)
        let before = await Snapshot(peer)
        try await Task.sleep(for: .seconds(seconds))
        let after = await Snapshot(peer)
        let elapsed = Double(after.wall - before.wall) / 1e9
        print("call_s_per_min \((after.cpu - before.cpu) / elapsed * 60)")
        print("encoded_per_s \(Double(after.encoded - before.encoded) / elapsed)")
        print("decoded_per_s \(Double(after.decoded - before.decoded) / elapsed)")
        print("sent_kbps \(Double(after.sentBytes - before.sentBytes) * 8 / 1000 / elapsed)")
        for (name, seconds) in Process.group(after.threads, since: before.threads) {
            print("\(name)_s_per_min \(seconds / elapsed * 60)")
        }
        // The clip is the benchmark's own.
        print("peak_rss_mib \(Double(Process.peakMemory() - clipBytes) / 1_048_576)")
        await peer.close()
    }
}

/// What had been used and done at one moment.
struct Snapshot {
    let wall = Clock.wall()
    /// Seconds, user and system, of the whole process.
    let cpu = Double(Clock.processCPU()) / 1e9
    let threads = Process.threads()
    let encoded: Int
    let decoded: Int
    let sentBytes: Int

    init(_ peer: PeerConnection) async {
        let statistics = await peer.statistics()
        encoded = statistics.outbound(.video)?.framesEncoded ?? 0
        decoded = statistics.inbound(.video)?.framesDecoded ?? 0
        sentBytes = statistics.transport?.bytesSent ?? 0
    }
}

/// Texts to the other participant and from it: eight hexadecimal digits of length, then the text.
enum Message {
    static func send(_ text: String) {
        let digits = String(text.utf8.count, radix: 16)
        let bytes = Array((String(repeating: "0", count: 8 - digits.count) + digits + text).utf8)
        guard write(0, bytes, bytes.count) == bytes.count else { fail("the other participant is gone") }
    }

    static func receive() -> String {
        guard let count = Int(String(decoding: read(8), as: UTF8.self), radix: 16) else { fail("not a message") }
        return String(decoding: read(count), as: UTF8.self)
    }

    private static func read(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(0, $0.baseAddress! + filled, count - filled) }
            guard got > 0 else { fail("the other participant is gone") }
            filled += got
        }
        return bytes
    }
}
