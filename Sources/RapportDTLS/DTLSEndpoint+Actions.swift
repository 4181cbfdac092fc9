internal import RapportBase

extension DTLSEndpoint {
    /// The flat switch: does what the state machine asked for.
    mutating func perform(_ action: DTLSStateMachine.Action, into outputs: inout [DTLSOutput]) {
        switch action {
        case .nothing: break
        case .proceed: advance(into: &outputs)
        case .verify: verify(into: &outputs)
        case .releaseKeys: releaseKeys(into: &outputs)
        case .end(let output): outputs.append(output)
        }
    }

    /// Lets OpenSSL take the datagram that waits, as far as it goes.
    mutating func advance(into outputs: inout [DTLSOutput]) {
        if machine.isHandshaking { continueHandshake(into: &outputs) }
        if machine.isActive, !machine.isHandshaking { readMessages(into: &outputs) }
    }

    private mutating func continueHandshake(into outputs: inout [DTLSOutput]) {
        let step = connection.handshake()
        flush(into: &outputs)
        switch step {
        case .done: perform(machine.finishedHandshake(), into: &outputs)
        case .wantsDatagram: break
        case .closed: perform(machine.closed(), into: &outputs)
        case .failed(let error): perform(machine.failed(error), into: &outputs)
        }
    }

    /// Also what answers a repeated last flight: OpenSSL sends its own again from inside the read.
    private mutating func readMessages(into outputs: inout [DTLSOutput]) {
        while machine.isActive {
            let (count, step) = messageBuffer.withUnsafeMutableBufferPointer { connection.read(into: $0) }
            flush(into: &outputs)
            switch step {
            case .done: deliver(count, into: &outputs)
            case .wantsDatagram: return
            case .closed: close(into: &outputs)  // RFC 5246 section 7.2.1: answered with our own close_notify.
            case .failed(let error): perform(machine.failed(error), into: &outputs)
            }
        }
    }

    private mutating func deliver(_ count: Int, into outputs: inout [DTLSOutput]) {
        guard machine.isConnected else {
            // RFC 8842 section 5.5: nothing of an unverified peer is used. SCTP sends its first chunk again.
            statistics.unverifiedMessages += 1
            return
        }
        outputs.append(.applicationData(Array(messageBuffer[..<count])))
    }

    /// The lock on the keys: profile, certificate and fingerprint, in this order.
    private mutating func verify(into outputs: inout [DTLSOutput]) {
        guard connection.selectedProfile != nil else { return refuse(.noCommonSRTPProfile, into: &outputs) }
        guard let fingerprints = connection.link.fingerprints else { return }
        do throws(DTLSError) {
            let matches = try connection.peerMatches(fingerprints)
            if !matches { return refuse(.fingerprintMismatch, into: &outputs) }
            perform(machine.verified(matches), into: &outputs)
        } catch {
            refuse(error, into: &outputs)
        }
    }

    /// After the handshake OpenSSL has no way to send an alert of our choice: close_notify is the one there is.
    private mutating func refuse(_ error: DTLSError, into outputs: inout [DTLSOutput]) {
        connection.shutdown()
        flush(into: &outputs)
        perform(machine.failed(error), into: &outputs)
    }

    private mutating func releaseKeys(into outputs: inout [DTLSOutput]) {
        guard let profile = connection.selectedProfile else { return refuse(.noCommonSRTPProfile, into: &outputs) }
        do throws(DTLSError) {
            outputs.append(.connected(try connection.exportKeys(profile)))
        } catch {
            refuse(error, into: &outputs)
        }
    }

    /// Hands out what OpenSSL wrote during the call.
    mutating func flush(into outputs: inout [DTLSOutput]) {
        statistics.timeouts = connection.link.timeouts
        for datagram in connection.link.takeOutbound() {
            statistics.datagramsSent += 1
            outputs.append(.transmit(datagram))
        }
    }
}
