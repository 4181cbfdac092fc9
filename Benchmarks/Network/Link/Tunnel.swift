import BenchmarkSupport
import CTunnel
import Glibc

/// A TUN interface in another network namespace.
struct Tunnel {
    static let addresses = ["10.77.0.1", "10.77.0.2"]
    private static let largest = 65_536

    let descriptor: Int32

    /// - Parameter side: 0 for the left, 1 for the right.
    init(namespace: String, side: Int) {
        descriptor = tunnel_open(namespace, "tun0", Self.addresses[side], Self.addresses[1 - side])
        if descriptor < 0 { fail("\(namespace): no TUN interface: \(String(cString: strerror(-descriptor)))") }
    }

    /// The next packet that was sent into it; nil when there is none.
    func receive() -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: Self.largest, alignment: 8) { room in
            let count = read(descriptor, room.baseAddress, room.count)
            return count > 0 ? Array(room.prefix(count)) : nil
        }
    }

    /// Hands a packet to the namespace. A full interface drops it, as a real one does.
    func send(_ packet: [UInt8]) { _ = write(descriptor, packet, packet.count) }
}
