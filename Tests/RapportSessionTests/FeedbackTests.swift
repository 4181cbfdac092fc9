import RapportBase
import RapportMedia
import RapportNegotiation
import RapportRTP
import RapportSDP
import Testing

@testable import RapportSession

@Suite("Reports and feedback")
struct FeedbackTests {
    @Test("reports give the path's round trip to both sides", arguments: [10, 50, 200])
    func roundTrip(milliseconds: Int) throws {
        let world = try World.connected(seed: 1, conditions: .init(delay: .milliseconds(milliseconds / 2)))
        world.run(for: .seconds(10))
        for peer in [world.a, world.b] {
            let measured = try #require(peer.session.statistics().roundTrip)
            #expect(abs(measured.inMilliseconds - Double(milliseconds)) < 1, "\(measured)")
            for kind in [MediaKind.audio, .video] {
                let remote = try #require(peer.sender(kind)).remote
                #expect(remote.reports >= 5 && remote.roundTripTimeMeasurements >= 4, "\(remote)")
                #expect(remote.packetsLost == 0)
                #expect(abs(try #require(remote.roundTripTime).inMilliseconds - Double(milliseconds)) < 1)
                #expect(try #require(peer.receiver(kind)).remote.reports >= 5)
            }
        }
    }

    @Test("the sender's report counts what was sent, and names every source")
    func senderReports() throws {
        let world = try World.connected(seed: 2)
        world.back.isTapped = true
        world.run(for: .seconds(3))
        world.drain(for: .seconds(3))
        for kind in [MediaKind.audio, .video] {
            let sent = try #require(world.a.sender(kind)).sent, said = try #require(world.b.receiver(kind)).remote
            #expect(Int(said.packets) == sent.packets - sent.retransmittedPackets)
            #expect(Int(said.octets) == sent.payloadBytes - sent.retransmittedBytes)
        }
    }

    // RFC 3550 section 6.1: every compound packet carries an SDES with the CNAME of each source that it reports for.
    @Test("a compound packet begins with a report and names each of its sources")
    func compounds() throws {
        let world = try World.connected(seed: 3)
        var compounds = 0
        for _ in 0..<40 {
            world.run(for: .milliseconds(100))
            let reports = world.a.session.streams.makeReports(at: world.now)
            guard reports.count == 2 else { continue }
            compounds += 1
            let described = world.a.session.describeSources(of: reports)
            let cname = world.a.session.configuration.canonicalName
            for report in reports {
                guard case .senderReport(let report) = report else {
                    Issue.record("\(report)")
                    continue
                }
                #expect(described.canonicalName(of: report.ssrc) == cname)
            }
        }
        #expect(compounds > 30)
    }

    @Test("a receiver's limit lowers the target, and a higher one lets it rise again")
    func receiverLimit() throws {
        let world = try World.connected(seed: 4)
        world.run(for: .seconds(2))
        let before = try #require(world.a.targets.last)
        #expect(before >= .kilobits(900))
        try inject(.kilobits(300), world)
        #expect(world.a.targets.last == .kilobits(300))
        #expect(world.a.session.statistics().targetBitrate == .kilobits(300))
        let (sentBefore, from) = (world.there.bytes, world.now)
        world.run(for: .seconds(5))
        #expect(world.a.targets.last == .kilobits(300), "growth goes no further than the limit")
        let rate = Double((world.there.bytes - sentBefore) * 8) / (world.now - from).inSeconds
        #expect(rate < 300_000, "\(rate)")
        try inject(.kilobits(5000), world)
        world.run(for: .seconds(10))
        #expect(try #require(world.a.targets.last) > .kilobits(500))
    }

    @Test(
        "a part of a line bounds all that leaves, headers included, until it is given more; a receiver's limit counts beside it"
    )
    func lineShare() throws {
        let world = try World.connected(seed: 4)
        world.run(for: .seconds(2))
        world.a.setLineShare(.kilobits(400), at: world.now)
        world.run(for: .seconds(1))
        let (sentBefore, from) = (world.there.bytes, world.now)
        world.run(for: .seconds(5))
        #expect(world.a.targets.last == .kilobits(400))
        let rate = Double((world.there.bytes - sentBefore) * 8) / (world.now - from).inSeconds
        #expect(rate > 300_000 && rate < 405_000, "\(rate)")
        try inject(.kilobits(300), world)
        #expect(world.a.targets.last == .kilobits(300))
        world.a.setLineShare(.kilobits(200), at: world.now)
        #expect(world.a.targets.last == .kilobits(200))
        try inject(.kilobits(5000), world)
        #expect(world.a.targets.last == .kilobits(200))
        world.a.setLineShare(.kilobits(5000), at: world.now)
        world.run(for: .seconds(10))
        #expect(try #require(world.a.targets.last) > .kilobits(900))
    }

    private func inject(_ limit: Bitrate, _ world: World) throws {
        let source = try #require(world.a.media(.video)).sendSSRC
        world.b.injectRTCP([.remb(ReceiverEstimatedMaximumBitrate(sender: SSRC(9), bitrate: limit, sources: [source]))])
        world.transmit()
        world.run(for: .milliseconds(50))
    }

    @Test("to a peer that tells no arrivals more than a tenth lost lowers the target; after it, the target rises")
    func lossLowersTarget() throws {
        let world = try World.connected(seed: 5, capabilities: .withoutTransportFeedback)
        world.run(for: .seconds(3))
        let before = try #require(world.a.targets.last)
        world.there.conditions.loss = 0.25
        world.run(for: .seconds(5))
        let low = try #require(world.a.targets.last)
        #expect(low < before * 0.7, "\(before) to \(low)")
        // The other way is not concerned.
        #expect(try #require(world.b.targets.last) >= before * 0.95)
        world.there.conditions.loss = 0
        world.run(for: .seconds(10))
        #expect(try #require(world.a.targets.last) > low * 1.3)
    }

    @Test("told when its packets arrive, a sender fills the line at once, and random loss does not frighten it")
    func estimate() throws {
        let world = try World.connected(seed: 15)
        world.run(for: .milliseconds(500))
        let target = world.a.session.statistics().targetBitrate
        #expect(target >= .kilobits(1425), "\(target)")
        let probed = try #require(world.a.sender(.video)).sent.paddingPackets
        #expect(probed > 0 && world.a.session.rate.counters.reported > 30)
        #expect(world.a.session.rate.counters.unknown == 0)
        world.there.conditions.loss = 0.1
        world.run(for: .seconds(10))
        let lossy = world.a.session.statistics().targetBitrate
        #expect(lossy >= .kilobits(1275), "\(lossy)")
        #expect(world.a.session.pathMemory?.rate ?? .zero >= .kilobits(1275))
    }

    @Test("both estimators are to be had, and keep within the limit")
    func estimators() throws {
        for control in CongestionControl.allCases {
            let world = try World.connected(seed: 16, control: control)
            world.run(for: .seconds(5))
            let targets = world.a.targets
            #expect(
                targets.allSatisfy { $0 <= .kilobits(1650) } && targets.last ?? .zero >= .kilobits(900), "\(targets)")
        }
    }

    @Test(
        "feedback about transport-wide numbers is sent where it was agreed, and only there", arguments: [true, false])
    func transportFeedback(isAgreed: Bool) throws {
        let world = try World.connected(seed: 6, capabilities: isAgreed ? .standard : .withoutTransportFeedback)
        world.run(for: .seconds(5))
        for peer in [world.a, world.b] {
            let received = peer.session.statistics().transportFeedbackReceived
            // Every 25 to 100 ms.
            #expect(isAgreed ? (50...250).contains(received) : received == 0, "\(received)")
        }
    }

    @Test("reports by stream find the path's rate as transport-wide numbers do, and are sent where they were agreed")
    func streamReports() throws {
        let world = try World.connected(seed: 17, capabilities: .standard.telling(.streams))
        #expect(world.a.session.streams.usesStreamReports && !world.a.session.streams.sendsTransportFeedback)
        world.run(for: .milliseconds(500))
        #expect(world.a.session.statistics().targetBitrate >= .kilobits(1425))
        world.there.conditions.loss = 0.05
        world.run(for: .seconds(10))
        #expect(world.a.session.statistics().targetBitrate >= .kilobits(1350))
        let counters = world.a.session.rate.counters
        #expect(counters.reported > 1000 && counters.unknown == 0 && counters.untimed == 0, "\(counters)")
        // Each report repeats what the one before it held.
        #expect(counters.duplicate > counters.reported / 4)
        let both = try World.connected(seed: 18)
        #expect(!both.a.session.streams.usesStreamReports && both.a.session.streams.sendsTransportFeedback)
    }

    @Test("however much feedback waits, no datagram is too large and none of it is forgotten")
    func feedbackIsCut() throws {
        let world = try World.connected(seed: 7)
        world.run(for: .seconds(1))
        let media = try #require(world.b.media(.video)).sendSSRC
        let lost = (0..<900).map { SequenceNumber(UInt16($0 * 20)) }
        let before = world.b.sender(.video)?.sent.nacks ?? 0
        for part in 0..<9 {
            world.a.session.feedback.append(
                .nack(GenericNACK(sender: SSRC(1), media: media, lost: Array(lost[part * 100..<(part + 1) * 100]))))
        }
        world.a.session.scheduler.requestFeedback(at: world.now)
        world.run(for: .milliseconds(100))
        #expect(world.b.sender(.video)?.sent.nacks == before + 9)
        #expect(world.there.largest <= 1200)
    }

    @Test("a full intra request is obeyed once, and its repetition is not")
    func fullIntraRequest() throws {
        let world = try World.connected(seed: 8)
        world.run(for: .seconds(1))
        let media = try #require(world.a.media(.video)).sendSSRC
        for number in [UInt8(7), 7, 8] {
            let entry = FullIntraRequest.Entry(source: media, sequenceNumber: number)
            world.b.injectRTCP([.fir(FullIntraRequest(sender: SSRC(9), entries: [entry]))])
            world.run(for: .milliseconds(500))
        }
        #expect(world.a.keyFrameRequests == 2 && world.a.sender(.video)?.sent.firs == 2)
    }

    @Test("a decoder that found nothing to start from makes a request for a key frame")
    func decoderAsks() throws {
        let world = try World.connected(seed: 9)
        world.run(for: .seconds(1))
        let mid = try #require(world.b.mid(.video))
        world.b.session.requestKeyFrame(on: mid, at: world.now, into: &world.b.outputs)
        world.run(for: .milliseconds(100))
        #expect(world.a.keyFrameRequests == 1 && world.a.sender(.video)?.sent.plis == 1)
    }
}

extension Capabilities {
    static var withoutTransportFeedback: Capabilities {
        var capabilities = Capabilities.standard
        capabilities.audio.codecs[0].feedback = []
        capabilities.video.codecs[0].feedback.removeAll {
            $0 == .transportCC || $0 == .repeatedTransportCC || $0 == .congestionControl
        }
        return capabilities
    }
}
