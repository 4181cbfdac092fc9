import CPulse

/// One look at the daemon's devices: three questions, done when all are answered.
final class PulseListing {
    private(set) var devices: [AudioDeviceDescription] = []
    private var defaults: [AudioDeviceKind: String] = [:]
    private var open = 3
    private let done: ([AudioDeviceDescription]) -> Void

    /// Asks; `done` is called on the loop's thread, or never when the connection ends before. The listing has to live
    /// until then, or until the context is disconnected.
    init(_ context: OpaquePointer, _ done: @escaping ([AudioDeviceDescription]) -> Void) {
        self.done = done
        let (onServer, onSink, onSource) = (Self.onServer, Self.onSink, Self.onSource)
        let me = Unmanaged.passUnretained(self).toOpaque()
        let operations = [
            pa_context_get_server_info(context, onServer, me), pa_context_get_sink_info_list(context, onSink, me),
            pa_context_get_source_info_list(context, onSource, me),
        ]
        for operation in operations where operation != nil { pa_operation_unref(operation) }
    }

    private func answered() {
        open -= 1
        guard open == 0 else { return }
        for index in devices.indices where defaults[devices[index].kind] == devices[index].name {
            devices[index].isDefault = true
        }
        done(devices)
    }

    private static let onServer: pa_server_info_cb_t = { _, info, data in
        guard let data else { return }
        let listing = Unmanaged<PulseListing>.fromOpaque(data).takeUnretainedValue()
        listing.defaults[.loudspeaker] = PulseText.string(info?.pointee.default_sink_name)
        listing.defaults[.microphone] = PulseText.string(info?.pointee.default_source_name)
        listing.answered()
    }

    private static let onSink: pa_sink_info_cb_t = { _, info, end, data in
        guard let data else { return }
        let listing = Unmanaged<PulseListing>.fromOpaque(data).takeUnretainedValue()
        guard end == 0, let info, let name = PulseText.string(info.pointee.name) else { return listing.answered() }
        listing.devices.append(
            AudioDeviceDescription(
                kind: .loudspeaker, name: name, text: PulseText.string(info.pointee.description) ?? name,
                sampleRate: Int(info.pointee.sample_spec.rate), channels: Int(info.pointee.sample_spec.channels)))
    }

    private static let onSource: pa_source_info_cb_t = { _, info, end, data in
        guard let data else { return }
        let listing = Unmanaged<PulseListing>.fromOpaque(data).takeUnretainedValue()
        guard end == 0, let info, let name = PulseText.string(info.pointee.name) else { return listing.answered() }
        listing.devices.append(
            AudioDeviceDescription(
                kind: .microphone, name: name, text: PulseText.string(info.pointee.description) ?? name,
                isMonitor: info.pointee.monitor_of_sink != rapport_pulse_no_index,
                sampleRate: Int(info.pointee.sample_spec.rate), channels: Int(info.pointee.sample_spec.channels)))
    }
}
