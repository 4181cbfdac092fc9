import RapportBase

/// How long a request for a packet takes to be answered: a round trip, and what the sender's queue adds.
struct AnswerTime: Sendable {
    private(set) var mean: Duration?

    /// Takes an answer.
    /// - Parameters:
    ///   - first: when the packet was asked for first.
    ///   - last: when it was asked for last. An answer much sooner after that than is usual is one to an earlier request:
    ///     without that, a way that has become longer would never be seen.
    mutating func receive(at now: Timestamp, first: Timestamp, last: Timestamp) {
        var sample = now - last
        if let mean, sample < mean * 4 / 5 { sample = now - first }
        guard sample >= .zero, sample <= .seconds(5) else { return }
        mean = mean.map { $0 + (sample - $0) / 8 } ?? sample
    }
}
