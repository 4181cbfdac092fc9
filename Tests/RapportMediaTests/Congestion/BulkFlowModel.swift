import RapportBase

/// A bulk TCP transfer with CUBIC's window (RFC 9438), enough of it to fill a queue as one does.
struct BulkFlowModel {
    static let segment = 1500

    let flow: Int
    let startsAt: Double
    let endsAt: Double
    private(set) var received = 0
    private var window = 10.0
    private var slowStart = Double.infinity
    private var largest = 0.0
    private var epoch: Double?
    private var underWay = 0
    private var roundTrip = 0.1
    private var recoverUntil = -1.0
    private var events: [(at: Double, lost: Bool, sentAt: Double)] = []
    private var number: Int64 = 0

    init(flow: Int, startsAt: Double, endsAt: Double = .infinity) {
        (self.flow, self.startsAt, self.endsAt) = (flow, startsAt, endsAt)
    }

    mutating func step(to time: Double, link: inout LinkModel) {
        events.sort { $0.at < $1.at }
        while let first = events.first, first.at <= time {
            events.removeFirst()
            underWay -= 1
            if first.lost { lose(first.sentAt, at: time) } else { acknowledge(first.sentAt, at: time) }
        }
        guard time >= startsAt, time < endsAt else { return }
        while underWay < Int(window) {
            underWay += 1
            number += 1
            let packet = LinkModel.Packet(
                flow: flow, bytes: Self.segment, sent: nil, number: number, enteredAt: time)
            if !link.enter(packet, at: time) {
                events.append((time + roundTrip, true, time))
            }
        }
    }

    mutating func deliver(_ packet: LinkModel.Packet, at time: Double, back: Double) {
        received += packet.bytes
        events.append((time + back, false, packet.enteredAt))
    }

    private mutating func acknowledge(_ sentAt: Double, at time: Double) {
        roundTrip = 0.875 * roundTrip + 0.125 * (time - sentAt)
        if window < slowStart {
            window += 1
            return
        }
        let start = epoch ?? time
        epoch = start
        let k = cubeRoot(largest * 0.3 / 0.4)
        let t = time - start + roundTrip
        let cubic = 0.4 * (t - k) * (t - k) * (t - k) + largest
        let friendly = largest * 0.7 + 0.53 * (time - start) / roundTrip
        window += max(min((max(cubic, friendly) - window) / window, 0.5), 0.001)
    }

    private mutating func lose(_ sentAt: Double, at time: Double) {
        guard sentAt > recoverUntil else { return }
        recoverUntil = time
        largest = window
        window = max(window * 0.7, 2)
        slowStart = window
        epoch = nil
    }

    private func cubeRoot(_ x: Double) -> Double {
        var guess = max(x, 1)
        for _ in 0..<40 { guess -= (guess * guess * guess - x) / (3 * guess * guess) }
        return guess
    }
}
