import Glibc
import RapportBase
import Synchronization
import Testing

@testable import RapportICE

/// Runs `body` on a fresh executor's thread and gives its answer.
func onExecutor<R: Sendable>(
    _ executor: GLibExecutor, _ body: @escaping @Sendable () -> R
) async -> R {
    await withCheckedContinuation { continuation in
        executor.perform { continuation.resume(returning: body()) }
    }
}

@Suite("GLibExecutor")
struct GLibExecutorTests {
    actor Worker {
        nonisolated let executor: GLibExecutor
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        var count = 0
        init(_ executor: GLibExecutor) { self.executor = executor }
        func add() -> Bool {
            count += 1
            return executor.isCurrent
        }
        nonisolated func addFromCallback() { assumeIsolated { $0.count += 1 } }
    }

    @Test("actors run on the executor's thread, tasks with its preference too")
    func isolation() async {
        let executor = GLibExecutor(name: "test-isolation")
        let worker = Worker(executor)
        for _ in 0..<100 { #expect(await worker.add()) }
        #expect(await worker.count == 100)
        let isCurrent = await Task(executorPreference: executor) { executor.isCurrent }.value
        #expect(isCurrent)
        #expect(!executor.isCurrent)
        #expect(executor.isIsolatingCurrentContext() == false)
        #expect(
            await onExecutor(executor) {
                worker.addFromCallback(); return executor.isIsolatingCurrentContext()
            } == true)
        #expect(await worker.count == 101)
        executor.stop()
    }

    @Test("stop runs what is queued before it ends, and may be called twice")
    func drain() async {
        let executor = GLibExecutor(name: "test-drain")
        let done = Atomic<Int>(0)
        for _ in 0..<1000 { executor.perform { done.add(1, ordering: .relaxed) } }
        executor.stop()
        #expect(done.load(ordering: .relaxed) == 1000)
        executor.stop()
    }

    @Test("an executor can be stopped from its own thread")
    func stopInside() async {
        let executor = GLibExecutor(name: "test-inside")
        let stopped = await onExecutor(executor) {
            executor.stop(); return true
        }
        #expect(stopped)
    }

    @Test("the pool hands out executors in turn and never stops them")
    func pool() async {
        var names: Set<String> = []
        for _ in 0..<8 {
            let executor = GLibExecutor.pooled()
            names.insert(executor.name)
            #expect(await onExecutor(executor) { executor.isCurrent })
        }
        #expect(names.count == max(1, min(4, sysconf(CInt(_SC_NPROCESSORS_ONLN)))))
    }

    /// Fires recorded on the executor's thread.
    final class Log: @unchecked Sendable {
        var times: [Int64] = []
        var timer: ExecutorTimer?
        var order: [Int] = []
    }

    @Test("timers fire in order of their deadlines whatever the order they were made in")
    func order() async {
        let executor = GLibExecutor(name: "test-order")
        let log = Log()
        let order = await withCheckedContinuation { continuation in
            executor.perform {
                var generator = SplitMix(seed: 7)
                let start = executor.now
                for index in (1...200).shuffled(using: &generator) {
                    executor.makeTimer { log.order.append(index) }.schedule(at: start + Int64(index) * 50_000)
                }
                executor.addTimer(after: .milliseconds(40)) { continuation.resume(returning: log.order) }
            }
        }
        #expect(order == Array(1...200))
        executor.stop()
    }

    @Test("a cancelled timer does not fire, not even when due in the same moment; a moved one fires once")
    func cancel() async {
        let executor = GLibExecutor(name: "test-cancel")
        let log = Log()
        let order = await withCheckedContinuation { continuation in
            executor.perform {
                let at = executor.now + 2_000_000
                let victim = executor.makeTimer { log.order.append(-1) }
                let moved = executor.makeTimer { log.order.append(2) }
                let killer = executor.makeTimer {
                    log.order.append(1)
                    victim.cancel()
                    moved.schedule(after: .milliseconds(1))
                }
                killer.schedule(at: at)
                victim.schedule(at: at + 1)
                moved.schedule(at: at + 2)
                // All three are due when the thread gets to them.
                while executor.now < at + 1_000_000 {}
                executor.addTimer(after: .milliseconds(10)) { continuation.resume(returning: log.order) }
            }
        }
        #expect(order == [1, 2])
        executor.stop()
    }

    @Test("a 10 ms tick keeps its absolute schedule")
    func tick() async {
        let executor = GLibExecutor(name: "test-tick")
        let log = Log()
        let start = executor.now + 10_000_000
        let times = await withCheckedContinuation { continuation in
            executor.perform {
                log.timer = executor.makeTimer {
                    log.times.append(executor.now)
                    guard log.times.count == 50 else { return }
                    log.timer?.cancel()
                    continuation.resume(returning: log.times)
                }
                log.timer?.schedule(every: .milliseconds(10), startingAt: start)
            }
        }
        let late = times.enumerated().map { $1 - start - Int64($0) * 10_000_000 }
        #expect(late.allSatisfy { $0 >= 0 })
        let median = late.sorted()[25]
        print("10 ms tick: median \(median / 1000) µs late, worst \((late.max() ?? 0) / 1000) µs")
        // Drift would show as lateness that grows with every tick.
        #expect(median < 5_000_000)
        executor.stop()
    }

    @Test("a tick that was held up is made up for five intervals and skips the rest")
    func backlog() async {
        let executor = GLibExecutor(name: "test-backlog")
        let log = Log()
        let skipped = await withCheckedContinuation { continuation in
            executor.perform {
                let start = executor.now + 1_000_000
                log.timer = executor.makeTimer {
                    log.times.append(executor.now)
                    if log.times.count == 1 { while executor.now < start + 100_000_000 {} }
                    guard log.times.count == 3 else { return }
                    log.timer?.cancel()
                    continuation.resume(returning: log.timer?.skippedTicks ?? 0)
                }
                log.timer?.schedule(every: .milliseconds(1), startingAt: start)
            }
        }
        #expect(skipped >= 90)
        log.timer = nil
        executor.stop()
    }
}
