public import RapportBase

extension AudioJitterBuffer {
    /// What to play next: one packet, its copy, or 10 ms of something else.
    /// - Parameters:
    ///   - report: what is at hand and how time was stretched since the last call.
    ///   - payload: gets the packet's bytes if the answer has some; its storage is used again.
    public mutating func pull(
        at now: Timestamp, _ report: PlayoutReport = PlayoutReport(), payload: inout [UInt8]
    ) -> AudioPull {
        payload.removeAll(keepingCapacity: true)
        statistics.insertedSamplesForDeceleration += UInt64(max(report.inserted, 0))
        statistics.removedSamplesForAcceleration += UInt64(max(report.removed, 0))
        if case .buffering(let start) = state, now >= start, let first = firstHeld(from: nil) {
            state = .playing(Cursor(number: first, timestamp: slots[slot(first)].timestamp))
        }
        guard case .playing(var cursor) = state else {
            return report.samplesAhead >= Self.block
                ? AudioPull(.nothing, samples: 0) : AudioPull(.silence, samples: Self.block)
        }
        guard report.samplesAhead < Self.block else {
            note(cursor, heardIn: report.samplesAhead, at: now)
            return drawOut(cursor, report.samplesAhead, at: now)
        }
        let result = next(&cursor, max(report.samplesAhead, 0), at: now, &payload)
        state = .playing(cursor)
        note(cursor, heardIn: max(report.samplesAhead, 0) + result.added, at: now)
        statistics.totalSamplesReceived += UInt64(result.added)
        return result
    }

    // In a pause, or with a packet missing, the cursor stands while time goes on.
    private mutating func note(_ cursor: Cursor, heardIn samples: Int, at now: Timestamp) {
        let isKnown = !cursor.isPaused && cursor.concealedAhead == 0
        nextHeard = isKnown ? now + .nanoseconds(Self.nanoseconds(Int64(min(samples, 48_000)))) : nil
    }

    private mutating func next(
        _ cursor: inout Cursor, _ ahead: Int, at now: Timestamp, _ payload: inout [UInt8]
    ) -> AudioPull {
        guard var found = firstHeld(from: cursor.number) else { return nothingHeld(&cursor) }
        found = flush(&cursor, found, at: now)
        let packet = slots[slot(found)]
        guard found > cursor.number else { return onTime(found, &cursor, ahead, at: now, &payload) }
        // Media time between the last packet and this one that nothing was made up for yet.
        let gap = packet.timestamp - cursor.timestamp - Int64(cursor.concealedAhead)
        let lostAtMost = (found - cursor.number) * 5760
        guard gap > 0, gap <= lostAtMost, !cursor.isPaused else {
            countLost(found - cursor.number)
            return onTime(found, &cursor, ahead, at: now, &payload)
        }
        return missing(before: found, gap: Int(gap), &cursor, ahead, at: now, &payload)
    }

    // MARK: - What is handed out

    /// The packet that is due is here: it is handed out unless it ends a pause and has not waited enough.
    private mutating func onTime(
        _ number: Int64, _ cursor: inout Cursor, _ ahead: Int, at now: Timestamp, _ payload: inout [UInt8]
    ) -> AudioPull {
        let packet = slots[slot(number)]
        if isAfterPause(number, packet, cursor), waits(packet, at: now) {
            return cursor.concealedAhead > 0
                ? conceal(Self.block, &cursor) : AudioPull(.comfortNoise, samples: Self.block)
        }
        let skipped = filledAlready(packet, cursor, at: now)
        lostShare -= lostShare / 200
        var pull = AudioPull(
            .packet, samples: packet.samples, skipped: skipped,
            stretch: stretch(packet, played: skipped, ahead, at: now),
            isCut: cursor.isCut || cursor.wasConcealing)
        if skipped > 0, case .lengthen = pull.stretch { pull.stretch = .none }
        count(packet, pull.added, at: now)
        cursor = Cursor(
            number: number + 1, timestamp: packet.timestamp + Int64(packet.samples), isPaused: packet.isDTX)
        take(number, into: &payload)
        return pull
    }

    private mutating func count(_ packet: Slot, _ samples: Int, at now: Timestamp) {
        statistics.jitterBufferDelay += (now - packet.arrival) * samples
        statistics.jitterBufferTargetDelay += targetDelay * samples
        statistics.jitterBufferEmittedCount += UInt64(samples)
        statistics.packetsDecoded += 1
    }

    private mutating func missing(
        before found: Int64, gap: Int, _ cursor: inout Cursor, _ ahead: Int, at now: Timestamp,
        _ payload: inout [UInt8]
    ) -> AudioPull {
        let following = slots[slot(found)]
        guard following.hasFEC, gap <= following.samples else {
            // With a copy of the last lost packet at hand, only what lies before that is made up.
            let madeUp = min(following.hasFEC ? gap - following.samples : gap, Self.block)
            cursor.concealedAhead += madeUp
            return conceal(madeUp, &cursor)
        }
        countLost(found - cursor.number)
        ring.withPacket(found) { Self.copy($0, into: &payload) }
        let result = AudioPull(
            .fec, samples: following.samples, skipped: following.samples - gap,
            isCut: cursor.isCut || cursor.wasConcealing)
        cursor = Cursor(number: found, timestamp: following.timestamp)
        statistics.fecSamples += UInt64(gap)
        return result
    }

    private mutating func nothingHeld(_ cursor: inout Cursor) -> AudioPull {
        if cursor.isPaused { return AudioPull(.comfortNoise, samples: Self.block) }
        // Lost or late? The cursor stays: if the packet comes it is played, later than planned.
        cursor.concealedAhead = min(cursor.concealedAhead + Self.block, 1 << 40)
        var result = conceal(Self.block, &cursor)
        guard Self.nanoseconds(Int64(cursor.concealedAhead)) > configuration.maximumConcealment.wholeNanoseconds
        else { return result }
        statistics.silentConcealedSamples += UInt64(Self.block)
        result.source = .silence
        return result
    }

    private mutating func conceal(_ samples: Int, _ cursor: inout Cursor) -> AudioPull {
        statistics.concealedSamples += UInt64(samples)
        if !cursor.wasConcealing { statistics.concealmentEvents += 1 }
        cursor.wasConcealing = true
        return AudioPull(.conceal, samples: samples)
    }

    private mutating func countLost(_ packets: Int64) {
        for _ in 0..<min(packets, 200) { lostShare += (1 - lostShare) / 200 }
    }

    /// How much of a late packet's time has been filled and is left out. All of it is played, later, while there is
    /// less delay than wanted.
    private func filledAlready(_ packet: Slot, _ cursor: Cursor, at now: Timestamp) -> Int {
        let overlap = Int64(cursor.concealedAhead) - (packet.timestamp - cursor.timestamp)
        guard overlap > 0, overlap <= Int64(packet.samples) / 2 else { return 0 }
        let spare = Self.nanoseconds(overlap) &- configuration.tolerance.wholeNanoseconds
        return transit(packet, at: now) &- wanted() >= spare ? Int(overlap) : 0
    }

    // RFC 7587 section 3.1.3: during DTX media time goes on without packets. The first packet after the pause, or after
    // an outage, is played when its own delay has reached the target, so a pause is where the delay changes unheard.
    private func isAfterPause(_ number: Int64, _ packet: Slot, _ cursor: Cursor) -> Bool {
        let gap = packet.timestamp - cursor.timestamp
        guard gap > 0 else { return false }
        let jumps = number == cursor.number && gap > Int64(packet.samples)
        return cursor.isPaused || jumps || cursor.concealedAhead > 15 * Self.block
    }

    private func waits(_ packet: Slot, at now: Timestamp) -> Bool {
        transit(packet, at: now) &+ configuration.tolerance.wholeNanoseconds < wanted()
    }

    // MARK: - Delay

    /// The transit that this packet has if it is decoded now.
    private func transit(_ packet: Slot, at now: Timestamp) -> Int64 {
        now.nanoseconds &- Self.nanoseconds(packet.timestamp)
    }

    /// The transit that packets should have when they are decoded.
    private func wanted() -> Int64 {
        (target.fastest ?? 0) &+ targetDelay.wholeNanoseconds
    }

    /// The transit below which the delay must not fall now, because packets took that long a moment ago.
    private func lowest(at now: Timestamp) -> Int64 {
        max(wanted(), (target.lowest(at: now) ?? 0))
    }

    /// How time should be stretched once this packet is decoded.
    ///
    /// Sound is taken in steps of 10 ms, so a packet must be here at the step before its first sample is heard. What
    /// is `ahead` at that step is delay without use: it may always be left out. Each whole step more needs room.
    private func stretch(_ packet: Slot, played skipped: Int, _ ahead: Int, at now: Timestamp) -> AudioPull.Stretch {
        let tolerance = configuration.tolerance.wholeNanoseconds
        let level = transit(packet, at: now) &- Self.nanoseconds(Int64(skipped))
        guard level &+ tolerance >= wanted() else {
            return .lengthen(atLeast: Self.block - ahead)
        }
        let room = (level &+ tolerance &- lowest(at: now)) / 10_000_000
        let steps = Int(max(0, min(room, 12)))
        let most = ahead + steps * Self.block
        return most > 0 ? .shorten(atMost: most) : .none
    }

    /// With sound at hand for this step but not for the next, and nothing here to follow it: what there is may be drawn
    /// out, if that helps.
    private func drawOut(_ cursor: Cursor, _ ahead: Int, at now: Timestamp) -> AudioPull {
        var result = AudioPull(.nothing, samples: 0)
        guard ahead < 2 * Self.block, !cursor.wasConcealing, !cursor.isPaused,
            firstHeld(from: cursor.number) == nil, target.transit != nil,
            target.shouldDrawOut(
                transit: now.nanoseconds &- Self.nanoseconds(cursor.timestamp), step: 10_000_000, lost: lostShare)
        else { return result }
        result.stretch = .lengthen(atLeast: 2 * Self.block - ahead)
        return result
    }

    /// Throws packets away while there is far too much delay; returns the packet to go on with.
    private mutating func flush(_ cursor: inout Cursor, _ found: Int64, at now: Timestamp) -> Int64 {
        let packet = slots[slot(found)]
        guard let newest else { return found }
        // Sound at hand: what is on its way cannot be left out, only what is here.
        let span = Self.nanoseconds(slots[slot(newest)].timestamp - packet.timestamp)
        let most = configuration.flushAbove.wholeNanoseconds
        guard min(transit(packet, at: now) &- wanted(), span) > most else { return found }
        statistics.jitterBufferFlushes += 1
        var number = found
        while let following = firstHeld(from: number + 1),
            transit(slots[slot(number)], at: now) &- 10_000_000 > wanted()
        {
            statistics.removedSamplesForAcceleration += UInt64(slots[slot(number)].samples)
            leaveOut(number)
            number = following
        }
        // Whatever was lost among them is passed, too.
        cursor = Cursor(number: number, timestamp: slots[slot(number)].timestamp, isCut: true)
        return number
    }

    private mutating func leaveOut(_ number: Int64) {
        ring.remove(number)
        held -= 1
        drop(.skipped)
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

    private static func copy(_ bytes: Span<UInt8>, into payload: inout [UInt8]) {
        bytes.withUnsafeBufferPointer { payload.append(contentsOf: $0) }
    }

    private mutating func take(_ number: Int64, into payload: inout [UInt8]) {
        ring.withPacket(number) { Self.copy($0, into: &payload) }
        ring.remove(number)
        held -= 1
    }
}
