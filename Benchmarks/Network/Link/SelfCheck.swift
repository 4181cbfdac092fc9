import BenchmarkSupport
import CTunnel
import Glibc
import RapportBase
import RapportSimulator

/// Sends probes through links and compares when they arrive with what was set.
struct SelfCheck {
    private static let mostRateError = 0.2
    private static let mostDelayError = 0.5
    private static let port: UInt16 = 9000

    private let tunnels: [Tunnel]
    private let sockets: [Int32]

    init(_ settings: LinkSettings) {
        let namespaces = [settings.left, settings.right]
        tunnels = namespaces.enumerated().map { Tunnel(namespace: $1, side: $0) }
        sockets = namespaces.enumerated().map { side, path in
            let socket = tunnel_udp(path, Tunnel.addresses[side], Self.port)
            if socket < 0 || tunnel_connect(socket, Tunnel.addresses[1 - side], Self.port) < 0 {
                fail("\(path): no UDP socket")
            }
            return socket
        }
    }

    func isPassed() -> Bool {
        var isPassed = true
        for kilobits in [100, 600, 1500, 2000, 5000] {
            let error = rateError(.kilobits(kilobits))
            Output.show("rate  \(kilobits) kbps: \(Self.text(error, 3)) % away (at most \(Self.mostRateError) %)")
            if abs(error) > Self.mostRateError { isPassed = false }
        }
        for (kilobits, milliseconds) in [(2000, 25), (600, 25), (2000, 100), (5000, 5)] {
            let errors = delayErrors(.kilobits(kilobits), .milliseconds(Int64(milliseconds)))
            let (mean, p99, most) = (
                errors.reduce(0, +) / Double(max(errors.count, 1)), errors[errors.count * 99 / 100], errors.last ?? 0
            )
            Output.show(
                "delay \(milliseconds) ms at \(kilobits) kbps, \(errors.count) probes: mean \(Self.text(mean, 3)), p99 "
                    + "\(Self.text(p99, 3)), most \(Self.text(most, 3)) ms away (p99 at most \(Self.mostDelayError) ms)"
            )
            if p99 > Self.mostDelayError { isPassed = false }
        }
        return isPassed
    }

    // Half as much again as the link carries: it is never idle. Per cent between the first arrival and the last.
    private func rateError(_ rate: Bitrate) -> Double {
        let (size, seconds) = (1000, 5.0)
        let count = Int(Double(rate.bitsPerSecond) * seconds * 1.5 / Double(size * 8))
        let gap = Int64(seconds * 1e9) / Int64(count)
        let link = LinkConfiguration(
            rate: .constant(rate), queue: .dropTail(.time(.milliseconds(300))), delay: .milliseconds(25))
        let probes = Prober(tunnels, sockets, link).run(count: count, size: size, gap: gap)
        guard let first = probes.first, let last = probes.last, last.arrived > first.arrived else { return 100 }
        // IP and UDP headers go over the link too.
        let bits = Double((probes.count - 1) * (size + 28) * 8)
        return (bits * 1e9 / Double(last.arrived - first.arrived) / Double(rate.bitsPerSecond) - 1) * 100
    }

    // Alone on the link each probe takes its transmission and the delay. Milliseconds away from that, ascending.
    private func delayErrors(_ rate: Bitrate, _ delay: Duration) -> [Double] {
        let size = 200
        let link = LinkConfiguration(rate: .constant(rate), delay: delay)
        let expected = rate.duration(ofBytes: size + 28) + delay
        let probes = Prober(tunnels, sockets, link).run(count: 300, size: size, gap: 10_000_000)
        if probes.count < 300 { fail("\(300 - probes.count) probes did not arrive") }
        return probes.map { abs(Double($0.arrived - $0.sent) / 1e6 - expected.inMilliseconds) }.sorted()
    }

    private static func text(_ value: Double, _ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        return "\((value * scale).rounded() / scale)"
    }
}
