import RapportBase
import RapportRTP

extension VideoFrameBuffer {
    /// A packet arrived: releases what it completed and what can follow.
    mutating func completed(by number: Int64, at now: Timestamp, into frames: inout [AssembledFrame]) {
        switch state {
        case .waitingForKeyFrame:
            guard let frame = frame(around: number), slots[index(frame.lowerBound)].isKeyFrame else { return }
            guard emit(frame, at: now, into: &frames) else { return }
        case .decoding: break
        }
        release(at: now, into: &frames)
    }

    /// Releases frames in order until one is not there; then decides whether to wait for it.
    mutating func release(at now: Timestamp, into frames: inout [AssembledFrame]) {
        while case .decoding(let reference) = state {
            guard let frame = successor(of: reference) ?? skipTarget(reference, at: now) else { break }
            guard emit(frame, at: now, into: &frames) else { return }
        }
        noteGap(at: now)
    }

    // MARK: - Which frame is next

    /// The complete frame right behind the last one.
    private mutating func successor(of reference: Reference) -> ClosedRange<Int64>? {
        passPadding()
        if let first = packet(floor) { return first.descriptor.startsFrame ? frame(from: floor) : nil }
        // RFC 7741 section 4.2: picture ids count frames, so the next id is the next frame although sequence numbers
        // are missing: they were padding.
        guard let wanted = reference.pictureID, let start = nextHeld(after: floor), let first = packet(start),
            first.descriptor.startsFrame, Self.follows(first.descriptor, wanted)
        else { return nil }
        return frame(from: start)
    }

    /// After the short wait: the first complete frame that does not depend on what is missing.
    private mutating func skipTarget(_ reference: Reference, at now: Timestamp) -> ClosedRange<Int64>? {
        guard let since = gapSince, now - since >= configuration.skipWait, let newest else { return nil }
        skipIsOver = true
        var number = floor
        while number <= newest {
            if let slot = packet(number), slot.descriptor.startsFrame, let frame = frame(from: number) {
                if slot.isKeyFrame || isIndependent(slot.descriptor, at: number, of: reference) {
                    counters.skips += 1
                    return frame
                }
                number = frame.upperBound
            }
            number += 1
        }
        return nil
    }

    /// True when nothing between the reference and this frame is needed to decode it.
    private func isIndependent(
        _ descriptor: VP8PayloadDescriptor, at number: Int64, of reference: Reference
    ) -> Bool {
        if let index = descriptor.tl0PictureIndex, let last = reference.tl0PictureIndex,
            let layer = descriptor.temporalID
        {
            // RFC 7741 section 4.2: TL0PICIDX counts the frames of layer 0, which depend on each other alone; Y says
            // that a frame of a higher layer depends on layer 0 alone.
            if layer == 0, index == last &+ 1 { return true }
            if layer > 0, index == last, descriptor.layerSync { return true }
        }
        return onlyNonReferenceFrames(before: descriptor, at: number, since: reference)
    }

    // Every frame in between showed at least one packet, and none of them is a reference (N bit).
    private func onlyNonReferenceFrames(
        before descriptor: VP8PayloadDescriptor, at number: Int64, since reference: Reference
    ) -> Bool {
        guard let last = reference.pictureID, let own = descriptor.pictureID else { return false }
        var expected = Self.successor(of: last, in: descriptor)
        var position = floor
        while position < number {
            if let slot = packet(position) {
                guard slot.descriptor.nonReference, let id = slot.descriptor.pictureID else { return false }
                if id == expected { expected = Self.successor(of: id, in: descriptor) }
            }
            position += 1
        }
        return expected == own
    }

    private static func follows(_ descriptor: VP8PayloadDescriptor, _ last: UInt16) -> Bool {
        descriptor.pictureID == successor(of: last, in: descriptor)
    }

    private static func successor(of id: UInt16, in descriptor: VP8PayloadDescriptor) -> UInt16 {
        (id + 1) & (descriptor.hasLongPictureID ? 0x7FFF : 0x7F)
    }

    // MARK: - Frames

    /// The packets of the complete frame that begins with this packet.
    private func frame(from first: Int64) -> ClosedRange<Int64>? {
        guard let start = packet(first), let newest else { return nil }
        var number = first
        while number <= newest, let slot = packet(number), slot.timestamp == start.timestamp {
            if slot.marker { return first...number }
            number += 1
        }
        // Without a marker the frame ends where, without a gap, another one begins.
        guard number > first, let next = packet(number), next.descriptor.startsFrame else { return nil }
        return first...(number - 1)
    }

    private func frame(around number: Int64) -> ClosedRange<Int64>? {
        guard let slot = packet(number) else { return nil }
        var first = number
        while let earlier = packet(first), earlier.timestamp == slot.timestamp {
            if earlier.descriptor.startsFrame { return frame(from: first) }
            first -= 1
        }
        return nil
    }

    private func nextHeld(after number: Int64) -> Int64? {
        guard let newest, held > 0 else { return nil }
        var next = number
        while next <= newest {
            if ring.contains(next), !slots[index(next)].isPadding { return next }
            next += 1
        }
        return nil
    }

    private mutating func passPadding() {
        while ring.contains(floor), slots[index(floor)].isPadding {
            advance(to: floor + 1, dropping: .skipped)
        }
    }

    /// Assembles the frame and makes it the reference; false when its header is malformed.
    private mutating func emit(
        _ range: ClosedRange<Int64>, at now: Timestamp, into frames: inout [AssembledFrame]
    ) -> Bool {
        advance(to: range.lowerBound, dropping: .skipped)
        gapSince = nil
        skipIsOver = false
        let bytes = assemble(range)
        guard let header = try? VP8FrameHeader(parsing: bytes.span) else {
            advance(to: range.upperBound + 1, dropping: .malformed)
            requireKeyFrame()
            return false
        }
        frames.append(describe(range, bytes, header, at: now))
        let descriptor = slots[index(range.lowerBound)].descriptor
        // A frame of a higher layer leaves the count of the lowest as it was.
        state = .decoding(Reference(pictureID: descriptor.pictureID, tl0PictureIndex: descriptor.tl0PictureIndex))
        for number in range { ring.remove(number) }
        held -= range.count
        floor = range.upperBound + 1
        counters.packetsInFrames += UInt64(range.count)
        counters.framesReceived += 1
        if header.isKeyFrame {
            counters.keyFramesReceived += 1
            arriving = nil
        }
        return true
    }

    private func assemble(_ range: ClosedRange<Int64>) -> [UInt8] {
        var bytes: [UInt8] = []
        var total = 0
        for number in range { total += ring.withPacket(number) { $0.count } ?? 0 }
        bytes.reserveCapacity(total)
        for number in range { ring.withPacket(number) { bytes.append($0, 0..<$0.count) } }
        return bytes
    }

    private func describe(
        _ range: ClosedRange<Int64>, _ bytes: [UInt8], _ header: VP8FrameHeader, at now: Timestamp
    ) -> AssembledFrame {
        var (first, last, again) = (now, Timestamp.zero, false)
        for number in range {
            let slot = slots[index(number)]
            first = min(first, slot.arrival)
            last = max(last, slot.arrival)
            again = again || slot.isRetransmission
        }
        let video = EncodedVideo(
            bytes: bytes, isKeyFrame: header.isKeyFrame, rtpTimestamp: slots[index(range.lowerBound)].timestamp,
            width: header.width ?? 0, height: header.height ?? 0, time: last)
        return AssembledFrame(
            video: video, firstSequence: SequenceNumber(UInt16(truncatingIfNeeded: range.lowerBound)),
            packets: range.count, wasRetransmitted: again, firstArrival: first)
    }

    // MARK: - Gaps

    private mutating func noteGap(at now: Timestamp) {
        guard case .decoding = state, let newest, Int64(held) < newest - floor + 1 else {
            gapSince = nil
            skipIsOver = false
            return
        }
        let since = gapSince ?? now
        gapSince = since
        if now - since >= configuration.maximumWait { requireKeyFrame() }
    }
}
