import RapportBase

/// The same numbers for the same seed, so that a failure can be repeated.
typealias SeededGenerator = SplitMix
