// webrtc-canceller FAR MIC OUT RATE: Debian's libwebrtc-audio-processing (0.3) over two files of raw 16-bit
// little-endian mono sound: echo canceller (delay agnostic, extended filter) and noise suppression, both moderate.
// Prints the CPU time of a block of 10 ms as one line of JSON.
#include <webrtc/modules/audio_processing/include/audio_processing.h>
#include <webrtc/modules/interface/module_common_types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

namespace {

double ThreadMilliseconds() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}

std::unique_ptr<webrtc::AudioProcessing> MakeProcessing(const webrtc::StreamConfig &format) {
    webrtc::Config extra;
    extra.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(true));
    extra.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(true));
    std::unique_ptr<webrtc::AudioProcessing> processing(webrtc::AudioProcessing::Create(extra));
    webrtc::ProcessingConfig formats;
    formats.input_stream() = formats.output_stream() = format;
    formats.reverse_input_stream() = formats.reverse_output_stream() = format;
    processing->Initialize(formats);
    processing->echo_cancellation()->enable_drift_compensation(false);
    processing->echo_cancellation()->set_suppression_level(webrtc::EchoCancellation::kModerateSuppression);
    processing->echo_cancellation()->Enable(true);
    processing->noise_suppression()->set_level(webrtc::NoiseSuppression::kModerate);
    processing->noise_suppression()->Enable(true);
    processing->high_pass_filter()->Enable(true);
    return processing;
}

bool ReadBlock(FILE *file, std::vector<int16_t> &raw, std::vector<float> &block) {
    if (fread(raw.data(), 2, raw.size(), file) != raw.size()) return false;
    std::transform(raw.begin(), raw.end(), block.begin(), [](int16_t x) { return x / 32768.0f; });
    return true;
}

}  // namespace

int main(int count, char **arguments) {
    if (count < 5) {
        fprintf(stderr, "usage: webrtc-canceller FAR MIC OUT RATE\n");
        return 2;
    }
    FILE *far = fopen(arguments[1], "rb"), *microphone = fopen(arguments[2], "rb"), *out = fopen(arguments[3], "wb");
    const int rate = atoi(arguments[4]), length = rate / 100;
    if (!far || !microphone || !out || length <= 0) {
        perror("webrtc-canceller");
        return 2;
    }
    const webrtc::StreamConfig format(rate, 1, false);
    auto processing = MakeProcessing(format);
    std::vector<int16_t> raw(length);
    std::vector<float> played(length), heard(length);
    double spent = 0;
    int blocks = 0;
    while (ReadBlock(far, raw, played) && ReadBlock(microphone, raw, heard)) {
        float *far_channel = played.data(), *near_channel = heard.data();
        const double start = ThreadMilliseconds();
        processing->ProcessReverseStream(&far_channel, format, format, &far_channel);
        processing->set_stream_delay_ms(0);
        processing->ProcessStream(&near_channel, format, format, &near_channel);
        spent += ThreadMilliseconds() - start;
        blocks++;
        for (int i = 0; i < length; i++) {
            raw[i] = static_cast<int16_t>(std::lrint(std::clamp(heard[i] * 32768.0f, -32768.0f, 32767.0f)));
        }
        fwrite(raw.data(), 2, length, out);
    }
    fclose(far);
    fclose(microphone);
    if (fclose(out) != 0) return 2;
    printf("{\"cpu_ms_per_10ms\": %.5f, \"blocks\": %d}\n", blocks ? spent / blocks : 0.0, blocks);
    return 0;
}
