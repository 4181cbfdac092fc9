"""The cancellers of the comparison behind one call: `run(name, situation)` gives sound and CPU milliseconds a block."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
BUILT = HERE.parent / ".build" / "audio" / "bin"
OURS = pathlib.Path(os.environ.get("RAPPORT_AUDIO", HERE.parent.parent / ".build" / "engine" / "release" / "rapport-audio"))

TITLES = {
    "rapport": "Rapport", "speex": "SpeexDSP, told the delay", "webrtc": "WebRTC 0.3 (Debian)", "aec3": "AEC3 + NS (libwebrtc)",
}


def has_livekit():
    try:
        from livekit import rtc
        return hasattr(rtc, "AudioProcessingModule")
    except ImportError:
        return False


def present():
    """Names of what is there to be compared, ours first; says what is missing."""
    there = {
        "rapport": OURS.exists(), "speex": (BUILT / "speex-canceller").exists(),
        "webrtc": (BUILT / "webrtc-canceller").exists(), "aec3": has_livekit(),
    }
    for name, found in there.items():
        if not found:
            print(f"left out, not there: {TITLES[name]}", flush=True)
    return [name for name, found in there.items() if found]


def pcm(x):
    return np.clip(np.round(x * 32768), -32768, 32767).astype("<i2")


def by_program(command, far, microphone, rate, *more):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("far", "microphone", "out")]
        pcm(far).tofile(paths[0])
        pcm(microphone).tofile(paths[1])
        done = subprocess.run([str(command), *paths, str(rate), *map(str, more)], check=True, capture_output=True, text=True)
        out = np.fromfile(paths[2], "<i2").astype(np.float64) / 32768
    return out, json.loads(done.stdout.strip().splitlines()[-1])["cpu_ms_per_10ms"]


def by_livekit(far, microphone, rate, has_echo=True):
    from livekit import rtc
    module = rtc.AudioProcessingModule(echo_cancellation=has_echo, noise_suppression=True, high_pass_filter=True)
    length = rate // 100
    played, heard = pcm(far), pcm(microphone)
    out, spent = np.zeros(len(heard), "<i2"), 0.0
    for first in range(0, len(heard) - length + 1, length):
        block = slice(first, first + length)
        theirs = rtc.AudioFrame(bytearray(played[block].tobytes()), rate, 1, length)
        frame = rtc.AudioFrame(bytearray(heard[block].tobytes()), rate, 1, length)
        start = time.thread_time()
        module.process_reverse_stream(theirs)
        if has_echo:
            module.set_stream_delay_ms(0)
        module.process_stream(frame)
        spent += time.thread_time() - start
        out[block] = np.frombuffer(frame.data, "<i2")
    return out / 32768, 1000 * spent / (len(heard) // length)


def run(name, far, microphone, rate, delay=0.0):
    """SpeexDSP cannot find a delay: it alone is told where the echo begins at first, and gets 200 ms of filter."""
    if name == "rapport":
        return by_program(OURS, far, microphone, rate)
    if name == "speex":
        later = max(0, int((delay - 0.005) * rate))
        far = np.concatenate([np.zeros(later), far])[:len(microphone)]
        return by_program(BUILT / "speex-canceller", far, microphone, rate, 200)
    if name == "webrtc":
        return by_program(BUILT / "webrtc-canceller", far, microphone, rate)
    return by_livekit(far, microphone, rate)
