import CNice
import Glibc

/// The timers of one executor: a heap by deadline over one timerfd.
///
/// GLib 2.74 polls in whole milliseconds, rounded up: a ready time is met up to 1 ms late. A timerfd is met within
/// tens of microseconds.
struct TimerQueue {
    private(set) var heap: [ExecutorTimer] = []
    private var descriptor: CInt = -1
    private var source: UnsafeMutablePointer<GSource>?
    private var armedFor: Int64?
    private var isFiring = false

    mutating func open(_ functions: UnsafeMutablePointer<GSourceFuncs>) -> UnsafeMutablePointer<GSource>? {
        descriptor = timerfd_create(CLOCK_MONOTONIC, CInt(TFD_NONBLOCK | TFD_CLOEXEC))
        guard descriptor >= 0, let source = g_source_new(functions, GLibExecutor.sourceSize) else { return nil }
        GLibExecutor.keepPolled(source)
        g_source_add_unix_fd(source, descriptor, G_IO_IN)
        self.source = source
        return source
    }

    mutating func closeSource() {
        if let source {
            g_source_destroy(source)
            g_source_unref(source)
        }
        if descriptor >= 0 { close(descriptor) }
        source = nil
        descriptor = -1
    }

    mutating func removeAll() {
        for timer in heap { timer.position = nil }
        heap.removeAll()
    }

    mutating func insert(_ timer: ExecutorTimer) {
        timer.position = heap.count
        heap.append(timer)
        siftUp(heap.count - 1)
        arm()
    }

    mutating func remove(_ timer: ExecutorTimer) {
        guard let position = timer.position else { return }
        timer.position = nil
        let last = heap.removeLast()
        guard last !== timer else { return }
        heap[position] = last
        last.position = position
        siftDown(position)
        siftUp(last.position ?? position)
    }

    /// Takes out every timer due at `now`; the descriptor is not armed again before `endFiring`.
    mutating func beginFiring(at now: Int64, into due: inout [ExecutorTimer]) {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        armedFor = nil
        isFiring = true
        while let first = heap.first, first.deadline <= now {
            remove(first)
            due.append(first)
        }
    }

    mutating func endFiring() {
        isFiring = false
        arm()
    }

    /// Arms only for an earlier deadline; a wake-up for a timer that was put off costs less than a system call.
    private mutating func arm() {
        guard !isFiring, let first = heap.first, first.deadline < armedFor ?? .max else { return }
        armedFor = first.deadline
        let deadline = Swift.max(first.deadline, 1)  // zero would disarm
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(deadline / 1_000_000_000)
        setting.it_value.tv_nsec = Int(deadline % 1_000_000_000)
        timerfd_settime(descriptor, CInt(TFD_TIMER_ABSTIME), &setting, nil)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0, heap[index].deadline < heap[(index - 1) / 2].deadline {
            exchange(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in (2 * index + 1)...(2 * index + 2)
            where child < heap.count && heap[child].deadline < heap[least].deadline { least = child }
            if least == index { return }
            exchange(index, least)
            index = least
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        heap[a].position = a
        heap[b].position = b
    }
}
