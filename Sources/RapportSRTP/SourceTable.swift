internal import RapportBase

/// The sources that sent genuine packets: a short list with a bound, searched from its front.
struct SourceTable {
    private var sources: [SSRC] = []
    let limit: Int

    init(limit: Int) {
        self.limit = limit
        sources.reserveCapacity(limit)
    }

    func admits(_ source: SSRC) -> Bool {
        sources.count < limit || sources.contains(source)
    }

    mutating func insert(_ source: SSRC) {
        if !sources.contains(source) { sources.append(source) }
    }
}
