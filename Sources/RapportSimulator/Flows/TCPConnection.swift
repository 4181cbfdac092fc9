import RapportBase

/// A TCP sender and its receiver: selective acknowledgements, loss by the order of sending, timeout.
///
/// Acknowledgements tell everything that has arrived, as SACK blocks without the limit of three would; a segment is lost
/// when three that were sent after it have arrived (RFC 6675's threshold, counted in transmissions as in RFC 8985).
struct TCPConnection {
    static let segmentBytes = 1500
    static let acknowledgementBytes = 40
    private static let payload = 1448
    private static let slots = 8192

    private enum State: UInt8 {
        case unused
        case inFlight
        case arrived
        case lost
    }

    private struct Segment {
        var state = State.unused
        var transmission: Int64 = -1
        var sentAt: Int64 = 0
        var isRepeated = false
    }

    let configuration: ConnectionConfiguration
    private(set) var window: TCPWindow
    private(set) var bytesDelivered = 0
    private(set) var segmentsLost = 0
    private(set) var segmentsSent = 0
    private var segments: [Segment] = Array(repeating: Segment(), count: TCPConnection.slots)
    private var order = Ring<(transmission: Int64, segment: Int64)>()
    private var repeats = Ring<Int64>()
    private var arrivals = Ring<Int64>()
    private var arrivalsMade: Int64 = 0
    private var arrivalsTold: Int64 = 0
    private var received: [Int64] = Array(repeating: -1, count: TCPConnection.slots)
    private var firstOpen: Int64 = 0
    private var nextNew: Int64 = 0
    private var limit: Int64 = .max
    private var flight = 0
    private var transmission: Int64 = 0
    private var highestArrived: Int64 = -1
    private var recoveryUntil: Int64 = 0
    private var smoothed = 0.0
    private var variation = 0.0
    private var backoff = 1.0
    private var timeoutAt: Int64?
    private var nextFile: Int64?
    private var generator: SimulationGenerator

    init(_ configuration: ConnectionConfiguration, _ generator: SimulationGenerator) {
        self.configuration = configuration
        self.generator = generator
        window = TCPWindow(configuration.variant)
        guard case .files(_, _, let beginsWithFile) = configuration.load else {
            nextFile = configuration.start.nanoseconds
            return
        }
        limit = 0
        nextFile = configuration.start.nanoseconds + (beginsWithFile ? 0 : pause())
    }

    var deadline: Timestamp? {
        guard let time = nextFile ?? timeoutAt else { return nil }
        return Timestamp(nanoseconds: time)
    }

    /// Segments that leave are appended to `outgoing` by number.
    mutating func handleTimeout(at now: Timestamp, into outgoing: inout [Int64]) {
        if let end = configuration.end, now >= end { return (nextFile, timeoutAt) = (nil, nil) }
        if let begin = nextFile, begin <= now.nanoseconds { beginFile() }
        if let due = timeoutAt, due <= now.nanoseconds { loseEverything() }
        send(at: now.nanoseconds, into: &outgoing)
    }

    /// A segment came to the receiver: the number of the acknowledgement, which tells of all arrivals up to it.
    mutating func receive(_ number: Int64) -> Int64 {
        arrivals.append(number)
        arrivalsMade += 1
        let slot = Int(number) & (Self.slots - 1)
        if received[slot] < number {
            received[slot] = number
            bytesDelivered += Self.payload
        }
        return arrivalsMade
    }

    mutating func receiveAcknowledgement(_ told: Int64, at now: Timestamp, into outgoing: inout [Int64]) {
        if let end = configuration.end, now >= end { return (nextFile, timeoutAt) = (nil, nil) }
        while arrivalsTold < told, let number = arrivals.removeFirst() {
            arrivalsTold += 1
            acknowledge(number, at: now.nanoseconds)
        }
        findLost()
        while firstOpen < nextNew, self[firstOpen].state == .arrived { firstOpen += 1 }
        if firstOpen >= limit { return endFile(at: now.nanoseconds) }
        send(at: now.nanoseconds, into: &outgoing)
    }

    private subscript(_ number: Int64) -> Segment {
        get { segments[Int(number) & (Self.slots - 1)] }
        set { segments[Int(number) & (Self.slots - 1)] = newValue }
    }
}

extension TCPConnection {
    private mutating func acknowledge(_ number: Int64, at now: Int64) {
        guard number >= firstOpen, number < nextNew, self[number].state != .arrived else { return }
        let segment = self[number]
        if segment.state == .inFlight { flight -= 1 }
        self[number].state = .arrived
        highestArrived = max(highestArrived, segment.transmission)
        // RFC 6298 section 3: a repeated segment measures nothing.
        if !segment.isRepeated { measure(Double(now - segment.sentAt) / 1e9) }
        backoff = 1
        timeoutAt = now + timeout
        if recoveryUntil <= firstOpen || number >= recoveryUntil {
            window.acknowledged(1, roundTrip: smoothed, at: now)
        }
    }

    private mutating func findLost() {
        while let oldest = order.first, oldest.transmission <= highestArrived - 3 {
            _ = order.removeFirst()
            guard oldest.segment >= firstOpen, self[oldest.segment].state == .inFlight,
                self[oldest.segment].transmission == oldest.transmission
            else { continue }
            lose(oldest.segment)
        }
    }

    private mutating func lose(_ number: Int64) {
        self[number].state = .lost
        flight -= 1
        segmentsLost += 1
        repeats.append(number)
        guard number >= recoveryUntil else { return }
        window.reduce()
        recoveryUntil = nextNew
    }

    private mutating func loseEverything() {
        window.collapse()
        backoff = min(backoff * 2, 64)
        timeoutAt = nil
        repeats.removeAll()
        order.removeAll()
        for number in firstOpen..<max(nextNew, firstOpen) where self[number].state != .arrived {
            self[number].state = .lost
            segmentsLost += 1
            repeats.append(number)
        }
        flight = 0
        recoveryUntil = nextNew
    }

    private mutating func send(at now: Int64, into outgoing: inout [Int64]) {
        while Double(flight) < window.window.rounded(.down) {
            let number: Int64
            if let lost = repeats.removeFirst() {
                guard lost >= firstOpen, self[lost].state == .lost else { continue }
                number = lost
            } else if nextNew < limit, nextNew - firstOpen < Int64(Self.slots / 2) {
                number = nextNew
                nextNew += 1
                self[number] = Segment()
            } else {
                break
            }
            transmit(number, at: now)
            outgoing.append(number)
        }
        if timeoutAt == nil, flight > 0 { timeoutAt = now + timeout }
    }

    private mutating func transmit(_ number: Int64, at now: Int64) {
        let isRepeated = self[number].transmission >= 0
        self[number] = Segment(state: .inFlight, transmission: transmission, sentAt: now, isRepeated: isRepeated)
        order.append((transmission, number))
        transmission += 1
        flight += 1
        segmentsSent += 1
    }

    // RFC 6298 section 2, with Linux's least value.
    private mutating func measure(_ sample: Double) {
        guard smoothed > 0 else { return (smoothed, variation) = (sample, sample / 2) }
        variation = variation * 0.75 + abs(smoothed - sample) * 0.25
        smoothed = smoothed * 0.875 + sample * 0.125
    }

    private var timeout: Int64 {
        let seconds = smoothed > 0 ? smoothed + max(4 * variation, 0.2) : 1
        return Int64(min(seconds * backoff, 60) * 1e9)
    }

    private mutating func beginFile() {
        nextFile = nil
        guard case .files(let bytes, _, _) = configuration.load else { return }
        let size = bytes.lowerBound + Int(generator.uniform() * Double(bytes.count))
        limit = nextNew + Int64((size + Self.payload - 1) / Self.payload)
        window = TCPWindow(configuration.variant)
        (smoothed, variation, backoff, timeoutAt) = (0, 0, 1, nil)
    }

    private mutating func endFile(at now: Int64) {
        timeoutAt = nil
        if nextFile == nil { nextFile = now + pause() }
    }

    private mutating func pause() -> Int64 {
        guard case .files(_, let mean, _) = configuration.load else { return 0 }
        return Int64(Double(mean.nanoseconds) * generator.exponential())
    }
}
