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
        enum CodingKeys: String, CodingKey {
            case lossPct = "loss_pct"
            case goalMeanDelayMs = "goal_mean_delay_ms"
            case goalConcealedNoFecPct = "goal_concealed_no_fec_pct"
            case goalConcealedFecPct = "goal_concealed_fec_pct"
        }

        var lossPct: Double
        var goalMeanDelayMs: Double
        var goalConcealedNoFecPct: Double
        var goalConcealedFecPct: Double
    }

    static let lost = -99_999

    enum CodingKeys: String, CodingKey {
        case id, params, bounds
        case packetMs = "packet_ms"
        case delayTimesTen = "arrival_minus_send_minus_base_x0_1ms"
    }

    var id: String
    var params: Parameters
    var packetMs: Double
    var bounds: Bounds
    var delayTimesTen: [Int]

    /// Arrival less sending less the path's least, in milliseconds; nil for a packet that never comes.
    var delays: [Double?] {
        delayTimesTen.map { $0 == Self.lost ? nil : Double($0) / 10 }
    }
}
