/// Vector code without the optimiser is two hundred times slower: what needs minutes of sound runs in release builds
/// (`swift test -c release -Xswiftc -enable-testing --filter RapportAudioTests`), the rest always.
enum Build {
    static var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }
}
