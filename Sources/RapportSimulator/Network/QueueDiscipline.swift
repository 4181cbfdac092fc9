import RapportBase

/// How much a queue holds.
public enum QueueLimit: Sendable, Equatable {
    case bytes(Int)
    /// What leaves in this time at the link's rate of the moment, two packets of 1500 bytes at least.
    case time(Duration)

    func bytes(at rate: Bitrate) -> Int {
        switch self {
        case .bytes(let bytes): bytes
        case .time(let time): max(Int(Double(rate.bitsPerSecond) * time.inSeconds / 8), 3000)
        }
    }
}

/// Which packets a queue drops, and in which order it serves the rest.
public enum QueueDiscipline: Sendable, Equatable {
    case dropTail(QueueLimit)
    /// RFC 8289.
    case coDel(QueueLimit)
    /// RFC 8290; every flow has a queue of its own, as with a perfect hash.
    case fairCoDel(QueueLimit)
    /// RFC 8033.
    case pie(QueueLimit)

    var limit: QueueLimit {
        switch self {
        case .dropTail(let limit), .coDel(let limit), .fairCoDel(let limit), .pie(let limit): limit
        }
    }
}
