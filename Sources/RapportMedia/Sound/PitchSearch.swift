/// Finds the shift at which a stretch of sound is most like itself: the pitch period of speech, or a multiple of it.
///
/// The search runs on every sixth of the summed samples (8 kHz) and is refined at the full rate, so it costs about
/// 15 000 multiplications.
enum PitchSearch {
    /// 2.5 to 15 ms at 48 kHz: voices from 400 down to 67 Hz.
    static let shortest = 120
    static let longest = 720
    /// 10 ms are compared.
    static let window = 480
    private static let coarse = 6

    /// A shift and how alike the two stretches are: the normalized correlation, -1...1.
    struct Match: Equatable {
        var lag: Int
        var likeness: Float
    }

    /// The best shift of the window at `start` by `shortest...longest` samples to later (`forward`) or earlier sound.
    /// - Parameters:
    ///   - sound: frames of `channels` interleaved samples; all that is compared must lie within it.
    ///   - limit: longest shift tried; nil is returned if it is below `shortest`.
    static func best(
        in sound: UnsafeBufferPointer<Int16>, channels: Int, at start: Int, forward: Bool, limit: Int
    ) -> Match? {
        let most = min(limit, longest) / coarse * coarse
        guard most >= shortest else { return nil }
        let first = forward ? start : start - most
        let span = window + most
        guard first >= 0, first + span <= sound.count / channels else { return nil }
        let rough = coarseLag(sound, channels, first: first, most: most, forward: forward)
        return refine(sound, channels, start: start, rough: rough, most: most, forward: forward)
    }

    private static func coarseLag(
        _ sound: UnsafeBufferPointer<Int16>, _ channels: Int, first: Int, most: Int, forward: Bool
    ) -> Int {
        let (windowSteps, steps) = (window / coarse, most / coarse)
        // 800 bytes: what is larger than 1024 is not taken from the stack.
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: windowSteps + steps) { sums in
            decimate(sound, channels, from: first, into: sums)
            let reference = forward ? 0 : steps
            var (best, bestLikeness) = (shortest, -Float.infinity)
            for step in shortest / coarse...steps {
                let found = likeness(sums, reference, forward ? step : steps - step, count: windowSteps)
                if found > bestLikeness { (best, bestLikeness) = (step * coarse, found) }
            }
            return best
        }
    }

    private static func likeness(
        _ sums: UnsafeMutableBufferPointer<Float>, _ a: Int, _ b: Int, count: Int
    ) -> Float {
        var (product, energyA, energyB) = (Float(0), Float(1), Float(1))
        for index in 0..<count {
            product += sums[a + index] * sums[b + index]
            energyA += sums[a + index] * sums[a + index]
            energyB += sums[b + index] * sums[b + index]
        }
        return product / (energyA * energyB).squareRoot()
    }

    private static func refine(
        _ sound: UnsafeBufferPointer<Int16>, _ channels: Int, start: Int, rough: Int, most: Int, forward: Bool
    ) -> Match {
        var best = Match(lag: rough, likeness: -.infinity)
        for lag in max(shortest, rough - coarse)...min(most, rough + coarse) {
            let other = forward ? start + lag : start - lag
            let likeness = likeness(sound, channels, start, other, count: window)
            if likeness > best.likeness { best = Match(lag: lag, likeness: likeness) }
        }
        return best
    }

    /// Normalized correlation of two stretches of `count` frames.
    static func likeness(
        _ sound: UnsafeBufferPointer<Int16>, _ channels: Int, _ a: Int, _ b: Int, count: Int
    ) -> Float {
        var (product, energyA, energyB) = (Float(0), Float(1), Float(1))
        for index in 0..<count * channels {
            let (x, y) = (Float(sound[a * channels + index]), Float(sound[b * channels + index]))
            product += x * y
            energyA += x * x
            energyB += y * y
        }
        return product / (energyA * energyB).squareRoot()
    }

    private static func decimate(
        _ sound: UnsafeBufferPointer<Int16>, _ channels: Int, from start: Int,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        for index in target.indices {
            var sum = 0
            let base = (start + index * coarse) * channels
            // The first channel counts twice: sound that is the same with opposite signs must not vanish.
            for offset in stride(from: 0, to: coarse * channels, by: channels) {
                sum += 2 * Int(sound[base + offset]) + (channels > 1 ? Int(sound[base + offset + 1]) : 0)
            }
            target[index] = Float(sum)
        }
    }
}
