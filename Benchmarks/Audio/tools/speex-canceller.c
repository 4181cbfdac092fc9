// speex-canceller FAR MIC OUT RATE TAIL_MS: SpeexDSP's echo canceller and preprocessor (residual echo, noise) over two
// files of raw 16-bit little-endian mono sound; a TAIL_MS of 0 leaves the echo canceller out. Prints the CPU time of a
// block of 10 ms as one line of JSON.
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double thread_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}

int main(int count, char **arguments) {
    if (count < 6) {
        fprintf(stderr, "usage: speex-canceller FAR MIC OUT RATE TAIL_MS\n");
        return 2;
    }
    FILE *far = fopen(arguments[1], "rb"), *microphone = fopen(arguments[2], "rb"), *out = fopen(arguments[3], "wb");
    int rate = atoi(arguments[4]), tail = atoi(arguments[5]), length = rate / 100, blocks = 0;
    if (!far || !microphone || !out || length <= 0) {
        perror("speex-canceller");
        return 2;
    }
    SpeexPreprocessState *preprocessor = speex_preprocess_state_init(length, rate);
    SpeexEchoState *canceller = NULL;
    int on = 1;
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_DENOISE, &on);
    if (tail > 0) {
        canceller = speex_echo_state_init(length, rate / 1000 * tail);
        speex_echo_ctl(canceller, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
        speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_ECHO_STATE, canceller);
    }
    spx_int16_t played[480], heard[480], result[480];
    double spent = 0;
    while (fread(heard, 2, length, microphone) == (size_t)length && fread(played, 2, length, far) == (size_t)length) {
        double start = thread_milliseconds();
        if (canceller) {
            speex_echo_cancellation(canceller, heard, played, result);
        } else {
            for (int i = 0; i < length; i++) result[i] = heard[i];
        }
        speex_preprocess_run(preprocessor, result);
        spent += thread_milliseconds() - start;
        blocks++;
        fwrite(result, 2, length, out);
    }
    if (canceller) speex_echo_state_destroy(canceller);
    speex_preprocess_state_destroy(preprocessor);
    fclose(far);
    fclose(microphone);
    if (fclose(out) != 0) return 2;
    printf("{\"cpu_ms_per_10ms\": %.5f, \"blocks\": %d}\n", blocks ? spent / blocks : 0.0, blocks);
    return 0;
}
