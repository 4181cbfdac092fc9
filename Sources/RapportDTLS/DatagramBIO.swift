internal import COpenSSL

/// A BIO whose every read is one datagram and whose every write is one datagram, over a `DatagramLink`.
///
/// OpenSSL's memory BIO glues the records of a flight together and loses where a datagram ended. The callbacks are
/// written here, outside every actor, because OpenSSL may call them on any thread.
enum DatagramBIO {
    private nonisolated(unsafe) static let method: OpaquePointer? = makeMethod()

    /// A BIO that sees `link`, unretained.
    static func make(over link: DatagramLink) throws(DTLSError) -> OpaquePointer {
        guard let method, let bio = BIO_new(method) else { throw DTLSError.takeFromQueue() }
        BIO_set_data(bio, Unmanaged.passUnretained(link).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    private static func makeMethod() -> OpaquePointer? {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams") else { return nil }
        BIO_meth_set_read(method) { bio, bytes, count in DatagramBIO.read(bio, bytes, count) }
        BIO_meth_set_write(method) { bio, bytes, count in DatagramBIO.write(bio, bytes, count) }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in DatagramBIO.control(bio, command) }
        return method
    }

    private static func read(_ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
        guard let link = DatagramLink.behind(bio: bio), let bytes, count > 0 else { return -1 }
        rapport_bio_clear_retry(bio)
        guard let taken = link.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))) else {
            rapport_bio_set_retry_read(bio)
            return -1
        }
        return Int32(taken)
    }

    private static func write(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
        guard let link = DatagramLink.behind(bio: bio), let bytes, count > 0 else { return -1 }
        rapport_bio_clear_retry(bio)
        link.outbound.append(Array(UnsafeRawBufferPointer(start: bytes, count: Int(count))))
        return count
    }

    /// What the record layer asks of a datagram transport; zero says no to the rest.
    private static func control(_ bio: OpaquePointer?, _ command: Int32) -> Int {
        switch command {
        case BIO_CTRL_FLUSH:
            return 1
        case BIO_CTRL_DGRAM_QUERY_MTU, BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
            return DatagramLink.behind(bio: bio)?.mtu ?? 0
        default:  // BIO_CTRL_DGRAM_GET_MTU_OVERHEAD among them: the MTU given is that of the payload.
            return 0
        }
    }
}
