import BenchmarkSupport
import CTunnel
import Glibc
import RapportBase
import RapportSimulator
import Synchronization

/// Probes over one link: a thread that sends them through the kernel of one namespace, the link between both, and the
/// kernel's stamp of their arrival in the other.
struct Prober {
    /// Nanoseconds of CLOCK_REALTIME.
    struct Probe {
        var sent: Int64
        var arrived: Int64
    }

    private let tunnels: [Tunnel]
    private let sockets: [Int32]
    private let link: LinkConfiguration

    init(_ tunnels: [Tunnel], _ sockets: [Int32], _ link: LinkConfiguration) {
        self.tunnels = tunnels
        self.sockets = sockets
        self.link = link
    }

    /// What arrived, in order.
    func run(count: Int, size: Int, gap: Int64) -> [Probe] {
        let isOver = Flag()
        let (tunnels, link) = (tunnels, link)
        let carrier = PlainThread { Self.carry(tunnels, link, until: isOver) }
        let socket = sockets[0]
        let sender = PlainThread { Self.send(socket, count: count, size: size, gap: gap) }
        let probes = collect(seconds: Double(count) * Double(gap) / 1e9 + 1)
        isOver.set()
        sender.join()
        carrier.join()
        return probes
    }

    private static func realtime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func send(_ socket: Int32, count: Int, size: Int, gap: Int64) {
        var next = Clock.wall()
        var bytes = [UInt8](repeating: 0, count: size)
        for _ in 0..<count {
            next += gap
            let wait = next - Clock.wall()
            if wait > 0 { _ = tunnel_wait([], 0, wait) }
            withUnsafeBytes(of: realtime().littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
            _ = Glibc.send(socket, bytes, bytes.count, 0)
        }
    }

    private func collect(seconds: Double) -> [Probe] {
        var probes: [Probe] = []
        let end = Clock.wall() + Int64(seconds * 1e9)
        var bytes = [UInt8](repeating: 0, count: 2048)
        while Clock.wall() < end {
            _ = tunnel_wait([sockets[1]], 1, max(end - Clock.wall(), 0))
            var arrived: Int64 = 0
            while tunnel_receive(sockets[1], &bytes, UInt(bytes.count), &arrived) >= 8 {
                let sent = bytes[..<8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
                probes.append(Probe(sent: sent, arrived: arrived))
            }
        }
        return probes
    }

    private static func carry(_ tunnels: [Tunnel], _ link: LinkConfiguration, until isOver: Flag) {
        _ = tunnel_hurry()
        let start = Clock.wall()
        var pipes = [Pipe(link, seed: 1), Pipe(LinkConfiguration(), seed: 2)]
        let descriptors = tunnels.map(\.descriptor)
        while !isOver.isSet {
            let now = Clock.wall() - start
            let due = pipes.compactMap(\.deadline).min()?.nanoseconds ?? now + 50_000_000
            let readable = tunnel_wait(descriptors, 2, min(max(due - now, 0), 50_000_000))
            for side in 0...1 {
                if readable & (1 << Int32(side)) != 0 {
                    while let packet = tunnels[side].receive() {
                        pipes[side].accept(packet, at: Timestamp(nanoseconds: Clock.wall() - start))
                    }
                }
                while let arrival = pipes[side].take(at: Timestamp(nanoseconds: Clock.wall() - start)) {
                    tunnels[1 - side].send(arrival.bytes)
                }
                _ = pipes[side].takeNotes()
            }
        }
    }
}

/// Set once, seen by all threads.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
