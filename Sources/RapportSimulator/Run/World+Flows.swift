import RapportBase
import RapportMedia

extension World {
    // Routes come in the order of `init`: two for each call, two for each connection, one for each source of datagrams.
    private func connectionRoute(_ index: Int) -> Int { calls.count * 2 + index * 2 }
    private func datagramRoute(_ index: Int) -> Int { (calls.count + connections.count) * 2 + index }

    mutating func senderTimeout(_ index: Int, at now: Timestamp) {
        if calls[index].plannedSender == now { calls[index].plannedSender = nil }
        if now == scenario.media[index].start { calls[index].sender.begin(at: now) }
        if let due = calls[index].sender.deadline, due <= now {
            calls[index].sender.handleTimeout(at: now, into: &outgoing)
            sendMedia(index, at: now)
        }
        planSender(index, at: now)
    }

    mutating func receiverTimeout(_ index: Int, at now: Timestamp) {
        if calls[index].plannedReceiver == now { calls[index].plannedReceiver = nil }
        if let due = calls[index].receiver.deadline, due <= now { sendControl(index, at: now) }
        planReceiver(index, at: now)
    }

    mutating func connectionTimeout(_ index: Int, at now: Timestamp) {
        if plannedConnections[index] == now { plannedConnections[index] = nil }
        if let due = connections[index].deadline, due <= now {
            connections[index].handleTimeout(at: now, into: &outgoing)
            sendSegments(index, at: now)
        }
        planConnection(index, at: now)
    }

    mutating func sendDatagram(_ index: Int, at now: Timestamp) {
        let source = scenario.datagrams[index]
        if let end = source.end, now >= end { return }
        datagramsSent[index] += 1
        emit(
            NetworkPacket(
                kind: .datagram, flow: Int32(index), identity: Int32(datagramRoute(index)), bytes: Int32(source.bytes),
                number: datagramsSent[index], route: Int32(datagramRoute(index))), at: now)
        events.plan(.datagrams(Int32(index)), at: now + source.rate.duration(ofBytes: source.bytes))
    }

    /// A packet has come to the end of its route.
    mutating func deliver(_ packet: NetworkPacket, at now: Timestamp) {
        let index = Int(packet.flow)
        switch packet.kind {
        case .media: receiveMedia(index, packet.number, isMarked: packet.isMarked, at: now)
        case .control: receiveControl(index, packet.number, at: now)
        case .segment: receiveSegment(index, packet.number, at: now)
        case .acknowledgement:
            connections[index].receiveAcknowledgement(packet.number, at: now, into: &outgoing)
            sendSegments(index, at: now)
            planConnection(index, at: now)
        case .datagram: break
        }
    }

    private mutating func receiveMedia(_ index: Int, _ number: Int64, isMarked: Bool, at now: Timestamp) {
        guard let record = calls[index].sender.record(number) else { return }
        let before = calls[index].receiver.totals
        calls[index].receiver.receive(record, isMarked: isMarked, at: now)
        let after = calls[index].receiver.totals
        recorder.received(
            flow: index, bytes: after.bytes - before.bytes, media: after.mediaBytes - before.mediaBytes,
            payload: after.payloadBytes - before.payloadBytes, at: now)
        planReceiver(index, at: now)
    }

    private mutating func receiveControl(_ index: Int, _ number: Int64, at now: Timestamp) {
        let slot = Int(number & 511)
        guard let message = calls[index].messages[slot], message.number == number else { return }
        calls[index].messages[slot] = nil
        calls[index].sender.receive(message, at: now, into: &outgoing)
        calls[index].receiver.update(roundTrip: calls[index].sender.roundTrip)
        sendMedia(index, at: now)
        planSender(index, at: now)
    }

    private mutating func receiveSegment(_ index: Int, _ number: Int64, at now: Timestamp) {
        let before = connections[index].bytesDelivered
        let told = connections[index].receive(number)
        recorder.delivered(connection: index, bytes: connections[index].bytesDelivered - before, at: now)
        let route = connectionRoute(index)
        emit(
            NetworkPacket(
                kind: .acknowledgement, flow: Int32(index), identity: Int32(route + 1),
                bytes: Int32(TCPConnection.acknowledgementBytes), number: told, route: Int32(route + 1)), at: now)
    }

    private mutating func sendMedia(_ index: Int, at now: Timestamp) {
        recorder.decided(
            flow: index, target: calls[index].sender.decision.target, encoder: calls[index].sender.source.target,
            at: now)
        for place in outgoing.indices { sendMediaPacket(index, outgoing[place], at: now) }
        outgoing.removeAll(keepingCapacity: true)
    }

    private mutating func sendMediaPacket(_ index: Int, _ number: Int64, at now: Timestamp) {
        guard let record = calls[index].sender.record(number) else { return }
        recorder.sent(flow: index, bytes: record.sent.bytes, at: now)
        emit(
            NetworkPacket(
                kind: .media, flow: Int32(index), identity: Int32(index * 2), bytes: Int32(record.sent.bytes),
                number: number, route: Int32(index * 2)), at: now)
    }

    private mutating func sendControl(_ index: Int, at now: Timestamp) {
        guard let message = calls[index].receiver.handleTimeout(at: now) else { return }
        calls[index].messages[Int(message.number & 511)] = message
        emit(
            NetworkPacket(
                kind: .control, flow: Int32(index), identity: Int32(index * 2 + 1), bytes: Int32(message.bytes),
                number: message.number, route: Int32(index * 2 + 1)), at: now)
    }

    private mutating func sendSegments(_ index: Int, at now: Timestamp) {
        let route = connectionRoute(index)
        for place in outgoing.indices {
            emit(
                NetworkPacket(
                    kind: .segment, flow: Int32(index), identity: Int32(route),
                    bytes: Int32(TCPConnection.segmentBytes), number: outgoing[place], route: Int32(route)), at: now)
        }
        outgoing.removeAll(keepingCapacity: true)
    }
}

extension World {
    // A timer that is already due comes a microsecond later, so that time goes on whatever an estimator asks for.
    private func timer(_ due: Timestamp, after now: Timestamp) -> Timestamp {
        due > now ? due : Timestamp(nanoseconds: now.nanoseconds + 1000)
    }

    private mutating func planSender(_ index: Int, at now: Timestamp) {
        guard let due = calls[index].sender.deadline else { return }
        let time = timer(due, after: now)
        if let planned = calls[index].plannedSender, planned <= time { return }
        calls[index].plannedSender = time
        events.plan(.sender(Int32(index)), at: time)
    }

    private mutating func planReceiver(_ index: Int, at now: Timestamp) {
        guard let due = calls[index].receiver.deadline else { return }
        let time = timer(due, after: now)
        if let planned = calls[index].plannedReceiver, planned <= time { return }
        calls[index].plannedReceiver = time
        events.plan(.receiver(Int32(index)), at: time)
    }

    mutating func planConnection(_ index: Int, at now: Timestamp) {
        guard let due = connections[index].deadline else { return }
        let time = timer(due, after: now)
        if let planned = plannedConnections[index], planned <= time { return }
        plannedConnections[index] = time
        events.plan(.connection(Int32(index)), at: time)
    }
}
