import Glibc
import Synchronization

extension GLibExecutor {
    /// The executors that sessions share: one for each core, at most four, made at first use and never stopped.
    private static let pool: [GLibExecutor] = {
        let cores = max(1, min(4, sysconf(CInt(_SC_NPROCESSORS_ONLN))))
        return (0..<cores).map { GLibExecutor(name: "rapport-\($0)") }
    }()

    private static let nextPooled = Atomic<Int>(0)

    /// The next executor of the shared pool, in turn.
    public static func pooled() -> GLibExecutor {
        let turn = nextPooled.wrappingAdd(1, ordering: .relaxed).oldValue
        return pool[(turn & Int.max) % pool.count]
    }
}
