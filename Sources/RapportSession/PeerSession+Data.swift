public import RapportBase
public import RapportMedia

// Messages beside sound and pictures: DTLS application data, one message a record and a datagram. RFC 8261 section 5 has
// SCTP's packets there. They wait in the pacer in the clear and are encrypted when they leave, so that records are numbered
// in the order in which they are sent: a reader's replay window (RFC 6347 section 4.1.2.6) is 64 records wide.
extension PeerSession {
    /// Queues a message for the peer; it leaves when `Pacer` lets it, in order with those of the same urgency.
    ///
    /// It may be lost on the way like any datagram. Nothing is kept of one that is refused: who sends it waits and tries
    /// again, or lets it go.
    /// - Throws: `.notConnected` before `.secureTransport(.connected)` and after the end, `.emptyMessage`,
    ///   `.messageTooLarge` above `maximumMessage`, `.queueFull` above `dataRoom(_:)`.
    public mutating func send(
        data message: Span<UInt8>, _ urgency: DataUrgency, at now: Timestamp, into outputs: inout SessionOutputs
    ) throws(SessionError) {
        guard !ended, let limit = maximumMessage else { throw .notConnected }
        guard !message.isEmpty else { throw .emptyMessage }
        guard message.count <= limit else { throw .messageTooLarge(limit: limit) }
        let room = pacer.dataRoom(urgency)
        guard pacer.enqueue(data: message, urgency, at: now) else {
            data.refused(urgency)
            throw .queueFull(room: room)
        }
        data.queued(urgency, waiting: pacer.queuedData(urgency), at: now)
        proceed(after: outputs.events.count, at: now, into: &outputs)
    }

    /// The most bytes that fit in one datagram; nil while no message can be sent.
    public var maximumMessage: Int? {
        transport.maximumMessage.map { min($0, pacer.largestMessage) }
    }

    /// The longest message of this urgency that `send(data:_:at:into:)` would take now; zero while none can be sent.
    public func dataRoom(_ urgency: DataUrgency) -> Int {
        guard !ended, let limit = maximumMessage else { return 0 }
        return min(pacer.dataRoom(urgency), limit)
    }

    /// Encrypts and sends the message under construction.
    mutating func sendMessage(_ urgency: DataUrgency, at now: Timestamp, into outputs: inout SessionOutputs) {
        // Taken out while it is borrowed, and put back with its memory.
        let message = exchange(&scratch, with: [])
        let size = transport.sendData(message.span, at: now, into: &outputs)
        scratch = message
        count(sent: size)
        if !transport.isSecured { ended = true }
        guard let size else { return data.failed() }
        data.sent(message.count, onWire: size + SendRateControl.lowerHeaders, urgency, at: now)
        rate.sentUnreported(size)
    }

    /// Tells those who were refused that there is room again.
    mutating func tellRoom(into outputs: inout SessionOutputs) {
        for urgency in DataUrgency.allCases where data.takeRoom(urgency, waiting: pacer.queuedData(urgency)) {
            outputs.events.append(.dataRoom(urgency))
        }
    }

    /// What all sources together could fill: bulk data that waits fills whatever there is.
    var demand: Bitrate {
        data.isPressing ? configuration.maximumBitrate : streams.demand(limit: configuration.maximumBitrate)
    }

    mutating func followDemand(at now: Timestamp) {
        if data.takePressureChange(at: now) { rate.update(demand: demand, at: now) }
    }
}

extension PeerSession {
    /// Both ways together.
    var dataCounters: DataCounters {
        var counters = data.counters
        counters.messagesReceived = transport.received.messagesReceived
        counters.bytesReceived = transport.received.bytesReceived
        counters.messagesDropped = transport.received.messagesDropped
        return counters
    }
}
