#include "clip.h"

#include "floor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

static size_t picture_bytes(int width, int height) {
    size_t chroma = (size_t)((width + 1) / 2) * (size_t)((height + 1) / 2);
    return (size_t)width * (size_t)height + 2 * chroma;
}

static void *allocate(size_t bytes) {
    void *made = malloc(bytes);
    if (!made) floor_fail("malloc", "no memory");
    return made;
}

// Bilinear, one plane; good enough to make a clip of another size that is as hard to encode.
static void scale_plane(const uint8_t *from, int stride, int fw, int fh, uint8_t *to, int tw, int th) {
    for (int y = 0; y < th; y++) {
        double fy = th > 1 ? (double)y * (fh - 1) / (th - 1) : 0;
        int y0 = (int)fy, y1 = y0 + 1 < fh ? y0 + 1 : y0;
        for (int x = 0; x < tw; x++) {
            double fx = tw > 1 ? (double)x * (fw - 1) / (tw - 1) : 0;
            int x0 = (int)fx, x1 = x0 + 1 < fw ? x0 + 1 : x0;
            double top = from[y0 * stride + x0] * (1 - (fx - x0)) + from[y0 * stride + x1] * (fx - x0);
            double bottom = from[y1 * stride + x0] * (1 - (fx - x0)) + from[y1 * stride + x1] * (fx - x0);
            to[y * tw + x] = (uint8_t)lrint(top * (1 - (fy - y0)) + bottom * (fy - y0));
        }
    }
}

static void append(struct clip *clip, const uint8_t *const planes[3], const int strides[3], int width, int height) {
    uint8_t *made = allocate(picture_bytes(clip->width, clip->height)), *to = made;
    for (int plane = 0; plane < 3; plane++) {
        int shift = plane ? 1 : 0;
        int tw = (clip->width + shift) >> shift, th = (clip->height + shift) >> shift;
        scale_plane(planes[plane], strides[plane], (width + shift) >> shift, (height + shift) >> shift, to, tw, th);
        to += (size_t)tw * (size_t)th;
    }
    clip->pictures[clip->count++] = made;
}

static void read_y4m(struct clip *clip, FILE *file, int limit) {
    char line[256];
    int width = 0, height = 0;
    if (!fgets(line, sizeof line, file)) floor_fail("Y4M", "no header");
    char *w = strstr(line, " W"), *h = strstr(line, " H"), *c = strstr(line, " C");
    if (!w || !h || (c && strncmp(c, " C420", 5)) || sscanf(w, " W%d", &width) != 1 || sscanf(h, " H%d", &height) != 1)
        floor_fail("Y4M", "not an 8-bit 4:2:0 clip");
    if (width < 1 || height < 1 || width > 8192 || height > 8192) floor_fail("Y4M", "size");
    uint8_t *picture = allocate(picture_bytes(width, height));
    int cw = (width + 1) / 2, ch = (height + 1) / 2;
    const uint8_t *planes[3] = {picture, picture + width * height, picture + width * height + cw * ch};
    const int strides[3] = {width, cw, cw};
    while (clip->count < limit && fgets(line, sizeof line, file) && !strncmp(line, "FRAME", 5) &&
           fread(picture, picture_bytes(width, height), 1, file) == 1)
        append(clip, planes, strides, width, height);
    free(picture);
}

static void read_ivf(struct clip *clip, FILE *file, int limit) {
    static uint8_t bytes[1 << 20];
    uint8_t header[32], frame[12];
    vpx_codec_ctx_t decoder;
    if (fread(header, 32, 1, file) != 1 || memcmp(header, "DKIF", 4) || memcmp(header + 8, "VP80", 4))
        floor_fail("IVF", "not a VP8 file");
    if (vpx_codec_dec_init(&decoder, vpx_codec_vp8_dx(), NULL, 0)) floor_fail("vpx_codec_dec_init", "IVF");
    while (clip->count < limit && fread(frame, 12, 1, file) == 1) {
        uint32_t size = frame[0] | frame[1] << 8 | frame[2] << 16 | (uint32_t)frame[3] << 24;
        vpx_codec_iter_t iterator = NULL;
        if (size > sizeof bytes || fread(bytes, size, 1, file) != 1) break;
        if (vpx_codec_decode(&decoder, bytes, size, NULL, 0)) floor_fail("IVF", "a frame does not decode");
        vpx_image_t *image = vpx_codec_get_frame(&decoder, &iterator);
        if (image)
            append(clip, (const uint8_t *const *)image->planes, image->stride, (int)image->d_w, (int)image->d_h);
    }
    vpx_codec_destroy(&decoder);
}

struct clip clip_read(const char *path, int width, int height, int limit) {
    struct clip clip = {width, height, 0, allocate(sizeof(uint8_t *) * (size_t)limit)};
    FILE *file = fopen(path, "rb");
    if (!file) floor_fail("open", path);
    const char *ending = strrchr(path, '.');
    if (ending && !strcmp(ending, ".y4m")) read_y4m(&clip, file, limit);
    else read_ivf(&clip, file, limit);
    fclose(file);
    if (clip.count == 0) floor_fail("no picture in", path);
    return clip;
}

static uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static uint8_t scene_luma(int x, int y, int t, uint32_t noise) {
    double pan = x + t * 1.5;
    double value = 128 + 40 * sin(pan / 37.0) * cos(y / 29.0) + 24 * sin((pan + y) / 11.0) + (double)(noise % 7) - 3;
    return (uint8_t)(value < 16 ? 16 : value > 235 ? 235 : value);
}

struct clip clip_make(int width, int height, int count) {
    struct clip clip = {width, height, count, allocate(sizeof(uint8_t *) * (size_t)count)};
    int cw = (width + 1) / 2, ch = (height + 1) / 2, side = height / 5;
    uint32_t noise = 0x2545F491;
    for (int t = 0; t < count; t++) {
        uint8_t *picture = clip.pictures[t] = allocate(picture_bytes(width, height));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) picture[y * width + x] = scene_luma(x, y, t, next_random(&noise));
        for (int block = 0; block < 2; block++) {
            int left = (int)((width - side) * (0.5 + 0.45 * sin(t / 23.0 + block * 2))), top = side * (1 + 2 * block);
            for (int y = top; y < top + side; y++) memset(picture + y * width + left, block ? 220 : 40, (size_t)side);
        }
        for (int y = 0; y < 2 * ch; y++)
            for (int x = 0; x < cw; x++)
                picture[width * height + y * cw + x] = (uint8_t)(128 + 30 * sin((x + t) / 41.0 + y / 53.0));
    }
    return clip;
}

void clip_free(struct clip *clip) {
    for (int i = 0; i < clip->count; i++) free(clip->pictures[i]);
    free(clip->pictures);
}

// Syllables of a voiced buzz with a moving formant, pauses between them, a little breath noise.
static void make_sound(int16_t *samples, int count) {
    uint32_t noise = 0x9E3779B9;
    double phase = 0;
    for (int i = 0; i < count; i++) {
        double t = i / 48000.0, syllable = fmod(t, 0.28), loud = syllable < 0.2 ? sin(M_PI * syllable / 0.2) : 0;
        phase += (110 + 25 * sin(t * 2.1)) / 48000.0;
        double buzz = 0;
        for (int harmonic = 1; harmonic <= 24; harmonic++) {
            double distance = harmonic * 115.0 - (700 + 400 * sin(t * 5));
            buzz += sin(2 * M_PI * phase * harmonic) / (1 + distance * distance / 90000);
        }
        samples[i] = (int16_t)(2500 * loud * buzz + (double)(next_random(&noise) % 200) - 100);
    }
}

static int read_wav(int16_t *samples, int count, const char *path) {
    uint8_t header[12], chunk[8], format[16] = {0};
    FILE *file = fopen(path, "rb");
    if (!file) floor_fail("open", path);
    if (fread(header, 12, 1, file) != 1 || memcmp(header, "RIFF", 4) || memcmp(header + 8, "WAVE", 4))
        floor_fail("not a WAV file", path);
    int read = 0;
    while (fread(chunk, 8, 1, file) == 1) {
        uint32_t size = chunk[4] | chunk[5] << 8 | chunk[6] << 16 | (uint32_t)chunk[7] << 24;
        if (!memcmp(chunk, "fmt ", 4) && size >= 16 && fread(format, 16, 1, file) == 1) {
            fseek(file, (long)(size - 16 + size % 2), SEEK_CUR);
        } else if (!memcmp(chunk, "data", 4)) {
            int channels = format[2] | format[3] << 8;
            if (channels < 1 || channels > 8 || (format[4] | format[5] << 8) != 48000 || format[14] != 16)
                floor_fail("not 48 kHz of 16 bits", path);
            int16_t frame[8];
            while (read < count && fread(frame, 2 * (size_t)channels, 1, file) == 1) samples[read++] = frame[0];
            break;
        } else {
            fseek(file, (long)(size + size % 2), SEEK_CUR);
        }
    }
    fclose(file);
    return read;
}

int16_t *sound_read(const char *path, int count) {
    int16_t *samples = allocate(sizeof *samples * (size_t)count);
    if (!path) {
        make_sound(samples, count);
        return samples;
    }
    int read = read_wav(samples, count, path);
    if (read == 0) floor_fail("no sound in", path);
    for (int i = read; i < count; i++) samples[i] = samples[i - read];
    return samples;
}
