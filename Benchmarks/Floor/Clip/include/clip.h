// Pictures and sound to encode, made or read before anything is measured.
#ifndef RAPPORT_FLOOR_CLIP_H
#define RAPPORT_FLOOR_CLIP_H

#include <stdint.h>

struct clip {
    int width, height, count;
    uint8_t **pictures;  // I420, planes one behind the other
};

// Reads a Y4M file (C420, 8 bit) or an IVF file of VP8, at most `limit` pictures, scaled to width x height.
struct clip clip_read(const char *path, int width, int height, int limit);

// A made-up scene: a slow pan over soft shapes, two moving blocks, a little noise. The same at each call.
struct clip clip_make(int width, int height, int count);

void clip_free(struct clip *clip);

// Mono 48 kHz samples of a WAV file (16 bit, 48 kHz; the first channel), repeated to `count`; speech-like when no path.
int16_t *sound_read(const char *path, int count);

#endif
