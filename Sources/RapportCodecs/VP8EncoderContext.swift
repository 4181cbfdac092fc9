import CVPX
import RapportBase

/// One libvpx VP8 encoder at an address that never moves, as libvpx demands.
struct VP8EncoderContext: ~Copyable {
    private let codec: UnsafeMutablePointer<vpx_codec_ctx_t>
    private let settings: UnsafeMutablePointer<vpx_codec_enc_cfg_t>
    private let image: UnsafeMutablePointer<vpx_image_t>

    /// Initialises libvpx for one picture size; controls are set by `apply`.
    init(width: Int, height: Int, configuration: VP8EncoderConfiguration) throws(CodecError) {
        codec = .allocate(capacity: 1)
        settings = .allocate(capacity: 1)
        image = .allocate(capacity: 1)
        codec.initialize(to: vpx_codec_ctx_t())
        settings.initialize(to: vpx_codec_enc_cfg_t())
        image.initialize(to: vpx_image_t())
        var status = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), settings, 0)
        if status == VPX_CODEC_OK {
            Self.fill(&settings.pointee, width: width, height: height, configuration: configuration)
            status = rapport_vp8_encoder_init(codec, settings)
        }
        guard status == VPX_CODEC_OK else {
            codec.deallocate()
            settings.deallocate()
            image.deallocate()
            throw VPXStatus.error(status)
        }
        // Only the description is made here: the planes are those of each picture in turn.
        vpx_img_wrap(image, VPX_IMG_FMT_I420, UInt32(width), UInt32(height), 1, UnsafeMutablePointer(bitPattern: 1))
    }

    deinit {
        vpx_codec_destroy(codec)
        codec.deallocate()
        settings.deallocate()
        image.deallocate()
    }

    private static func fill(
        _ settings: inout vpx_codec_enc_cfg_t, width: Int, height: Int, configuration: VP8EncoderConfiguration
    ) {
        settings.g_w = UInt32(width)
        settings.g_h = UInt32(height)
        settings.g_timebase.num = 1
        settings.g_timebase.den = 90_000
        settings.g_threads = UInt32(configuration.threads)
        settings.g_pass = VPX_RC_ONE_PASS
        settings.g_lag_in_frames = 0
        settings.g_error_resilient = configuration.errorResilient ? UInt32(VPX_ERROR_RESILIENT_DEFAULT) : 0
        // Key frames come when they are asked for: a receiver that lost one asks, nobody else needs one.
        settings.kf_mode = VPX_KF_DISABLED
        fillRateControl(&settings, configuration)
    }

    private static func fillRateControl(_ settings: inout vpx_codec_enc_cfg_t, _ configuration: VP8EncoderConfiguration)
    {
        settings.rc_end_usage = VPX_CBR
        settings.rc_resize_allowed = 0
        settings.rc_target_bitrate = UInt32(max(1, configuration.bitrate.bitsPerSecond / 1000))
        settings.rc_min_quantizer = UInt32(configuration.quantizer.lowerBound)
        settings.rc_max_quantizer = UInt32(configuration.quantizer.upperBound)
        settings.rc_undershoot_pct = 100
        settings.rc_overshoot_pct = 15
        settings.rc_buf_sz = UInt32(configuration.buffer.size)
        settings.rc_buf_initial_sz = UInt32(configuration.buffer.initial)
        settings.rc_buf_optimal_sz = UInt32(configuration.buffer.optimal)
        settings.rc_dropframe_thresh = UInt32(configuration.dropThreshold)
        fillLayers(&settings, configuration.temporalLayers)
    }

    /// The part of the rate that the lower of two layers gets, in percent. At 0.3 to 1.4 Mbit/s 70 costs 0.1 to 0.26 dB
    /// against one layer, 60 costs 0.35 to 0.45, and one rate for both 0.34 to 0.8.
    private static let lowerShare: UInt32 = 70

    private static func fillLayers(_ settings: inout vpx_codec_enc_cfg_t, _ layers: Int) {
        let rate = settings.rc_target_bitrate
        settings.ts_number_layers = UInt32(layers)
        settings.ts_periodicity = UInt32(layers)
        settings.ts_target_bitrate.0 = layers > 1 ? max(1, rate * lowerShare / 100) : rate
        settings.ts_target_bitrate.1 = layers > 1 ? max(2, rate) : 0
        settings.ts_rate_decimator.0 = UInt32(layers)
        settings.ts_rate_decimator.1 = layers > 1 ? 1 : 0
        settings.ts_layer_id.0 = 0
        settings.ts_layer_id.1 = layers > 1 ? 1 : 0
    }

    /// Sets what libvpx takes by control call.
    func apply(_ configuration: VP8EncoderConfiguration) throws(CodecError) {
        let controls: [(vp8e_enc_control_id, Int)] = [
            (VP8E_SET_CPUUSED, configuration.speed),
            (VP8E_SET_ENABLEAUTOALTREF, 0),
            (VP8E_SET_NOISE_SENSITIVITY, configuration.noiseSensitivity),
            (VP8E_SET_STATIC_THRESHOLD, configuration.staticThreshold),
            (VP8E_SET_TOKEN_PARTITIONS, configuration.tokenPartitions),
            (VP8E_SET_MAX_INTRA_BITRATE_PCT, configuration.maximumIntraPercent),
            (VP8E_SET_SCREEN_CONTENT_MODE, configuration.screenContent ? 1 : 0),
        ]
        for (control, value) in controls {
            try VPXStatus.check(rapport_vpx_set(codec, Int32(control.rawValue), Int32(value)))
        }
    }

    /// Rates, quantizers and buffers, from the next picture on and without a key frame.
    func reconfigure(_ configuration: VP8EncoderConfiguration) throws(CodecError) {
        Self.fillRateControl(&settings.pointee, configuration)
        try VPXStatus.check(vpx_codec_enc_config_set(codec, settings))
        try apply(configuration)
    }

    /// Encodes one picture of the context's size. Nil when rate control dropped it.
    /// - Parameter layer: nil while there is only one.
    func encode(
        _ buffer: I420Buffer, presentation: Int64, duration: Int, forceKeyFrame: Bool, layer: Int?
    ) throws(CodecError) -> (bytes: [UInt8], isKeyFrame: Bool)? {
        if let layer {
            try VPXStatus.check(rapport_vpx_set(codec, Int32(VP8E_SET_TEMPORAL_LAYER_ID.rawValue), Int32(layer)))
        }
        let flags = forceKeyFrame ? vpx_enc_frame_flags_t(VPX_EFLAG_FORCE_KF) : Self.flags(ofLayer: layer ?? 0)
        let status = buffer.withUnsafeBytes { bytes in
            point(at: bytes, buffer)
            return vpx_codec_encode(codec, image, presentation, UInt(duration), flags, UInt(VPX_DL_REALTIME))
        }
        try VPXStatus.check(status)
        return packet()
    }

    // A picture of the upper layer leaves neither a reference nor probabilities behind.
    private static func flags(ofLayer layer: Int) -> vpx_enc_frame_flags_t {
        guard layer > 0 else { return 0 }
        let all =
            VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF | VP8_EFLAG_NO_UPD_ENTROPY
        return vpx_enc_frame_flags_t(all)
    }

    /// libvpx only reads the planes, though its image type does not say so; it keeps its own copy after the call.
    private func point(at bytes: UnsafeBufferPointer<UInt8>, _ buffer: I420Buffer) {
        let base = UnsafeMutablePointer(mutating: bytes.baseAddress)
        image.pointee.planes.0 = base.map { $0 + buffer.offset(ofPlane: 0) }
        image.pointee.planes.1 = base.map { $0 + buffer.offset(ofPlane: 1) }
        image.pointee.planes.2 = base.map { $0 + buffer.offset(ofPlane: 2) }
        image.pointee.stride.0 = Int32(buffer.width)
        image.pointee.stride.1 = Int32(buffer.chromaWidth)
        image.pointee.stride.2 = Int32(buffer.chromaWidth)
    }

    private func packet() -> (bytes: [UInt8], isKeyFrame: Bool)? {
        var iterator: vpx_codec_iter_t?
        while let packet = vpx_codec_get_cx_data(codec, &iterator) {
            guard packet.pointee.kind == VPX_CODEC_CX_FRAME_PKT else { continue }
            let frame = packet.pointee.data.frame
            let bytes = UnsafeRawBufferPointer(start: frame.buf, count: Int(frame.sz))
            return (Array(bytes), frame.flags & UInt32(VPX_FRAME_IS_KEY) != 0)
        }
        return nil
    }

    /// Quantizer index of the last picture, 0 to 127. RFC 6386 section 9.6.
    var lastQuantizer: Int {
        var value: Int32 = 0
        _ = rapport_vpx_get(codec, Int32(VP8E_GET_LAST_QUANTIZER.rawValue), &value)
        return Int(value)
    }
}
