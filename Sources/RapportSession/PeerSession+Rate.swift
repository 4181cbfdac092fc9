public import RapportBase
import RapportMedia

// What congestion control decided reaches pacer, feedback and encoders; probes and padding leave.
extension PeerSession {
    /// Bounds all that is sent, headers included, to the part of a line that this session has beside others. It holds until
    /// the next one; less than 30 kbit/s counts as that.
    public mutating func setLineShare(_ share: Bitrate, at now: Timestamp, into outputs: inout SessionOutputs) {
        guard !ended else { return }
        let told = outputs.events.count
        rate.update(lineShare: share, at: now)
        proceed(after: told, at: now, into: &outputs)
    }

    /// Applies the rate that is allowed now, if it changed.
    mutating func applyRate(at now: Timestamp, into outputs: inout SessionOutputs) {
        guard rate.takeChange() || announced == nil else { return }
        rate.update(extra: streams.extraShare, at: now)
        let target = rate.target
        pacer.isHeld = rate.isWindowFull
        pacer.update(target: target)
        if let decision = rate.decision { pacer.update(pacing: decision.pacing, padding: decision.padding) }
        streams.feedbackRecorder.update(sendRate: target)
        streams.congestionRecorder.update(sendRate: target)
        let encoders = max(target - extraRate(of: target) - data.reserve(of: target, at: now), .zero)
        if let announced, !Self.isWorthTelling(encoders, after: announced) { return }
        announced = encoders
        outputs.events.append(.targetBitrate(encoders))
    }

    // Repair packets and retransmissions are part of what may be sent: pictures give it up.
    private func extraRate(of target: Bitrate) -> Bitrate {
        max(target - BitrateAllocation.soundReserve, .zero) * streams.extraShare
    }

    // An encoder is told of what it can follow: a fiftieth more or less is within what its pictures vary.
    private static func isWorthTelling(_ target: Bitrate, after last: Bitrate) -> Bool {
        abs(target.kilobits - last.kilobits) * 50 >= last.kilobits
    }

    /// Sends what a probe or a rate to keep up lacks.
    mutating func sendPadding(at now: Timestamp, into outputs: inout SessionOutputs) {
        if !pacer.isProbing, streams.paddingSender != nil, let request = rate.takeProbe(at: now) {
            pacer.begin(request, at: now)
            sendQueued(at: now, into: &outputs)
        }
        while let need = pacer.paddingNeed(at: now) {
            guard let stream = streams.paddingSender else { return pacer.cannotPad(at: now) }
            scratch.removeAll(keepingCapacity: true)
            guard let layout = stream.appendPadding(upTo: need.bytes, to: &scratch, at: now) else {
                return pacer.cannotPad(at: now)
            }
            stamp(layout, extensions: stream.extensions, at: now)
            pacer.sentPadding(scratch.count, at: now)
            sendScratch(as: .padding, probe: need.probe, isNumbered: layout.isNumbered, at: now, into: &outputs)
        }
    }
}
