/// The canceller without the optimiser is two hundred times slower than time: what uses it over a daemon runs in
/// release builds, as `make test-sound` makes them.
enum Build {
    static var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }
}
