/// What was played, by its place on the loudspeaker's time line, until the canceller takes it: every sample that was
/// handed to the daemon, silence included, and in the same order.
///
/// Reading follows writing by `hold` samples. The two clocks differ, so the distance creeps; it is set right by 10 ms
/// when it leaves its range for seconds, which the canceller takes as a small change of the path.
struct RenderReference: ~Copyable {
    static let block = 480
    /// Samples that are remembered: 1.4 s.
    static let capacity = 65_536
    /// Read this far behind the newest sample unless told otherwise: sooner than anything can be heard and come back.
    static let usualHold = 960
    /// A loudspeaker asks for several blocks at once; so much more may be there without being too far behind.
    private static let burst = 1_440
    /// Farther from where it should be, reading begins anew there: 0.3 s.
    private static let longest = 14_400
    /// Reads over which the distance is judged.
    private static let window = 100
    /// One such window with nothing left to read may be a program that stood still; so many are a slow loudspeaker.
    private static let dryPatience = 3
    /// So many reads in a row that found nothing, while as much was written as half of them asked for: reading is ahead
    /// of writing to stay, because silence stood in for a microphone whose own blocks came after all.
    private static let emptyPatience = 8

    private let ring: UnsafeMutablePointer<Int16>
    /// Samples written so far.
    private(set) var written = 0
    /// The next sample to be read; nil until something was written.
    private var place: Int?
    private(set) var hold = RenderReference.usualHold
    private(set) var slips = 0
    private var reads = 0
    private var nearest = Int.max
    private var dryWindows = 0
    private var empty = (reads: 0, written: 0)

    init() {
        ring = .allocate(capacity: Self.capacity)
        ring.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { ring.deallocate() }

    /// Notes what is handed to the daemon.
    mutating func wrote(_ samples: UnsafePointer<Int16>, count: Int) {
        for index in 0..<count { ring[(written &+ index) & (Self.capacity - 1)] = samples[index] }
        written &+= count
        // The daemon makes up for what was late, so that writing passes reading again. Where it does not, its time
        // line stood still, too: at the start of a device, or while it was suspended.
        guard let place, place > written else { return }
        self.place = nil
        slips += 1
    }

    /// Reads the next block; zeros where nothing was written (yet).
    mutating func read(into block: UnsafeMutablePointer<Int16>) {
        block.update(repeating: 0, count: Self.block)
        guard written > 0 else { return }
        let from = start()
        let first = max(from, written - Self.capacity, 0), end = min(from + Self.block, written)
        if first < end {
            for index in first..<end { block[index - from] = ring[index & (Self.capacity - 1)] }
        }
        place = from + Self.block
        judge(distance: written - from - Self.block)
        noteEmpty(first >= end)
    }

    private mutating func noteEmpty(_ isEmpty: Bool) {
        guard isEmpty else { return empty = (0, written) }
        empty.reads += 1
        guard empty.reads >= Self.emptyPatience, written - empty.written >= Self.emptyPatience / 2 * Self.block else {
            return
        }
        place = nil
        slips += 1
        empty = (0, written)
    }

    /// Where to read: on from the last block, unless reading or writing stood still for long.
    private mutating func start() -> Int {
        let fresh = written - hold - Self.block
        guard let place else { return fresh }
        guard abs(place - fresh) > Self.longest else { return place }
        slips += 1
        return fresh
    }

    private mutating func judge(distance: Int) {
        nearest = min(nearest, distance)
        reads += 1
        guard reads >= Self.window else { return }
        dryWindows = nearest < 0 ? dryWindows + 1 : 0
        if dryWindows >= Self.dryPatience {
            slip(by: -Self.block)
        } else if nearest > hold + Self.burst {
            slip(by: Self.block)
        }
        reads = 0
        nearest = .max
    }

    private mutating func slip(by samples: Int) {
        place = place.map { $0 + samples }
        slips += 1
        dryWindows = 0
    }

    /// Reads `samples` behind the newest sample from now on.
    mutating func hold(back samples: Int) {
        hold = min(max(samples, 0), Self.capacity / 2)
        forgetPlace()
    }

    /// Begins anew: another device.
    mutating func restart() {
        hold = Self.usualHold
        written = 0
        forgetPlace()
    }

    private mutating func forgetPlace() {
        place = nil
        (reads, nearest, dryWindows) = (0, .max, 0)
        empty = (0, written)
    }
}
