import CVPX
import RapportBase

/// One libvpx VP8 decoder at an address that never moves, as libvpx demands.
struct VP8DecoderContext: ~Copyable {
    private let codec: UnsafeMutablePointer<vpx_codec_ctx_t>

    init() throws(CodecError) {
        codec = .allocate(capacity: 1)
        codec.initialize(to: vpx_codec_ctx_t())
        var settings = vpx_codec_dec_cfg_t(threads: 1, w: 0, h: 0)
        let status = rapport_vp8_decoder_init(codec, &settings)
        guard status == VPX_CODEC_OK else {
            codec.deallocate()
            throw VPXStatus.error(status)
        }
    }

    deinit {
        vpx_codec_destroy(codec)
        codec.deallocate()
    }

    /// Decodes one frame. Nil when it is not meant to be shown.
    func decode(_ payload: Span<UInt8>) throws(CodecError) -> I420Buffer? {
        let status = payload.withUnsafeBufferPointer { bytes in
            vpx_codec_decode(codec, bytes.baseAddress, UInt32(clamping: bytes.count), nil, 0)
        }
        try VPXStatus.check(status)
        var corrupted: Int32 = 0
        try VPXStatus.check(rapport_vpx_get(codec, Int32(VP8D_GET_FRAME_CORRUPTED.rawValue), &corrupted))
        // libvpx shows a picture whose tail was cut off without complaint, and tells only when asked.
        guard corrupted == 0 else { throw .corruptPayload }
        var iterator: vpx_codec_iter_t?
        guard let image = vpx_codec_get_frame(codec, &iterator) else { return nil }
        return copy(image.pointee)
    }

    private func copy(_ image: vpx_image_t) -> I420Buffer {
        I420Buffer(width: Int(image.d_w), height: Int(image.d_h)) { output in
            guard var next = output.baseAddress else { return }
            let chroma = (Int(image.d_w + 1) / 2, Int(image.d_h + 1) / 2)
            next = copyPlane(image.planes.0, image.stride.0, Int(image.d_w), Int(image.d_h), to: next)
            next = copyPlane(image.planes.1, image.stride.1, chroma.0, chroma.1, to: next)
            _ = copyPlane(image.planes.2, image.stride.2, chroma.0, chroma.1, to: next)
        }
    }

    private func copyPlane(
        _ plane: UnsafeMutablePointer<UInt8>?, _ stride: Int32, _ width: Int, _ height: Int,
        to output: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard let plane else { return output }
        for row in 0..<height {
            (output + row * width).initialize(from: plane + row * Int(stride), count: width)
        }
        return output + width * height
    }
}
