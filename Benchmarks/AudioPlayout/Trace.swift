/// A file of arrival traces: `{"traces": [...]}`. Times are milliseconds times ten.
struct TraceFile: Decodable {
    var traces: [Trace]
}

/// When each packet of a stream arrives, and what is asked of a buffer that plays it.
struct Trace: Decodable {
    struct Parameters: Decodable {
        /// The receiver's clock against the sender's, parts per million.
        var skew: Double?
    }

    struct Bounds: Decodable {
        var loss_pct: Double
        var goal_mean_delay_ms: Double
        var goal_concealed_no_fec_pct: Double
        var goal_concealed_fec_pct: Double
    }

    static let lost = -99_999

    var id: String
    var params: Parameters
    var packet_ms: Double
    var bounds: Bounds
    var arrival_minus_send_minus_base_x0_1ms: [Int]

    /// Arrival less sending less the path's least, in milliseconds; nil for a packet that never comes.
    var delays: [Double?] {
        arrival_minus_send_minus_base_x0_1ms.map { $0 == Self.lost ? nil : Double($0) / 10 }
    }
}
