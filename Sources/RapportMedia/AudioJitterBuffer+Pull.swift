public import RapportBase

extension AudioJitterBuffer {
    /// What to play next: the samples of one packet, or 10 ms where there is none.
    public mutating func pull(at now: Timestamp) -> AudioPull {
        switch state {
        case .idle: return .silence(samples: Self.block)
        case .buffering(let start):
            guard now >= start, let first = firstHeld(from: nil) else { return .silence(samples: Self.block) }
            state = .playing(Cursor(number: first, timestamp: slots[slot(first)].timestamp))
            return pull(at: now)
        case .playing(var cursor):
            let result = next(&cursor, at: now)
            state = .playing(cursor)
            statistics.totalSamplesReceived += UInt64(result.samples)
            return result
        }
    }

    private mutating func next(_ cursor: inout Cursor, at now: Timestamp) -> AudioPull {
        guard var found = firstHeld(from: cursor.number) else { return nothingHeld(&cursor) }
        found = shrink(&cursor, found, at: now)
        let packet = slots[slot(found)]
        guard found > cursor.number else { return onTime(found, &cursor, at: now) }
        // Media time between the last packet and this one that nothing was made up for yet.
        let gap = packet.timestamp - cursor.timestamp - Int64(cursor.concealedAhead)
        let lostAtMost = (found - cursor.number) * 5760
        guard gap > 0, gap <= lostAtMost else { return whole(found, &cursor, at: now) }
        return missing(before: found, gap: Int(gap), &cursor)
    }

    // MARK: - What is handed out

    /// The packet that is due is here: it is handed out unless there is a reason to play it later.
    private mutating func onTime(_ number: Int64, _ cursor: inout Cursor, at now: Timestamp) -> AudioPull {
        let packet = slots[slot(number)]
        if isAfterPause(packet, cursor) {
            guard waits(packet, at: now) else { return whole(number, &cursor, at: now) }
            return cursor.concealedAhead > 0 ? conceal(Self.block, &cursor) : .comfortNoise(samples: Self.block)
        }
        return grows(packet, at: now) ? insertBlock(&cursor, packet, at: now) : whole(number, &cursor, at: now)
    }

    private mutating func whole(_ number: Int64, _ cursor: inout Cursor, at now: Timestamp) -> AudioPull {
        let packet = slots[slot(number)]
        let held = now - packet.arrival
        statistics.jitterBufferDelay += held * packet.samples
        statistics.jitterBufferTargetDelay += targetDelay * packet.samples
        statistics.jitterBufferEmittedCount += UInt64(packet.samples)
        statistics.packetsDecoded += 1
        cursor = Cursor(
            number: number + 1, timestamp: packet.timestamp + Int64(packet.samples), isPaused: packet.isDTX)
        return .packet(take(number), samples: packet.samples)
    }

    private mutating func missing(before found: Int64, gap: Int, _ cursor: inout Cursor) -> AudioPull {
        let following = slots[slot(found)]
        // The copy is worth a little extra delay when part of its time has been made up for already.
        if following.hasFEC, gap <= following.samples, gap * 2 >= following.samples {
            cursor.number = found
            cursor.timestamp = following.timestamp
            cursor.concealedAhead = 0
            cursor.wasConcealing = false
            statistics.fecSamples += UInt64(following.samples)
            return .fec(copy(found), samples: following.samples)
        }
        // With a copy of the last lost packet at hand, only what lies before that is made up.
        let madeUp = following.hasFEC && gap > following.samples ? gap - following.samples : gap
        let samples = min(madeUp, max(following.samples, Self.block))
        // The lost packets' time has been filled: what of it arrives now is late.
        cursor.number = samples == gap ? found : max(cursor.number, found - 1)
        cursor.timestamp += Int64(cursor.concealedAhead + samples)
        cursor.concealedAhead = 0
        return conceal(samples, &cursor)
    }

    private mutating func nothingHeld(_ cursor: inout Cursor) -> AudioPull {
        if cursor.isPaused { return .comfortNoise(samples: Self.block) }
        // Lost or late? The cursor stays: if the packet comes it is played, later than planned.
        cursor.concealedAhead = min(cursor.concealedAhead + Self.block, 1 << 40)
        let result = conceal(Self.block, &cursor)
        guard Self.nanoseconds(Int64(cursor.concealedAhead)) > configuration.maximumConcealment.wholeNanoseconds
        else { return result }
        statistics.silentConcealedSamples += UInt64(Self.block)
        return .silence(samples: Self.block)
    }

    private mutating func conceal(_ samples: Int, _ cursor: inout Cursor) -> AudioPull {
        statistics.concealedSamples += UInt64(samples)
        if !cursor.wasConcealing { statistics.concealmentEvents += 1 }
        cursor.wasConcealing = true
        return .conceal(samples: samples)
    }

    // RFC 7587 section 3.1.3: during DTX media time goes on without packets. The first packet after the pause, or after
    // an outage, is played when its own delay has reached the target, so a pause is where the delay changes unheard.
    private func isAfterPause(_ packet: Slot, _ cursor: Cursor) -> Bool {
        let gap = packet.timestamp - cursor.timestamp
        return gap > 0 && (cursor.isPaused || cursor.concealedAhead > 15 * Self.block || gap > Int64(packet.samples))
    }

    private func waits(_ packet: Slot, at now: Timestamp) -> Bool {
        level(packet, at: now).map { $0 + .milliseconds(5) < targetDelay } ?? false
    }

    // MARK: - Delay

    /// How long after the fastest possible moment this packet would be played now.
    func level(_ packet: Slot, at now: Timestamp) -> Duration? {
        estimator.fastestArrival(ofMedia: Self.nanoseconds(packet.timestamp)).map { now - $0 }
    }

    /// Leaves packets out while there is clearly too much delay; returns the packet to go on with.
    private mutating func shrink(_ cursor: inout Cursor, _ found: Int64, at now: Timestamp) -> Int64 {
        let packet = slots[slot(found)]
        guard let level = level(packet, at: now), let newest else { return found }
        // Sound at hand: what is on its way cannot be left out, only what is here.
        let span = Self.duration(slots[slot(newest)].timestamp - packet.timestamp)
        if min(level, span) > targetDelay + configuration.flushAbove { return flush(&cursor, found, at: now) }
        guard found == cursor.number, span >= Self.duration(Int64(2 * packet.samples)),
            mayShrink(packet, level, at: now)
        else { return found }
        lastShrink = now
        statistics.removedSamplesForAcceleration += UInt64(packet.samples)
        return leaveOut(found, &cursor)
    }

    private static func duration(_ samples: Int64) -> Duration { .nanoseconds(nanoseconds(samples)) }

    private func mayShrink(_ packet: Slot, _ level: Duration, at now: Timestamp) -> Bool {
        let length = Self.duration(Int64(packet.samples))
        if packet.isQuiet { return level > targetDelay + length }
        guard level > targetDelay + max(configuration.shrinkAbove, length) else { return false }
        return lastShrink.map { now - $0 >= configuration.shrinkInterval } ?? true
    }

    private mutating func flush(_ cursor: inout Cursor, _ found: Int64, at now: Timestamp) -> Int64 {
        statistics.jitterBufferFlushes += 1
        var number = found
        while let following = firstHeld(from: number + 1), let level = level(slots[slot(number)], at: now),
            level > targetDelay
        {
            statistics.removedSamplesForAcceleration += UInt64(slots[slot(number)].samples)
            _ = leaveOut(number, &cursor)
            number = following
        }
        // Whatever was lost among them is passed, too.
        cursor.number = number
        cursor.timestamp = slots[slot(number)].timestamp
        cursor.concealedAhead = 0
        return number
    }

    private mutating func leaveOut(_ number: Int64, _ cursor: inout Cursor) -> Int64 {
        let packet = slots[slot(number)]
        ring.remove(number)
        held -= 1
        drop(.skipped)
        cursor.number = number + 1
        cursor.timestamp = packet.timestamp + Int64(packet.samples)
        cursor.concealedAhead = 0
        return firstHeld(from: number + 1) ?? number
    }

    private func grows(_ packet: Slot, at now: Timestamp) -> Bool {
        guard let level = level(packet, at: now), level < targetDelay - configuration.growBelow else { return false }
        return lastGrow.map { now - $0 >= configuration.growInterval } ?? true
    }

    private mutating func insertBlock(_ cursor: inout Cursor, _ packet: Slot, at now: Timestamp) -> AudioPull {
        lastGrow = now
        statistics.insertedSamplesForDeceleration += UInt64(Self.block)
        // Made up in the middle of speech it is concealment, whatever it is for.
        return packet.isQuiet ? .comfortNoise(samples: Self.block) : conceal(Self.block, &cursor)
    }

    // MARK: - Slots

    func firstHeld(from start: Int64?) -> Int64? {
        guard held > 0, let newest else { return nil }
        var number = start ?? newest - Int64(ring.slots) + 1
        while number <= newest {
            if ring.contains(number) { return number }
            number += 1
        }
        return nil
    }

    private func copy(_ number: Int64) -> [UInt8] {
        ring.withPacket(number) { $0.copy(0..<$0.count) } ?? []
    }

    private mutating func take(_ number: Int64) -> [UInt8] {
        let bytes = copy(number)
        ring.remove(number)
        held -= 1
        return bytes
    }
}
