/// The level and colour of the background, from the quietest blocks of the last seconds.
struct NoiseFloor: Sendable {
    /// RMS of the floor in units of a sample; falls at once, rises 3 dB a second.
    private(set) var level: Float = 64
    /// How much a sample of the floor is like the one before it, 0..<1: one number for its colour.
    private(set) var colour: Float = 0.7
    private static let rise: Float = 1.003_5

    /// Takes a block of 10 ms; `blockRMS` is its own level.
    mutating func take(blockRMS: Float, neighbours: Float) {
        if blockRMS < level {
            level = max(blockRMS, 1)
            colour += (max(0, min(neighbours, 0.95)) - colour) / 8
        } else {
            level = min(level * Self.rise, 512)
        }
    }

    /// Hardly more than the background, or too low to be speech: nobody hears what is done to it.
    func isQuiet(_ rms: Float) -> Bool { rms < 40 || rms < level * 2 && rms < 400 }
}
