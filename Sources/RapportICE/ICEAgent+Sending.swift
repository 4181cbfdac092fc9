import CNice

extension ICEAgent {
    /// Sends one datagram on the selected pair. False, and counted, when no pair is selected yet or the socket is
    /// full (`writable` follows) or consent is gone.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard isOpen, !bytes.isEmpty else { return false }
        outbound.vectors[0] = GOutputVector(buffer: bytes.baseAddress, size: gsize(bytes.count))
        return transmit(1) == 1
    }

    /// Sends one datagram.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { send($0) } }

    /// Sends the datagrams that lie at `ranges` of `bytes`, in order, 64 to a system call (sendmmsg).
    ///
    /// Answers how many went out; after the first that cannot be sent the rest is not tried, and counted.
    @discardableResult
    public func sendBatch(_ bytes: UnsafeRawBufferPointer, ranges: [Range<Int>]) -> Int {
        guard isOpen else { return 0 }
        var sent = 0
        while sent < ranges.count {
            let count = min(OutboundScratch.capacity, ranges.count - sent)
            for index in 0..<count {
                let datagram = UnsafeRawBufferPointer(rebasing: bytes[ranges[sent + index]])
                outbound.vectors[index] = GOutputVector(buffer: datagram.baseAddress, size: gsize(datagram.count))
            }
            let taken = transmit(count)
            sent += taken
            guard taken == count else {
                let left = ranges.count - sent - (count - taken)
                counters.sendWouldBlock &+= UInt64(left)
                break
            }
        }
        return sent
    }

    /// Sends the first `count` messages of the scratch area; counts what went and what did not.
    private func transmit(_ count: Int) -> Int {
        // RFC 7675 section 5.1: without consent nothing is sent.
        guard state != .failed else {
            counters.sendFailed &+= UInt64(count)
            return 0
        }
        var error: UnsafeMutablePointer<GError>?
        let result = calling {
            nice_agent_send_messages_nonblocking(nice, stream, 1, outbound.messages, guint(count), nil, &error)
        }
        let sent = max(0, Int(result))
        counters.datagramsSent &+= UInt64(sent)
        for index in 0..<sent { counters.bytesSent &+= UInt64(outbound.vectors[index].size) }
        if sent < count { countUnsent(UInt64(count - sent), error) }
        if error != nil { g_error_free(error) }
        return sent
    }

    private func countUnsent(_ count: UInt64, _ error: UnsafeMutablePointer<GError>?) {
        // Part of a batch going out without an error means that the socket filled up.
        guard error == nil || rapport_is_would_block(error) != 0 else {
            counters.sendFailed &+= count
            return
        }
        counters.sendWouldBlock &+= count
        if selectedPair != nil { awaitRoom() }
    }

    /// libnice does not tell when a UDP socket has room again, so its descriptor is watched once.
    private func awaitRoom() {
        guard writability == nil else { return }
        let descriptor = nice_agent_get_selected_socket(nice, stream, 1).map { rapport_socket_fd($0) }
        writability = WritabilityWatch(executor: executor, descriptor: descriptor) { [weak self] in
            self?.writability = nil
            self?.raise(.writable)
        }
    }
}
