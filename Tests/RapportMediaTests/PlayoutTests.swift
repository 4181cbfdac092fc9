import RapportBase
import Testing

@testable import RapportMedia

@Suite("Playout timing")
struct PlayoutTests {
    @Test("frames on an even path are shown a little after they arrive, evenly")
    func evenPath() {
        var playout = VideoPlayout()
        var render: [Timestamp] = []
        for index in 0..<300 {
            let arrival = Timestamp.milliseconds(Int64(index) * 40)
            render.append(
                playout.receive(RTPTimestamp(.max - 50_000) + index * 3600, completed: arrival, wasRetransmitted: false)
            )
        }
        let gaps = Set(zip(render.dropFirst(100), render.dropFirst(99)).map { ($0 - $1) })
        #expect(gaps == [.milliseconds(40)])
        #expect(render[299] - .milliseconds(299 * 40) <= .milliseconds(20))
    }

    @Test("the delay covers the jitter: hardly a frame is shown out of step", arguments: [5.0, 15, 30])
    func jitteryPath(deviation: Double) {
        var generator = SeededGenerator(seed: 3)
        var playout = VideoPlayout()
        var (late, last, total) = (0, Timestamp.zero, 0.0)
        for index in 0..<1500 {
            let sent = Double(index) * 40
            let arrival = max(Timestamp(nanoseconds: Int64((sent + abs(generator.normal(deviation))) * 1e6)), last)
            last = arrival
            let render = playout.receive(RTPTimestamp(0) + index * 3600, completed: arrival, wasRetransmitted: false)
            #expect(render >= arrival)
            guard index >= 250 else { continue }
            if render == arrival { late += 1 }
            total += (render - .milliseconds(Int64(index) * 40)).inMilliseconds
        }
        #expect(Double(late) / 1250 < 0.02)
        #expect(total / 1250 < deviation * 3.5 + 25)
    }

    @Test("frames are shown in order, and a very late one does not hold up the others")
    func order() {
        var playout = VideoPlayout()
        var last = Timestamp.zero
        for index in 0..<100 {
            var arrival = Timestamp.milliseconds(Int64(index) * 33)
            if (50..<55).contains(index) { arrival = .milliseconds(54 * 33) }
            let render = playout.receive(RTPTimestamp(0) + index * 2970, completed: arrival, wasRetransmitted: false)
            #expect(render >= last && render <= arrival + .seconds(1))
            last = render
        }
    }

    @Test("extra delay for lip synchronisation is added, and a jump of the media clock starts anew")
    func syncAndJump() {
        var playout = VideoPlayout()
        for index in 0..<50 {
            _ = playout.receive(
                RTPTimestamp(0) + index * 3600, completed: .milliseconds(Int64(index) * 40), wasRetransmitted: false)
        }
        let plain = playout.receive(RTPTimestamp(50 * 3600), completed: .milliseconds(2000), wasRetransmitted: false)
        playout.syncDelay = .milliseconds(100)
        let delayed = playout.receive(RTPTimestamp(51 * 3600), completed: .milliseconds(2040), wasRetransmitted: false)
        #expect(delayed - plain == .milliseconds(140))
        playout.syncDelay = .zero
        let jumped = playout.receive(
            RTPTimestamp(2_000_000_000), completed: .milliseconds(2300), wasRetransmitted: false)
        #expect(jumped - .milliseconds(2300) <= .milliseconds(30))
    }

    private func run(
        videoLate: Int64, seconds: Int64, from earlier: LipSync = LipSync(), at start: Int64 = 0
    ) -> (sync: LipSync, offset: Double) {
        var sync = earlier
        // Both clocks begin anywhere; at wall clock 1000 s the sound is at 48,000 and the picture at 4,294,900,000.
        sync.receiveSenderReport(.audio, ntp: NTPTime(rawValue: 1000 << 32), rtp: RTPTimestamp(48_000))
        sync.receiveSenderReport(.video, ntp: NTPTime(rawValue: 1000 << 32), rtp: RTPTimestamp(4_294_900_000))
        var measured = 0.0
        for step in start * 5..<(start + seconds) * 5 {
            let now = Timestamp.milliseconds(step * 200)
            let audio = PlayoutPoint(
                rtpTimestamp: RTPTimestamp(48_000) + Int(step) * 9600, time: now + .milliseconds(50) + sync.audioDelay)
            let video = PlayoutPoint(
                rtpTimestamp: RTPTimestamp(4_294_900_000) + Int(step) * 18_000,
                time: now + .milliseconds(50 + videoLate) + sync.videoDelay)
            measured = (video.time - audio.time).inMilliseconds
            sync.update(audio: audio, video: video, at: now)
        }
        return (sync, measured)
    }

    @Test(
        "sound may lead by 40 ms and lag by 60: what is more is taken back, slowly",
        arguments: [200, -200, 90, -90] as [Int64])
    func aligns(videoLate: Int64) {
        let after = run(videoLate: videoLate, seconds: 20)
        #expect(after.offset <= 40 && after.offset >= -60)
        // And no longer than it takes: the rest is left to the eye.
        #expect(after.offset >= 30 || after.offset <= -50)
        let extra = videoLate > 0 ? after.sync.audioDelay : after.sync.videoDelay
        let other = videoLate > 0 ? after.sync.videoDelay : after.sync.audioDelay
        let needed = Double(videoLate > 0 ? videoLate - 40 : -videoLate - 60)
        #expect(extra.inMilliseconds >= needed && extra.inMilliseconds <= needed + 10 && other == .zero)
        let soon = run(videoLate: videoLate, seconds: 1).sync
        #expect(soon.audioDelay + soon.videoDelay <= .milliseconds(80))
    }

    @Test("nothing waits for what nobody notices", arguments: [35, -55] as [Int64])
    func unnoticed(videoLate: Int64) {
        let after = run(videoLate: videoLate, seconds: 20).sync
        #expect(after.audioDelay == .zero && after.videoDelay == .zero)
    }

    @Test("sound that waited for late pictures is let go again once they come earlier")
    func letsGo() {
        let late = run(videoLate: 150, seconds: 10).sync
        #expect(late.audioDelay >= .milliseconds(110))
        let after = run(videoLate: 30, seconds: 10, from: late, at: 10).sync
        #expect(after.audioDelay == .zero && after.videoDelay == .zero)
    }

    @Test("a large offset is limited, an impossible one ignored")
    func limits() {
        let large = run(videoLate: 2000, seconds: 60).sync
        #expect(large.audioDelay == .milliseconds(500))
        let impossible = run(videoLate: 6000, seconds: 10).sync
        #expect(impossible.audioDelay == .zero && impossible.ignored == 50 && impossible.offset == nil)
    }

    @Test("without sender reports of both nothing is compared")
    func unknown() {
        var sync = LipSync()
        sync.receiveSenderReport(.audio, ntp: NTPTime(rawValue: 1 << 32), rtp: RTPTimestamp(0))
        let point = PlayoutPoint(rtpTimestamp: RTPTimestamp(0), time: .zero)
        sync.update(audio: point, video: point, at: .seconds(1))
        #expect(sync.offset == nil)
    }
}
