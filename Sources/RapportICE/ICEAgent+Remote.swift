import CNice
public import RapportBase

extension ICEAgent {
    /// Takes the peer's user name fragment and password; candidates that came earlier are checked from now on.
    public func setRemoteParameters(_ parameters: ICEParameters) throws(ICEError) {
        guard isOpen else { throw .closed }
        guard parameters.isValid else { throw .invalidRemoteParameters }
        remoteParameters = parameters
        try useRemote()
    }

    /// Takes one of the peer's candidates, before or after its parameters, before or after gathering.
    ///
    /// What cannot be used is counted in `counters` and otherwise ignored. `.local` names are resolved meanwhile.
    public func addRemoteCandidate(_ candidate: ICECandidate) {
        executor.checkIsolated()
        guard isOpen, isUsable(candidate) else { return }
        guard remote.accepted < configuration.maximumRemoteCandidates else {
            counters.candidatesOverLimit &+= 1
            return
        }
        remote.accepted += 1
        if remote.isLibraryReady { use(candidate) } else { remote.waiting.append(candidate) }
    }

    /// Takes a `candidate:` line; one that cannot be parsed is counted.
    public func addRemoteCandidate(parsing line: String) {
        do throws(ICECandidateError) {
            addRemoteCandidate(try ICECandidate(parsing: line))
        } catch {
            executor.checkIsolated()
            counters.malformedCandidates &+= 1
        }
    }

    /// The peer has no further candidate. RFC 8838 section 14.
    public func endOfRemoteCandidates() {
        executor.checkIsolated()
        guard isOpen else { return }
        remote.hasEnded = true
        tellEndIfReached()
    }

    /// Changes the role before checks begin; libnice settles a conflict by itself. RFC 8445 section 6.1.1.
    public func setControlling(_ isControlling: Bool) {
        guard isOpen else { return }
        calling { rapport_set_bool(nice, "controlling-mode", isControlling ? 1 : 0) }
    }

    // MARK: Towards libnice

    /// Gives libnice what has been waiting, once gathering has begun and the parameters are known.
    func useRemote() throws(ICEError) {
        guard let parameters = remoteParameters, hasStartedGathering else { return }
        let didSet = calling {
            nice_agent_set_remote_credentials(nice, stream, parameters.usernameFragment, parameters.password)
        }
        guard didSet != 0 else { throw .library(.setRemoteCredentials) }
        remote.isLibraryReady = true
        beginPatience()
        let waiting = remote.waiting
        remote.waiting.removeAll()
        for candidate in waiting { use(candidate) }
        tellEndIfReached()
    }

    private func isUsable(_ candidate: ICECandidate) -> Bool {
        // RTP and RTCP share one component; TCP would make libnice give up its nomination mode (RFC 6544 section 8).
        if candidate.component != 1 || (candidate.transport == .tcp && !configuration.enablesTCP) {
            counters.unusedCandidates &+= 1
            return false
        }
        return true
    }

    private func use(_ candidate: ICECandidate) {
        // RFC 8840 section 4.1: a fragment other than the current one names an earlier generation.
        if let fragment = candidate.usernameFragment, fragment != remoteParameters?.usernameFragment {
            counters.staleCandidates &+= 1
        } else if candidate.isMulticastDNSName {
            resolve(candidate)
        } else {
            add(candidate)
        }
    }

    private func add(_ candidate: ICECandidate) {
        let added = candidate.withNiceCandidate(stream: stream) { pointer in
            let list = g_slist_append(nil, pointer)
            defer { g_slist_free(list) }
            return calling { nice_agent_set_remote_candidates(nice, stream, 1, list) }
        }
        switch added {
        case .some(1...): counters.remoteCandidates &+= 1
        case .some: counters.unusedCandidates &+= 1  // already known, say from a check that came first
        case nil: counters.malformedCandidates &+= 1
        }
    }

    private func resolve(_ candidate: ICECandidate) {
        let resolver = multicastNames ?? MulticastNameResolver(executor: executor)
        multicastNames = resolver
        remote.unresolved += 1
        resolver.resolve(candidate.address) { [weak self] addresses in self?.resolved(candidate, addresses) }
    }

    /// draft-ietf-mmusic-mdns-ice-candidates section 3.2.1: a name with several addresses is one candidate; the first
    /// literal is used for each family, since a browser registers one address under one name.
    private func resolved(_ candidate: ICECandidate, _ addresses: [String]) {
        guard isOpen else { return }
        remote.unresolved -= 1
        if addresses.isEmpty { counters.unresolvedNames &+= 1 }
        for address in addresses {
            var literal = candidate
            literal.address = address
            add(literal)
        }
        tellEndIfReached()
    }

    private func tellEndIfReached() {
        guard remote.hasEnded, remote.isLibraryReady, remote.unresolved == 0 else { return }
        calling { _ = nice_agent_peer_candidate_gathering_done(nice, stream) }
    }
}
