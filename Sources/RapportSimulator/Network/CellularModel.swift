import Glibc
public import RapportBase

/// A made-up cellular downlink: a rate that wanders slowly with the place, fast with fading, and sometimes is gone.
public struct CellularModel: Sendable, Equatable {
    /// Median rate.
    public var rate: Bitrate
    /// Deviations of the logarithm, of the slow and the fast part, and how long each remembers.
    public var slow = 0.35
    public var slowMemory: Duration = .seconds(10)
    public var fast = 0.35
    public var fastMemory: Duration = .milliseconds(600)
    /// Mean time between handovers, in which nothing is carried for `handover`.
    public var betweenHandovers: Duration = .seconds(25)
    public var handover: Duration = .milliseconds(300)

    public init(rate: Bitrate) { self.rate = rate }

    /// A trace of this length from a seed.
    ///
    /// - Throws: `emptyTrace` when the rate carries not one packet in that time, `traceTooLong`.
    public func trace(seconds: Int, seed: UInt64) throws(SimulatorError) -> DeliveryTrace {
        var generator = SimulationGenerator(seed: seed)
        var (slowPart, fastPart, credit) = (0.0, 0.0, 0.0)
        var goneUntil = 0
        var deliveries: [Int64] = []
        let handoverChance = 0.001 / max(betweenHandovers.inSeconds, 0.001)
        for millisecond in 1...max(seconds * 1000, 1) {
            step(&slowPart, slow, slowMemory, &generator)
            step(&fastPart, fast, fastMemory, &generator)
            if generator.uniform() < handoverChance { goneUntil = millisecond + Int(handover.inMilliseconds) }
            guard millisecond >= goneUntil else { continue }
            let now = Double(rate.bitsPerSecond) * exp(slowPart + fastPart)
            credit += now / 8000 / Double(DeliveryTrace.bytesPerDelivery)
            while credit >= 1 {
                deliveries.append(Int64(millisecond))
                credit -= 1
            }
        }
        return try DeliveryTrace(deliveries: deliveries)
    }

    // One millisecond of a process that forgets exponentially and keeps its deviation.
    private func step(
        _ value: inout Double, _ deviation: Double, _ memory: Duration, _ generator: inout SimulationGenerator
    ) {
        let kept = exp(-0.001 / max(memory.inSeconds, 0.001))
        value = value * kept + deviation * (1 - kept * kept).squareRoot() * generator.gaussian(bound: 4)
    }
}
