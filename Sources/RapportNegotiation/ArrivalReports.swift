/// How a receiver tells its sender when packets arrived.
public enum ArrivalReports: String, Sendable, CaseIterable {
    /// By transport-wide numbers. draft-holmer-rmcat-transport-wide-cc-extensions-01.
    case transport
    /// By stream and sequence number, with congestion marks. RFC 8888.
    case streams
}
