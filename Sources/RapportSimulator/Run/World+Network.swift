import RapportBase

extension World {
    /// Gives a packet to the first hop of its route.
    mutating func emit(_ packet: NetworkPacket, at now: Timestamp) {
        packetsSent += 1
        forward(pool.insert(packet), at: now)
    }

    /// A packet comes to its next hop, or to its end.
    mutating func forward(_ slot: Int32, at now: Timestamp) {
        let packet = pool[slot]
        let route = routes[Int(packet.route)]
        guard Int(packet.hop) < route.count else {
            pool.remove(slot)
            packetsArrived += 1
            return deliver(packet, at: now)
        }
        switch route[Int(packet.hop)] {
        case .link(let index): enter(index, slot, packet, at: now)
        case .air(let index, let lane): enterAir(index, lane, slot, packet, at: now)
        }
    }

    /// The server of a link is through with a packet.
    mutating func served(_ index: Int, at now: Timestamp) {
        if let packet = links[index].takeServed() { leave(index, packet, at: now) }
        if let (end, next) = links[index].serveNext(at: now) {
            recorder.waited(link: index, nanoseconds: now.nanoseconds - next.queuedAt.nanoseconds, at: now)
            if let end { events.plan(.served(Int32(index)), at: end) }
        }
        removeDropped(index)
    }

    private mutating func enter(_ index: Int, _ slot: Int32, _ packet: NetworkPacket, at now: Timestamp) {
        var queued = QueuedPacket(slot: slot, bytes: packet.bytes, flow: packet.identity, queuedAt: now)
        queued.isCapable = packet.kind == .media && links[index].configuration.marks
        switch links[index].accept(queued) {
        case .refused:
            pool.remove(slot)
            recorder.dropped(link: index)
        case .queued: break
        case .serving(let end):
            recorder.waited(link: index, nanoseconds: 0, at: now)
            if let end { events.plan(.served(Int32(index)), at: end) }
        case .passes: leave(index, queued, at: now)
        }
        removeDropped(index)
    }

    private mutating func leave(_ index: Int, _ packet: QueuedPacket, at now: Timestamp) {
        recorder.carried(link: index, bytes: Int(packet.bytes))
        guard let arrival = links[index].arrival(of: packet, leaving: now) else {
            recorder.lost(link: index)
            return pool.remove(packet.slot)
        }
        pool[packet.slot].hop += 1
        if packet.isMarked { pool[packet.slot].isMarked = true }
        events.plan(.arrival(packet.slot), at: arrival)
    }

    private mutating func removeDropped(_ index: Int) {
        links[index].takeDropped { packet in
            pool.remove(packet.slot)
            recorder.dropped(link: index)
        }
    }
}

extension World {
    /// The air has carried a burst, or lost it.
    mutating func carried(_ index: Int, at now: Timestamp) {
        let (arrived, lost) = airs[index].end()
        for packet in arrived {
            pool[packet.slot].hop += 1
            forward(packet.slot, at: now)
        }
        for packet in lost { pool.remove(packet.slot) }
        startBurst(index, at: now)
    }

    private mutating func enterAir(_ index: Int, _ lane: Int, _ slot: Int32, _ packet: NetworkPacket, at now: Timestamp)
    {
        let queued = QueuedPacket(slot: slot, bytes: packet.bytes, flow: packet.identity, queuedAt: now)
        guard airs[index].accept(queued, lane: lane) else { return pool.remove(slot) }
        startBurst(index, at: now)
    }

    private mutating func startBurst(_ index: Int, at now: Timestamp) {
        let place = links.count + index
        let end = airs[index].start(at: now) { packet in
            recorder.waited(link: place, nanoseconds: now.nanoseconds - packet.queuedAt.nanoseconds, at: now)
        }
        if let end { events.plan(.carried(Int32(index)), at: end) }
    }
}
