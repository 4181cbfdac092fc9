import BenchmarkSupport
import Synchronization

/// When each side first reached each milestone, and who waits for both to have done so.
final class Timeline: Sendable {
    enum Side: Hashable { case offerer, answerer }

    enum Milestone: Hashable { case gathered, ice, connected, frame }

    private struct Key: Hashable {
        var milestone: Milestone
        var side: Side
    }

    private struct State {
        var times: [Key: Int64] = [:]
        var waiter: (milestones: [Milestone], continuation: CheckedContinuation<Void, Never>)?

        func hasReached(_ milestones: [Milestone]) -> Bool {
            milestones.allSatisfy { milestone in
                [.offerer, .answerer].allSatisfy { times[Key(milestone: milestone, side: $0)] != nil }
            }
        }
    }

    private let state = Mutex(State())

    func note(_ milestone: Milestone, _ side: Side) {
        let now = Clock.wall()
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            let key = Key(milestone: milestone, side: side)
            if state.times[key] == nil { state.times[key] = now }
            guard let waiter = state.waiter, state.hasReached(waiter.milestones) else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        ready?.resume()
    }

    /// Returns when both sides have reached every one of `milestones`.
    func wait(for milestones: [Milestone]) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.hasReached(milestones) { return true }
                state.waiter = (milestones, continuation)
                return false
            }
            if isReached { continuation.resume() }
        }
    }

    /// When the later side reached it.
    func last(_ milestone: Milestone) -> Int64 {
        state.withLock { state in
            [Side.offerer, .answerer].compactMap { state.times[Key(milestone: milestone, side: $0)] }.max() ?? 0
        }
    }
}
