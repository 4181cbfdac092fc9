import Rapport
import RapportBase
import RapportNegotiation
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct BridgeTests {
    @Test("Two bridges that offer at once connect all the same")
    func glare() async throws {
        let (polite, impolite, pumps) = try await bridges()
        let (politeUp, impoliteUp) = (Flag(), Flag())
        let watchers = [watch(polite, politeUp), watch(impolite, impoliteUp)]
        await polite.start()
        await impolite.start()
        await politeUp.wait(for: 1)
        await impoliteUp.wait(for: 1)
        #expect(await polite.connection.signalingState == .stable)
        #expect(await impolite.connection.signalingState == .stable)
        await close(polite, impolite, pumps + watchers)
    }

    @Test("A message that makes no sense is counted and the call goes on")
    func malformedMessages() async throws {
        let (polite, impolite, pumps) = try await bridges()
        let (politeUp, impoliteUp) = (Flag(), Flag())
        let watchers = [watch(polite, politeUp), watch(impolite, impoliteUp)]
        await polite.receive(.offer(sdp: "v=0\r\nnonsense"))
        await polite.receive(.answer(sdp: ""))
        #expect(await polite.refusedMessages == 2)
        await polite.start(waitsForOffer: true)
        await impolite.start()
        await politeUp.wait(for: 1)
        await impoliteUp.wait(for: 1)
        await impolite.receive(.answer(sdp: "v=0"))
        #expect(await impolite.refusedMessages == 1)
        await close(polite, impolite, pumps + watchers)
    }

    private func bridges() async throws -> (PeerBridge, PeerBridge, [Task<Void, Never>]) {
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        let (toImpolite, toPolite) = (SignalingQueue(), SignalingQueue())
        let polite = try await PeerBridge(configuration: configuration, isPolite: true, channel: toImpolite)
        let impolite = try await PeerBridge(configuration: configuration, isPolite: false, channel: toPolite)
        for bridge in [polite, impolite] { try await bridge.connection.addTrack(.audio(MarkedToneSource())) }
        let pumps = [
            Task { for await message in toImpolite.messages { await impolite.receive(message) } },
            Task { for await message in toPolite.messages { await polite.receive(message) } },
        ]
        return (polite, impolite, pumps)
    }

    private func watch(_ bridge: PeerBridge, _ up: Flag) -> Task<Void, Never> {
        Task {
            for await event in bridge.events {
                if case .connectionStateChanged(.connected) = event { await up.raise() }
            }
        }
    }

    private func close(_ a: PeerBridge, _ b: PeerBridge, _ tasks: [Task<Void, Never>]) async {
        await a.close()
        await b.close()
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
