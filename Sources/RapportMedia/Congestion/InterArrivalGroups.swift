import RapportBase

/// Groups packets that were sent together and compares how far apart groups were sent and arrived.
///
/// Works on groups and not on packets because a burst leaves a bottleneck as one piece, whatever its queue does.
struct InterArrivalGroups: Sendable {
    /// How far apart two completed groups were, in seconds.
    struct Deltas: Sendable, Equatable {
        var send: Double
        var arrival: Double
    }

    private struct Group {
        var firstSend: Timestamp
        var lastSend: Timestamp
        var firstArrival: Timestamp
        var completed: Timestamp
        var heardAt: Timestamp

        init(send: Timestamp, arrival: Timestamp, now: Timestamp) {
            (firstSend, lastSend, firstArrival, completed, heardAt) = (send, send, arrival, arrival, now)
        }
    }

    private static let groupLength = 0.005
    private static let burstGap = 0.005
    private static let longestBurst = 0.1
    /// More than this between the two clocks means that one of them jumped.
    private static let clockJump = 3.0
    private static let reorderedGroupsBeforeReset = 3

    private var current: Group?
    private var previous: Group?
    private var reordered = 0

    /// Takes a packet; the deltas of the two groups before when it begins a new one.
    mutating func add(send: Timestamp, arrival: Timestamp, at now: Timestamp) -> Deltas? {
        guard var group = current else {
            current = Group(send: send, arrival: arrival, now: now)
            return nil
        }
        guard send >= group.firstSend else { return nil }
        guard begins(send: send, arrival: arrival, after: group) else {
            group.lastSend = max(group.lastSend, send)
            group.completed = arrival
            group.heardAt = now
            current = group
            return nil
        }
        let deltas = previous.flatMap { compare(group, with: $0) }
        if current == nil { return nil }
        previous = group
        current = Group(send: send, arrival: arrival, now: now)
        return deltas
    }

    mutating func reset() {
        (current, previous, reordered) = (nil, nil, 0)
    }

    private mutating func compare(_ group: Group, with previous: Group) -> Deltas? {
        let arrival = group.completed.seconds(since: previous.completed)
        if arrival - group.heardAt.seconds(since: previous.heardAt) >= Self.clockJump {
            reset()
            return nil
        }
        guard arrival >= 0 else {
            reordered += 1
            if reordered >= Self.reorderedGroupsBeforeReset { reset() }
            return nil
        }
        reordered = 0
        return Deltas(send: group.lastSend.seconds(since: previous.lastSend), arrival: arrival)
    }

    private func begins(send: Timestamp, arrival: Timestamp, after group: Group) -> Bool {
        if isBurst(send: send, arrival: arrival, after: group) { return false }
        return send.seconds(since: group.firstSend) > Self.groupLength
    }

    private func isBurst(send: Timestamp, arrival: Timestamp, after group: Group) -> Bool {
        let sendDelta = send.seconds(since: group.lastSend)
        if sendDelta == 0 { return true }
        let arrivalDelta = arrival.seconds(since: group.completed)
        return arrivalDelta - sendDelta < 0 && arrivalDelta <= Self.burstGap
            && arrival.seconds(since: group.firstArrival) < Self.longestBurst
    }
}
