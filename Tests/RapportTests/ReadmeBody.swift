import RapportBase
import Rapport

/// What the README shows, line for line; HouseTests compares the two.
enum ReadmeBody {
    static func run() async throws -> Int {
        // README begins
        let (toAlice, toBob) = (SignalingQueue(), SignalingQueue())
        let alice = try await PeerBridge(isPolite: false, channel: toBob)
        let bob = try await PeerBridge(isPolite: true, channel: toAlice)
        Task { for await message in toAlice.messages { await alice.receive(message) } }
        Task { for await message in toBob.messages { await bob.receive(message) } }
        for bridge in [alice, bob] {
            try await bridge.connection.addTrack(.audio(MarkedToneSource()))
            try await bridge.connection.addTrack(.video(PatternSource(width: 640, height: 360)))
            await bridge.start()
        }
        for await event in bob.events {
            guard case .connectionStateChanged(.connected) = event else { continue }
            print("Connected, end-to-end encrypted.")
            break
        }
        var pictures = 0
        while pictures < 100 {
            try await Task.sleep(for: .milliseconds(100))
            pictures = await bob.connection.statistics().inbound(.video)?.framesDecoded ?? 0
        }
        print("\(pictures) pictures received.")
        await alice.close()
        await bob.close()
        // README ends
        return pictures
    }
}
