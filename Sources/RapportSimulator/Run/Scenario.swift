import RapportBase

/// A network and what runs over it: a value from which, with a seed, a run follows.
public struct Scenario: Sendable, Equatable {
    public var links: [LinkConfiguration]
    public var airs: [AirConfiguration] = []
    public var media: [MediaFlowConfiguration] = []
    public var connections: [ConnectionConfiguration] = []
    public var datagrams: [DatagramConfiguration] = []
    public var duration: Duration
    /// The link whose queue and capacity the results are about.
    public var bottleneck = 0

    public init(links: [LinkConfiguration], duration: Duration) {
        self.links = links
        self.duration = duration
    }
}
