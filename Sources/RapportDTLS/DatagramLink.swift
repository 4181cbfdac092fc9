internal import COpenSSL
internal import RapportBase

/// What OpenSSL's callbacks see of an association: the datagram being read, those written, and what they decided.
final class DatagramLink {
    /// The datagram that `read` hands out next; set only for the time of one call into OpenSSL.
    var inbound: UnsafeBufferPointer<UInt8>?
    /// Datagrams written during the current call.
    var outbound: [[UInt8]] = []
    var schedule: RetransmissionSchedule
    /// Times a wait ran out, whether `handleTimeout` or a read noticed it.
    private(set) var timeouts = 0
    /// What the peer's certificate has to match, once signalling told.
    var fingerprints: FingerprintSet?
    /// Why the certificate was refused, when it was.
    var refusal: DTLSError?
    let mtu: Int

    init(mtu: Int, schedule: RetransmissionSchedule) {
        self.mtu = mtu
        self.schedule = schedule
    }

    /// The link behind an `SSL` or `BIO`; whoever made them keeps it alive for as long.
    static func behind(bio: OpaquePointer?) -> DatagramLink? {
        guard let bio, let data = BIO_get_data(bio) else { return nil }
        return Unmanaged<DatagramLink>.fromOpaque(data).takeUnretainedValue()
    }

    static func behind(ssl: OpaquePointer?) -> DatagramLink? {
        ssl.flatMap { behind(bio: SSL_get_rbio($0)) }
    }

    /// Copies the waiting datagram out, whole or cut as `recv` would; nil when there is none.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard let datagram = inbound else { return nil }
        inbound = nil
        let count = min(datagram.count, buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(datagram)[..<count]))
        return count
    }

    /// OpenSSL's question how long to wait after `previous` microseconds, of which zero begins a flight.
    func wait(after previous: UInt32) -> UInt32 {
        if previous > 0 { timeouts += 1 }
        return schedule.next(after: previous)
    }

    func takeOutbound() -> [[UInt8]] {
        defer { outbound.removeAll(keepingCapacity: true) }
        return outbound
    }
}
