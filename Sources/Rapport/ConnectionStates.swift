import RapportICE
import RapportSession

/// The states of a connection's layers, and what they come to together.
struct ConnectionStates {
    private(set) var gathering = ICEGatheringState.new
    private(set) var ice = ICEConnectionStateName.new
    private(set) var secure = SecureTransportStateName.new
    private var isClosed = false

    /// W3C webrtc-pc section 4.3.3.
    var connection: PeerConnectionState {
        if isClosed { return .closed }
        if ice == .failed || secure == .failed { return .failed }
        if ice == .disconnected { return .disconnected }
        let iceIsUp = ice == .connected || ice == .completed
        if iceIsUp && (secure == .connected || secure == .closed) { return .connected }
        return ice == .new && secure == .new ? .new : .connecting
    }

    mutating func close() {
        isClosed = true
        ice = .closed
        secure = .closed
    }

    /// Each answers what is to be told.
    mutating func move(gathering next: ICEGatheringState) -> [PeerConnectionEvent] {
        guard next != gathering else { return [] }
        gathering = next
        return [.iceGatheringStateChanged(next)]
    }

    mutating func move(ice next: ICEConnectionState) -> [PeerConnectionEvent] {
        let name = ICEConnectionStateName(next)
        guard name != ice else { return [] }
        return moving(.iceConnectionStateChanged(name)) { $0.ice = name }
    }

    mutating func move(secure next: SecureTransportState) -> [PeerConnectionEvent] {
        let name = SecureTransportStateName(next)
        guard name != secure else { return [] }
        return moving(.secureTransportStateChanged(name)) { $0.secure = name }
    }

    private mutating func moving(
        _ event: PeerConnectionEvent, _ change: (inout ConnectionStates) -> Void
    ) -> [PeerConnectionEvent] {
        let before = connection
        change(&self)
        return connection == before ? [event] : [event, .connectionStateChanged(connection)]
    }
}

extension ICEConnectionStateName {
    init(_ state: ICEConnectionState) {
        switch state {
        case .new: self = .new
        case .checking: self = .checking
        case .connected: self = .connected
        case .completed: self = .completed
        case .disconnected: self = .disconnected
        case .failed: self = .failed
        case .closed: self = .closed
        }
    }
}

extension SecureTransportStateName {
    init(_ state: SecureTransportState) {
        switch state {
        case .new: self = .new
        case .connecting: self = .connecting
        case .connected: self = .connected
        case .closed: self = .closed
        case .failed: self = .failed
        }
    }
}
