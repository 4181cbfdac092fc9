// libvpx as Swift can import it: variadic controls and ABI-versioned initialisers become static inline functions.
#ifndef RAPPORT_CVPX_SHIM_H
#define RAPPORT_CVPX_SHIM_H

#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

static inline vpx_codec_err_t rapport_vp8_encoder_init(vpx_codec_ctx_t *codec, const vpx_codec_enc_cfg_t *settings) {
    return vpx_codec_enc_init(codec, vpx_codec_vp8_cx(), settings, 0);
}

static inline vpx_codec_err_t rapport_vp8_decoder_init(vpx_codec_ctx_t *codec, const vpx_codec_dec_cfg_t *settings) {
    return vpx_codec_dec_init(codec, vpx_codec_vp8_dx(), settings, 0);
}

// Every control used takes an int or an unsigned int, which travel alike through variadic arguments.
static inline vpx_codec_err_t rapport_vpx_set(vpx_codec_ctx_t *codec, int control, int value) {
    return vpx_codec_control_(codec, control, value);
}

static inline vpx_codec_err_t rapport_vpx_get(vpx_codec_ctx_t *codec, int control, int *value) {
    return vpx_codec_control_(codec, control, value);
}

#endif
