import CVPX

/// libvpx's statuses as this room's errors.
enum VPXStatus {
    static func error(_ status: vpx_codec_err_t) -> CodecError {
        switch status {
        case VPX_CODEC_MEM_ERROR: .outOfMemory
        case VPX_CODEC_CORRUPT_FRAME, VPX_CODEC_UNSUP_BITSTREAM: .corruptPayload
        default: .library(.vp8, status: Int32(bitPattern: status.rawValue))
        }
    }

    static func check(_ status: vpx_codec_err_t) throws(CodecError) {
        guard status == VPX_CODEC_OK else { throw error(status) }
    }
}
