import RapportBase

extension RapportEstimator {
    /// What happened so far.
    public struct Counters: Sendable, Equatable {
        /// Times a standing queue made it drain.
        public var drains: UInt64 = 0
        public var probes: UInt64 = 0
        /// Experiments on loss, and those that found the rate to be its cause.
        public var lossTrials: UInt64 = 0
        public var lossFromRate: UInt64 = 0
        /// Losses of so much that no experiment was needed.
        public var collapses: UInt64 = 0
        /// Times it began to compete with a flow that fills the queue.
        public var competitions: UInt64 = 0
        /// Times the least delay was found to be another: the path or a clock changed.
        public var newPaths: UInt64 = 0
        /// Times a congestion mark lowered the rate.
        public var markCuts: UInt64 = 0
        /// Times feedback stayed away.
        public var silences: UInt64 = 0
        /// Results with times that cannot be.
        public var nonsense: UInt64 = 0

        public init() {}
    }

    /// Constants, chosen by simulation. Times in seconds.
    enum Tuning {
        static let interval = Duration.milliseconds(25)
        static let lookInterval = 0.06
        static let clearRise = 0.012
        /// Share of a remembered rate to begin at, before the first probe confirms it.
        static let rememberedShare = 0.7
        /// First probe over the start rate.
        static let firstProbe = 4.0
        static let probeFactor = 2.0
        static let probeDuration = Duration.milliseconds(20)
        static let probePackets = 5
        /// A probe must reach this far above the rate to be worth its packets.
        static let worthProbing = 1.1
        static let probePause = 0.7
        /// Share of a passed probe's rate that is taken.
        static let passedShare = 0.95
        static let failedShare = 0.92
        /// Up to this share of what a failed probe came out at, for so many seconds, growth is at least this a second.
        static let probedShare = 0.95
        static let probedAge = 3.0
        static let probedGrowth = 0.35
        /// Room above what the sources could fill.
        static let demandRoom = 1.05
        static let pacingFactor = 1.15
        /// Over what the sources can fill.
        static let pacingAtMost = 1.06
        static let windowSlack = 0.12
        static let leastWindow = 6000
        /// Bits per second that the rate grows by each second near the last capacity: the same for all flows of a queue,
        /// so that they become equal. As a share of the rate within two bounds.
        static let additiveGrowth = 80_000.0
        static let (leastGrowth, mostGrowth) = (0.05, 0.20)
        static let startGrowth = 0.5
        static let persistentLoss = 0.015
        /// Loss that needs no trial, and for how long it has to last.
        static let (collapse, collapseTime) = (0.5, 0.3)
        /// How far back the evenness of losses is looked at, seconds.
        static let dispersionTime = 1.0
        /// Above this the mean delay swings.
        static let steadySwell = 0.008
        /// Share of the growth that is left when a queue begins to show.
        static let nearLimit = 0.4
        static let roundTripShare = 3.0
        /// Where a way is longer than this, growth slows down again: what it does is seen too late.
        static let longLoop = 0.4
        /// Growth a second at most; `growthStep` without a queue doubles it.
        static let fastGrowth = 1.0
        static let growthStep = 0.3
        /// Standing queue that counts as overuse at 1 Mbit/s; less at higher rates, more at lower ones.
        static let queueLimit = 0.006
        static let mostQueueLimit = 0.025
        /// What is kept of the measured capacity after a drain.
        static let keep = 0.97
        static let drainRoom = 0.25
        static let leastOfFailed = 0.4
        /// After a drain without effect the rate stays at this or at this share of what came through, whatever is less,
        /// and at `vainDrain` of that during the next drains.
        static let (vainFloor, vainShare, vainDrain) = (250_000.0, 0.7, 0.75)
        /// Drained beyond what was measured: sources follow late.
        static let drainMargin = 0.003
        static let (refinementTime, refinementWindow, mostStretch) = (0.3, 0.08, 0.012)
        /// Least share of the rate before that one cut leaves.
        static let deepestCut = 0.3
        static let deeperDrain = 0.65
        /// Without overuse for this long the last capacity means nothing any more.
        static let capacityAge = 6.0
        static let (deepestDrain, lightestDrain) = (0.35, 0.85)
        /// Jitter up to which two packets say what three do.
        static let steadyJitter = 0.002
        static let pause = 0.5
        static let mostNoise = 0.020
        static let swellShare = 0.75
        static let leastSettle = 0.25
        static let (silence, longSilence) = (0.5, 1.5)
        static let unanswered = 0.15
        /// Share of the rate that goes on without reports until they have been away for `silence`.
        static let overdueShare = 0.8
        /// A delay that drains do not move by this, if it is as long as this, is the path's own.
        static let (stepTolerance, leastStep) = (0.003, 0.012)
    }
}
