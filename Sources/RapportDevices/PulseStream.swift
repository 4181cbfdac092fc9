import CPulse

/// One stream to or from a device, 16-bit mono at 48 kHz; the daemon converts. On the audio thread only.
///
/// Volumes are the daemon's affair: none is ever given or changed.
final class PulseStream {
    static let bytesPerSample = 2
    static let samplesPerMillisecond = 48

    let kind: AudioDeviceKind
    /// The device that was asked for.
    let target: String
    private let stream: OpaquePointer
    private unowned let engine: PulseEngine
    /// Samples that the daemon keeps of a playback stream when nothing is late.
    private var targetLength = Int.max
    private var lateWatch = LateWatch()
    private var isClosed = false
    private(set) var isReady = false

    init?(
        _ engine: PulseEngine, _ context: OpaquePointer, _ kind: AudioDeviceKind, target: String,
        _ configuration: AudioDeviceConfiguration
    ) {
        var format = pa_sample_spec(format: PA_SAMPLE_S16LE, rate: 48_000, channels: 1)
        let properties = pa_proplist_new()
        defer { pa_proplist_free(properties) }
        // The role lets the daemon choose a headset's call profile and lower music, where it is set up to.
        pa_proplist_sets(properties, "media.role", "phone")
        let name = kind == .microphone ? "call, microphone" : "call, loudspeaker"
        guard let stream = pa_stream_new_with_proplist(context, name, &format, nil, properties) else { return nil }
        self.stream = stream
        self.engine = engine
        self.kind = kind
        self.target = target
        listen()
        guard connect(configuration) == 0 else {
            close()
            return nil
        }
    }

    deinit { close() }

    private func connect(_ configuration: AudioDeviceConfiguration) -> Int32 {
        let unset = rapport_pulse_default_size
        let fragment = Self.bytes(milliseconds: configuration.fragment)
        var sizes = pa_buffer_attr(maxlength: unset, tlength: unset, prebuf: unset, minreq: unset, fragsize: unset)
        let timing =
            PA_STREAM_INTERPOLATE_TIMING.rawValue | PA_STREAM_AUTO_TIMING_UPDATE.rawValue
            | PA_STREAM_ADJUST_LATENCY.rawValue
        switch kind {
        case .microphone:
            sizes.fragsize = fragment
            // What was not fetched for 200 ms is no call any more.
            sizes.maxlength = Self.bytes(milliseconds: 200)
            return pa_stream_connect_record(stream, target, &sizes, pa_stream_flags_t(timing))
        case .loudspeaker:
            sizes.tlength = Self.bytes(milliseconds: configuration.playbackLatency)
            sizes.minreq = fragment
            // The time line goes on when nothing is there to play, so that it is known what was played when.
            sizes.prebuf = 0
            let flags = pa_stream_flags_t(timing | PA_STREAM_START_CORKED.rawValue)
            return pa_stream_connect_playback(stream, target, &sizes, flags, nil, nil)
        }
    }

    private static func bytes(milliseconds: Int) -> UInt32 {
        UInt32(clamping: milliseconds * samplesPerMillisecond * bytesPerSample)
    }

    /// Ends the stream; nothing of it is told any more. Idempotent.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        isReady = false
        pa_stream_set_state_callback(stream, nil, nil)
        pa_stream_set_moved_callback(stream, nil, nil)
        pa_stream_set_read_callback(stream, nil, nil)
        pa_stream_set_write_callback(stream, nil, nil)
        pa_stream_set_underflow_callback(stream, nil, nil)
        pa_stream_set_overflow_callback(stream, nil, nil)
        pa_stream_disconnect(stream)
        pa_stream_unref(stream)
    }

    /// The device that the stream is on: the daemon may have moved it.
    var deviceName: String? { isReady ? PulseText.string(pa_stream_get_device_name(stream)) : nil }

    /// From here to the device's end of it, or back; nil before the daemon has told.
    var latency: Duration? {
        guard isReady else { return nil }
        var (microseconds, isNegative): (pa_usec_t, Int32) = (0, 0)
        guard pa_stream_get_latency(stream, &microseconds, &isNegative) == 0 else { return nil }
        // A monitor tells of sound that is yet to be played.
        return isNegative != 0 ? .zero : .microseconds(Int64(clamping: microseconds))
    }

    // MARK: Callbacks

    // Callbacks come on the audio thread from the loop that runs there; `close` takes them back.
    private func listen() {
        let me = Unmanaged.passUnretained(self).toOpaque()
        pa_stream_set_state_callback(stream, { _, data in PulseStream.of(data)?.stateChanged() }, me)
        pa_stream_set_moved_callback(stream, { _, data in PulseStream.of(data)?.moved() }, me)
        switch kind {
        case .microphone:
            pa_stream_set_read_callback(stream, { _, _, data in PulseStream.of(data)?.read() }, me)
            pa_stream_set_overflow_callback(stream, { _, data in PulseStream.of(data)?.engine.core.overflowed() }, me)
        case .loudspeaker:
            pa_stream_set_write_callback(stream, { _, bytes, data in PulseStream.of(data)?.write(bytes) }, me)
            pa_stream_set_underflow_callback(stream, { _, data in PulseStream.of(data)?.engine.core.underflowed() }, me)
        }
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> PulseStream? {
        data.map { Unmanaged<PulseStream>.fromOpaque($0).takeUnretainedValue() }
    }

    private func stateChanged() {
        switch pa_stream_get_state(stream) {
        case PA_STREAM_READY:
            isReady = true
            if kind == .loudspeaker { start() }
            engine.opened(self)
        case PA_STREAM_FAILED, PA_STREAM_TERMINATED:
            isReady = false
            engine.ended(self)
        default: break
        }
    }

    private func moved() { engine.opened(self) }

    private func start() {
        if let sizes = pa_stream_get_buffer_attr(stream) {
            targetLength = Int(sizes.pointee.tlength) / Self.bytesPerSample
        }
        if let operation = pa_stream_cork(stream, 0, nil, nil) { pa_operation_unref(operation) }
    }

    private func read() {
        while pa_stream_readable_size(stream) > 0 {
            var (samples, bytes): (UnsafeRawPointer?, Int) = (nil, 0)
            guard pa_stream_peek(stream, &samples, &bytes) == 0, bytes > 0 else { return }
            // No samples and a length are a gap: sound that the daemon has lost.
            engine.core.captured(
                samples?.assumingMemoryBound(to: Int16.self), count: bytes / Self.bytesPerSample, at: engine.now)
            pa_stream_drop(stream)
        }
    }

    private func write(_ wanted: Int) {
        var rest = wanted / Self.bytesPerSample
        var lateRest = isReady ? lateWatch.late(rest, buffer: targetLength, at: engine.now) : 0
        while rest > 0 {
            var (buffer, bytes): (UnsafeMutableRawPointer?, Int) = (nil, rest * Self.bytesPerSample)
            guard pa_stream_begin_write(stream, &buffer, &bytes) == 0, let buffer, bytes >= Self.bytesPerSample
            else { return }
            let count = min(rest, bytes / Self.bytesPerSample)
            engine.core.fill(
                buffer.assumingMemoryBound(to: Int16.self), count: count, late: lateRest, at: engine.now)
            guard pa_stream_write(stream, buffer, count * Self.bytesPerSample, nil, 0, PA_SEEK_RELATIVE) == 0
            else { return }
            rest -= count
            lateRest = max(0, lateRest - count)
        }
    }
}
