import RapportBase
import RapportRTP
import Testing

@testable import RapportMedia

@Suite("VideoFrameBuffer")
struct VideoFrameBufferTests {
    @Test("a frame comes out whole when its last packet arrives, whatever the order")
    func assembles() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        let packets = video.makeFrame(isKeyFrame: true, packets: 4)
        var frames: [AssembledFrame] = []
        for index in [2, 0, 3, 1] { frames += buffer.insert(packets[index], at: .milliseconds(Int64(index))) }
        #expect(frames.count == 1)
        let expected = SyntheticVideo.bytes(frame: 0, isKeyFrame: true, count: 160)
        #expect(frames.first?.video.bytes == expected)
        #expect(frames.first?.video.isKeyFrame == true)
        #expect(frames.first?.video.width == 320 && frames.first?.video.height == 240)
        #expect(frames.first?.video.time == .milliseconds(3))
        #expect(frames.first?.firstArrival == .milliseconds(0))
        #expect(frames.first?.packets == 4)
    }

    @Test("frames before the first key frame are not released and a key frame is asked for at a limited rate")
    func startsAtKeyFrame() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        let none = buffer.takeKeyFrameRequest(at: .zero)
        #expect(!none)
        let delta = buffer.insert(video.makeFrame(), at: .milliseconds(1))
        #expect(delta.isEmpty)
        let asked = [1, 100, 499, 502, 700].map { buffer.takeKeyFrameRequest(at: .milliseconds($0)) }
        #expect(asked == [true, false, false, true, false])
        let key = buffer.insert(video.makeFrame(isKeyFrame: true), at: .milliseconds(800))
        #expect(key.numbers == [1])
        let after = buffer.insert(video.makeFrame(), at: .milliseconds(833))
        #expect(after.numbers == [2])
        let skipped = buffer.counters.drops[.skipped]
        let balanced = buffer.isBalanced
        #expect(skipped == 3 && balanced)
    }

    @Test("no key frame is asked for while one arrives, but when its packets stay away")
    func keyFrameArriving() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        let packets = video.makeFrame(isKeyFrame: true, packets: 6)
        // Paced as a browser does at the start of a call: 150 ms from one packet to the next.
        for (index, packet) in packets.dropLast().enumerated() {
            let now = Timestamp.milliseconds(Int64(150 * index))
            _ = buffer.insert(packet, at: now)
            let asked = buffer.takeKeyFrameRequest(at: now)
            let deadline = buffer.deadline
            #expect(!asked && deadline == now + .milliseconds(500))
        }
        // Frames behind it do not count as its packets.
        _ = buffer.insert(video.makeFrame(), at: .milliseconds(790))
        let asked = [1099, 1100].map { buffer.takeKeyFrameRequest(at: .milliseconds($0)) }
        #expect(asked == [false, true])
        let frames = buffer.insert(packets[5], at: .milliseconds(1110))
        #expect(frames.numbers == [0, 1])
    }

    @Test("a frame behind a missing packet waits and follows as soon as the packet is there")
    func waitsForRetransmission() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        _ = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        let broken = video.makeFrame()
        let whole = video.makeFrame()
        let early = buffer.insert([broken[0], broken[2]] + whole, at: .milliseconds(33))
        #expect(early.isEmpty)
        let deadline = buffer.deadline
        #expect(deadline == .milliseconds(73))
        let late = buffer.insert(broken[1], at: .milliseconds(90), isRetransmission: true)
        #expect(late.numbers == [1, 2])
        #expect(late.map(\.wasRetransmitted) == [true, false])
        let quiet = buffer.deadline
        #expect(quiet == nil)
    }

    @Test("when the wait is over the buffer gives up, asks for a key frame and goes on there")
    func givesUp() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        _ = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        let broken = video.makeFrame()
        _ = buffer.insert([broken[0], broken[2]] + video.makeFrame(), at: .milliseconds(33))
        let early = buffer.timeout(at: .milliseconds(1000))
        var asked = buffer.takeKeyFrameRequest(at: .milliseconds(1000))
        #expect(early.isEmpty && !asked)
        let late = buffer.timeout(at: .milliseconds(1033))
        asked = buffer.takeKeyFrameRequest(at: .milliseconds(1033))
        #expect(late.isEmpty && asked)
        let useless = buffer.insert(broken[1], at: .milliseconds(1040))
        let delta = buffer.insert(video.makeFrame(), at: .milliseconds(1041))
        #expect(useless.isEmpty && delta.isEmpty)
        let key = buffer.insert(video.makeFrame(isKeyFrame: true) + video.makeFrame(), at: .milliseconds(1100))
        #expect(key.numbers == [4, 5])
        let counters = buffer.counters
        let balanced = buffer.isBalanced
        #expect(counters.givenUp == 1 && balanced)
    }

    @Test("a complete key frame ends a gap after the short wait")
    func skipsToKeyFrame() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        _ = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        _ = video.makeFrame()
        let key = video.makeFrame(isKeyFrame: true)
        let held = buffer.insert(key, at: .milliseconds(66))
        #expect(held.isEmpty)
        let released = buffer.timeout(at: .milliseconds(106))
        #expect(released.numbers == [2])
        let asked = buffer.takeKeyFrameRequest(at: .milliseconds(106))
        #expect(!asked)
    }

    @Test("a missing non-reference frame is passed over when its number is known")
    func skipsNonReference() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        _ = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        let disposable = video.makeFrame(nonReference: true)
        _ = buffer.insert(Array(disposable.prefix(2)) + video.makeFrame(), at: .milliseconds(33))
        let released = buffer.timeout(at: .milliseconds(80))
        #expect(released.numbers == [2])
        let reference = video.makeFrame()
        _ = buffer.insert(Array(reference.prefix(2)) + video.makeFrame(), at: .milliseconds(100))
        let held = buffer.timeout(at: .milliseconds(180))
        #expect(held.isEmpty)
    }

    @Test("RFC 7741 section 4.2: the next frame of the lowest temporal layer does without the higher ones")
    func temporalLayers() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        _ = buffer.insert(video.makeFrame(isKeyFrame: true, temporal: (255, 0, false)), at: .zero)
        _ = video.makeFrame(temporal: (255, 1, true))
        let base = video.makeFrame(temporal: (0, 0, false))
        let held = buffer.insert(base, at: .milliseconds(66))
        #expect(held.isEmpty)
        let released = buffer.timeout(at: .milliseconds(110))
        #expect(released.numbers == [2])
        // Two lowest-layer frames further nothing can be decoded without the one in between.
        _ = video.makeFrame(temporal: (1, 0, false))
        _ = buffer.insert(video.makeFrame(temporal: (2, 0, false)), at: .milliseconds(130))
        let stuck = buffer.timeout(at: .milliseconds(200))
        #expect(stuck.isEmpty)
    }

    @Test("padding takes a sequence number and nothing else")
    func padding() {
        var video = SyntheticVideo()
        video.hasPictureID = false
        var buffer = VideoFrameBuffer()
        var frames = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        frames += buffer.insert(video.makePadding(), at: .milliseconds(10))
        let late = video.makePadding()
        frames += buffer.insert(video.makeFrame(), at: .milliseconds(33))
        #expect(frames.numbers == [0])
        frames += buffer.insert(late, at: .milliseconds(34))
        #expect(frames.numbers == [0, 1])
        let balanced = buffer.isBalanced
        #expect(balanced)
    }

    @Test("a lost padding packet holds nobody up when frames are numbered")
    func lostPadding() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        var frames = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        _ = video.makePadding()
        frames += buffer.insert(video.makeFrame(), at: .milliseconds(33))
        #expect(frames.numbers == [0, 1])
    }

    @Test("duplicates, late and oversized packets are dropped under their reason")
    func drops() {
        var video = SyntheticVideo()
        var configuration = VideoFrameBuffer.Configuration()
        configuration.slotBytes = 100
        var buffer = VideoFrameBuffer(configuration)
        let key = video.makeFrame(isKeyFrame: true)
        _ = buffer.insert([key[0], key[0], key[1], key[2], key[1]], at: .zero)
        var huge = video.makeFrame(packets: 1)
        huge[0].payload = Array(repeating: 1, count: 101)
        _ = buffer.insert(huge, at: .zero)
        var empty = video.makeFrame(packets: 1)
        empty[0].payload = []
        _ = buffer.insert(empty, at: .zero)
        let drops = buffer.counters.drops
        #expect(drops[.duplicate] == 1 && drops[.late] == 1 && drops[.oversized] == 1 && drops[.malformed] == 1)
        #expect(drops.total == 4)
    }

    @Test("a key frame with a wrong start code is dropped and the next one taken")
    func malformedKeyFrame() {
        var video = SyntheticVideo()
        var buffer = VideoFrameBuffer()
        var bad = video.makeFrame(isKeyFrame: true)
        bad[0].payload[3] = 0
        let none = buffer.insert(bad, at: .zero)
        #expect(none.isEmpty)
        let good = buffer.insert(video.makeFrame(isKeyFrame: true), at: .milliseconds(33))
        #expect(good.numbers == [1])
        let malformed = buffer.counters.drops[.malformed]
        let balanced = buffer.isBalanced
        #expect(malformed == 3 && balanced)
    }

    @Test("sequence numbers, picture ids and media time wrap")
    func wraps() {
        var video = SyntheticVideo(sequence: 65_500, timestamp: .max - 5000, pictureID: 0x7FFB)
        var buffer = VideoFrameBuffer()
        var frames = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        for step in 1...40 { frames += buffer.insert(video.makeFrame(), at: .milliseconds(Int64(step) * 33)) }
        #expect(frames.numbers == Array(0...40))
    }

    @Test("a stream that starts again elsewhere is followed from its second packet on")
    func restarts() {
        var video = SyntheticVideo(sequence: 1000)
        var buffer = VideoFrameBuffer()
        _ = buffer.insert(video.makeFrame(isKeyFrame: true), at: .zero)
        video.sequence = SequenceNumber(40_000)
        let first = buffer.insert(video.makeFrame(isKeyFrame: true, packets: 1), at: .milliseconds(10))
        let second = buffer.insert(video.makeFrame(isKeyFrame: true, packets: 1), at: .milliseconds(20))
        #expect(first.isEmpty)
        #expect(second.numbers == [2])
        let jumps = buffer.counters.drops[.jump]
        let balanced = buffer.isBalanced
        #expect(jumps == 1 && balanced)
    }

    @Test(
        "under random loss, order and duplication frames come out once, in decode order, and every packet is counted",
        arguments: 1...40)
    func randomArrivals(seed: UInt64) {
        var run = RandomVideoRun(seed: seed)
        var buffer = VideoFrameBuffer(run.configuration)
        run.drive(&buffer)
        #expect(run.released == run.released.sorted(), "seed \(seed)")
        #expect(Set(run.released).count == run.released.count, "seed \(seed)")
        #expect(run.undecodable == [], "seed \(seed)")
        #expect(run.unbalanced == 0, "seed \(seed)")
        #expect(run.mostHeld <= run.configuration.slots, "seed \(seed)")
        #expect(run.released.count > 20, "seed \(seed)")
    }
}

/// Sends a synthetic stream through a bad network into a buffer; lost packets come back after a round trip, mostly.
struct RandomVideoRun {
    var configuration = VideoFrameBuffer.Configuration()
    var released: [Int] = []
    /// Frames released although the one before them was not, and they are no key frames.
    var undecodable: [Int] = []
    var unbalanced = 0
    var mostHeld = 0
    private var generator: SeededGenerator
    private var arrivals: [(time: Int64, packet: VideoPacket, again: Bool)] = []
    private var keyFrames: Set<Int> = []
    private var forceKeyFrame = false

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        configuration.slots = 128
        configuration.maximumWait = .milliseconds(400)
    }

    mutating func drive(_ buffer: inout VideoFrameBuffer) {
        let (loss, recovery, jitter) = (
            Double.random(in: 0..<0.15, using: &generator), Double.random(in: 0.3..<1, using: &generator),
            Int64.random(in: 1...40, using: &generator)
        )
        var video = SyntheticVideo(
            sequence: .random(in: 0...(.max), using: &generator), timestamp: .random(in: 0...(.max), using: &generator),
            pictureID: .random(in: 0...0x7FFF, using: &generator))
        video.hasPictureID = generator.chance(0.7)
        for millisecond in Int64(0)..<12_000 {
            if millisecond % 33 == 0 { send(&video, at: millisecond, loss, recovery, jitter) }
            deliver(at: millisecond, to: &buffer)
        }
    }

    private mutating func send(
        _ video: inout SyntheticVideo, at now: Int64, _ loss: Double, _ recovery: Double, _ jitter: Int64
    ) {
        let isKeyFrame = video.frame == 0 || forceKeyFrame
        forceKeyFrame = false
        if isKeyFrame { keyFrames.insert(video.frame) }
        var packets = video.makeFrame(
            isKeyFrame: isKeyFrame, packets: .random(in: 1...(isKeyFrame ? 20 : 6), using: &generator))
        if generator.chance(0.1) { packets.append(video.makePadding()) }
        for packet in packets {
            let delay = Int64.random(in: 0...jitter, using: &generator)
            if !generator.chance(loss) {
                arrivals.append((now + delay, packet, false))
                if generator.chance(0.05) { arrivals.append((now + delay + 3, packet, false)) }
            } else if generator.chance(recovery) {
                arrivals.append((now + 80 + delay, packet, true))
            }
        }
    }

    private mutating func deliver(at now: Int64, to buffer: inout VideoFrameBuffer) {
        let due = arrivals.filter { $0.time <= now }
        arrivals.removeAll { $0.time <= now }
        var frames: [AssembledFrame] = []
        for arrival in due {
            frames += buffer.insert(arrival.packet, at: .milliseconds(now), isRetransmission: arrival.again)
        }
        if let deadline = buffer.deadline, deadline <= .milliseconds(now) {
            frames += buffer.timeout(at: .milliseconds(now))
        }
        if buffer.takeKeyFrameRequest(at: .milliseconds(now)) { forceKeyFrame = true }
        for number in frames.numbers {
            if !keyFrames.contains(number), released.last != number - 1 { undecodable.append(number) }
            released.append(number)
        }
        if !buffer.isBalanced { unbalanced += 1 }
        mostHeld = max(mostHeld, buffer.heldPackets)
    }
}
