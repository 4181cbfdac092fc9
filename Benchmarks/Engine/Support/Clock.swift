import Glibc

/// Clocks that a benchmark reads, in nanoseconds.
public enum Clock {
    /// CPU time of the calling thread, user and system.
    public static func threadCPU() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// CPU time of all threads of this process.
    public static func processCPU() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// Time that passes whatever runs.
    public static func wall() -> Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
