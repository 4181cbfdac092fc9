import Rapport
import Testing

@Suite("What a configuration offers and takes", .serialized, .timeLimit(.minutes(1)))
struct ConfigurationTests {
    private func connection(offersFlexFEC: Bool?) async throws -> PeerConnection {
        var configuration = PeerConnectionConfiguration()
        configuration.bindAddresses = ["127.0.0.1"]
        if let offersFlexFEC { configuration.offersFlexFEC = offersFlexFEC }
        let connection = try await PeerConnection(configuration: configuration)
        try await connection.addTrack(.audio(MarkedToneSource()))
        try await connection.addTrack(.video(PatternSource(width: 160, height: 90, seed: 1)))
        return connection
    }

    /// The formats and streams of repair packets that a description names. RFC 5956, RFC 8866 section 6.6.
    private func repairLines(_ description: Description) -> [Substring] {
        description.sdp.split(separator: "\r\n").filter { $0.contains("flexfec") || $0.contains("FEC-FR") }
    }

    @Test("repair packets are named in offers and answers, unless one side has switched them off")
    func flexFEC() async throws {
        for (offers, takes) in [(nil, nil), (true, false), (false, true), (false, false)] as [(Bool?, Bool?)] {
            let (offerer, answerer) = (
                try await connection(offersFlexFEC: offers), try await connection(offersFlexFEC: takes)
            )
            let offer = try await offerer.setLocalDescription()
            try await answerer.setRemoteDescription(offer)
            let answer = try await answerer.setLocalDescription()
            try await offerer.setRemoteDescription(answer)
            // The format and the group of streams.
            #expect(repairLines(offer).count == (offers == false ? 0 : 2), "\(repairLines(offer))")
            #expect(repairLines(answer).count == (offers == nil ? 2 : 0), "\(repairLines(answer))")
            let again = try await answerer.createOffer()
            #expect(repairLines(again).count == (takes == false ? 0 : 2), "\(repairLines(again))")
            await offerer.close()
            await answerer.close()
        }
    }
}
