// What the codecs alone cost: libvpx VP8 in real-time mode, encode and decode in one thread, and Opus, with the
// settings a call uses. Prints one line of JSON; times are seconds of this thread's CPU time per minute of media.
//
//   codec-floor [--clip file.y4m|file.ivf] [--sound file.wav] [--seconds 10] [--cpu-used -8] [--kbps 1500]
//               [--complexity 8]
//
// The video is coded twice: without a pause, and at the pace of a call, where each picture finds colder caches.
// Without files it makes a scene and a voice of its own, the same each time.

#define _GNU_SOURCE
#include "clip.h"
#include "floor.h"

#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

enum { RATE = 30, TICKS = 90000 / RATE, FRAME = 960 };

struct settings {
    const char *clip;
    int seconds, cpu_used, kbps, paced;
};

static vpx_codec_ctx_t make_encoder(int width, int height, const struct settings *settings) {
    vpx_codec_ctx_t encoder;
    vpx_codec_enc_cfg_t c;
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &c, 0)) floor_fail("vpx", "default configuration");
    c.g_w = (unsigned)width;
    c.g_h = (unsigned)height;
    c.g_timebase.num = 1;
    c.g_timebase.den = 90000;
    c.g_threads = 1;
    c.g_pass = VPX_RC_ONE_PASS;
    c.g_lag_in_frames = 0;
    c.kf_mode = VPX_KF_DISABLED;
    c.rc_end_usage = VPX_CBR;
    c.rc_resize_allowed = 0;
    c.rc_target_bitrate = (unsigned)settings->kbps;
    c.rc_min_quantizer = 2;
    c.rc_max_quantizer = 56;
    c.rc_undershoot_pct = 100;
    c.rc_overshoot_pct = 15;
    c.rc_buf_sz = 1000;
    c.rc_buf_initial_sz = 500;
    c.rc_buf_optimal_sz = 600;
    c.rc_dropframe_thresh = 0;
    if (vpx_codec_enc_init(&encoder, vpx_codec_vp8_cx(), &c, 0)) floor_fail("vpx", "encoder");
    vpx_codec_control(&encoder, VP8E_SET_CPUUSED, settings->cpu_used);
    vpx_codec_control(&encoder, VP8E_SET_ENABLEAUTOALTREF, 0);
    vpx_codec_control(&encoder, VP8E_SET_NOISE_SENSITIVITY, 0);
    vpx_codec_control(&encoder, VP8E_SET_STATIC_THRESHOLD, 1);
    vpx_codec_control(&encoder, VP8E_SET_TOKEN_PARTITIONS, 0);
    vpx_codec_control(&encoder, VP8E_SET_MAX_INTRA_BITRATE_PCT, 900);
    return encoder;
}

static const vpx_codec_cx_pkt_t *encode(vpx_codec_ctx_t *encoder, vpx_image_t *image, int index) {
    if (vpx_codec_encode(encoder, image, (vpx_codec_pts_t)index * TICKS, TICKS, 0, VPX_DL_REALTIME))
        floor_fail("vpx_codec_encode", vpx_codec_error_detail(encoder));
    vpx_codec_iter_t iterator = NULL;
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(encoder, &iterator)) && packet->kind != VPX_CODEC_CX_FRAME_PKT) {}
    if (!packet) floor_fail("vpx_codec_encode", "dropped a picture");
    return packet;
}

static void decode(vpx_codec_ctx_t *decoder, const vpx_codec_cx_pkt_t *packet) {
    vpx_codec_iter_t iterator = NULL;
    if (vpx_codec_decode(decoder, packet->data.frame.buf, (unsigned)packet->data.frame.sz, NULL, 0) ||
        !vpx_codec_get_frame(decoder, &iterator))
        floor_fail("vpx_codec_decode", vpx_codec_error(decoder));
}

// Sleeps until picture `index` is due, as a camera makes an encoder wait.
static void await_picture(struct timespec start, int index) {
    int64_t due = start.tv_sec * 1000000000LL + start.tv_nsec + index * (1000000000LL / RATE);
    struct timespec moment = {due / 1000000000, due % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL);
}

static double measure_video(int width, int height, const struct settings *settings) {
    struct clip clip = settings->clip ? clip_read(settings->clip, width, height, CLIP_HELD) : clip_make(width, height, CLIP_HELD);
    vpx_codec_ctx_t encoder = make_encoder(width, height, settings), decoder;
    vpx_image_t image;
    if (vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0)) floor_fail("vpx", "decoder");
    int64_t encoding = 0, decoding = 0;
    size_t bytes = 0;
    int frames = settings->seconds * RATE;
    struct timespec began;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int index = 0; index < frames; index++) {
        if (settings->paced) await_picture(began, index);
        vpx_img_wrap(&image, VPX_IMG_FMT_I420, (unsigned)width, (unsigned)height, 1, clip_picture(&clip, index));
        int64_t start = floor_cpu_ns();
        const vpx_codec_cx_pkt_t *packet = encode(&encoder, &image, index);
        int64_t encoded = floor_cpu_ns();
        decode(&decoder, packet);
        decoding += floor_cpu_ns() - encoded;
        encoding += encoded - start;
        bytes += packet->data.frame.sz;
    }
    double minutes = settings->seconds / 60.0, e = (double)encoding / 1e9 / minutes, d = (double)decoding / 1e9 / minutes;
    if (!settings->paced)
        printf("\"%dx%d.encode_s_per_min\":%.2f,\"%dx%d.decode_s_per_min\":%.2f,\"%dx%d.kbps\":%.0f,", width, height, e,
               width, height, d, width, height, (double)bytes * 8 / 1000 / settings->seconds);
    vpx_codec_destroy(&encoder);
    vpx_codec_destroy(&decoder);
    clip_free(&clip);
    return e + d;
}

static OpusEncoder *make_opus_encoder(int complexity) {
    int error;
    OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error);
    if (error != OPUS_OK) floor_fail("opus", opus_strerror(error));
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(32000));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
    opus_encoder_ctl(encoder, OPUS_SET_VBR(1));
    opus_encoder_ctl(encoder, OPUS_SET_VBR_CONSTRAINT(1));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(5));
    return encoder;
}

static double measure_audio(const char *path, int seconds, int complexity) {
    int error, count = seconds * 48000;
    int16_t *samples = sound_read(path, count), out[FRAME];
    uint8_t packet[1275];
    OpusEncoder *encoder = make_opus_encoder(complexity);
    OpusDecoder *decoder = opus_decoder_create(48000, 1, &error);
    if (error != OPUS_OK) floor_fail("opus", opus_strerror(error));
    int64_t encoding = 0, decoding = 0;
    for (int at = 0; at + FRAME <= count; at += FRAME) {
        int64_t start = floor_cpu_ns();
        int bytes = opus_encode(encoder, samples + at, FRAME, packet, sizeof packet);
        int64_t encoded = floor_cpu_ns();
        if (bytes < 1 || opus_decode(decoder, packet, bytes, out, FRAME, 0) != FRAME) floor_fail("opus", "a frame");
        decoding += floor_cpu_ns() - encoded;
        encoding += encoded - start;
    }
    double minutes = seconds / 60.0, e = (double)encoding / 1e9 / minutes, d = (double)decoding / 1e9 / minutes;
    printf("\"opus.encode_s_per_min\":%.3f,\"opus.decode_s_per_min\":%.3f", e, d);
    opus_encoder_destroy(encoder);
    opus_decoder_destroy(decoder);
    free(samples);
    return e + d;
}

int main(int argc, char **argv) {
    struct settings settings = {
        .clip = floor_option(argc, argv, "--clip", NULL),
        .seconds = (int)floor_number(argc, argv, "--seconds", 10),
        .cpu_used = (int)floor_number(argc, argv, "--cpu-used", -8),
        .kbps = (int)floor_number(argc, argv, "--kbps", 1500),
    };
    const char *sound = floor_option(argc, argv, "--sound", NULL);
    int complexity = (int)floor_number(argc, argv, "--complexity", 8);
    if (settings.seconds < 1 || settings.seconds > 600) floor_fail("codec-floor", "1 to 600 seconds");
    printf("{\"benchmark\":\"codec-floor\",\"parameters\":{\"seconds\":%d,\"cpu_used\":%d,\"kbps\":%d,\"complexity\":%d,"
           "\"source\":\"%s\"},\"metrics\":{",
           settings.seconds, settings.cpu_used, settings.kbps, complexity, settings.clip ? "file" : "made");
    double small = measure_video(640, 360, &settings), large = measure_video(1280, 720, &settings);
    double audio = measure_audio(sound, settings.seconds * 3, complexity);
    settings.paced = 1;
    double paced_small = measure_video(640, 360, &settings), paced_large = measure_video(1280, 720, &settings);
    printf(",\"640x360.call_s_per_min\":%.2f,\"1280x720.call_s_per_min\":%.2f", small + audio, large + audio);
    printf(",\"640x360.paced_s_per_min\":%.2f,\"1280x720.paced_s_per_min\":%.2f}}\n", paced_small + audio,
           paced_large + audio);
    return 0;
}
