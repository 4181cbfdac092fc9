"""Noise suppression: a person in a noisy room, nobody at the other end."""
import numpy as np
from scipy import signal

import cancellers
import measures
import situations
import speech

SECONDS, RATE = 12, 16000
RATIOS = [10, 0, 5, 15]


def clip(seed, number):
    """Microphone and the person's part of it; speech over noise by 0 to 15 dB."""
    rng = np.random.default_rng([seed, number, 2])
    count = SECONDS * RATE
    people = [int(n) for n in rng.permutation(40)[:6]]
    talker = speech.exactly(speech.at_rate(speech.voice(people[0], rng), RATE), count)
    # Turns of speech and pauses, so that the noise is also heard alone.
    on = np.clip(np.sin(2 * np.pi * (np.arange(count) / RATE / 4 + 0.05)) * 40 + 20, 0, 1)
    size = rng.uniform([2.6, 2.4, 2.3], [7, 5, 3])
    microphone = size * [0.5, 0.45, 0.4]
    source = speech.rooms.near_point(rng, size, microphone, 0.3, 1.0)
    response = speech.rooms.image_response(rng, size, source, microphone, rng.uniform(0.2, 0.5))
    near = signal.fftconvolve(talker * on, response)[:count]
    near = speech.rooms.level(near, -26, RATE)
    kind = situations.NOISES[number % len(situations.NOISES)]
    noise = situations.room_noise(kind, count, RATE, rng, people[1:])
    noise *= 10 ** ((-26 - RATIOS[(number + number // 4) % 4]) / 20)
    gain = min(1, 0.9 / np.abs(near + noise).max())
    return near * gain, (near + noise) * gain


def outputs(name, microphone):
    """Sounds of a canceller whose far end is silent; ours also without echo canceller, as with headphones."""
    silence = np.zeros(len(microphone))
    if name == "rapport":
        yield name, cancellers.by_program(cancellers.OURS, silence, microphone, RATE)[0]
        yield "headphones", cancellers.by_program(cancellers.OURS, silence, microphone, RATE, "--noise-only")[0]
    elif name == "speex":
        program = cancellers.BUILT / "speex-canceller"
        yield name, cancellers.by_program(program, silence, microphone, RATE, 0)[0]
    elif name == "aec3":
        yield name, cancellers.by_livekit(silence, microphone, RATE, has_echo=False)[0]
    else:
        yield name, cancellers.run(name, silence, microphone, RATE)[0]


def score(seed, number, names):
    near, microphone = clip(seed, number)
    power = measures.frames(near, 160)
    pause = power < power.max() * 1e-5
    pause[:300] = False
    results = []
    for name in names:
        for title, out in outputs(name, microphone):
            c = np.abs(signal.correlate(out, near, method="fft"))[len(near) - 1:]
            late = int(np.argmax(c[:960]))
            out = np.pad(out[late:], (0, late))
            heard, left = measures.frames(microphone, 160)[pause], measures.frames(out, 160)[pause]
            gain = measures.speech_gain(out[3 * RATE:], near[3 * RATE:])
            results.append({
                "name": title, "number": number, "gain": gain,
                "improvement": gain + measures.decibels(heard.mean() / left.mean()),
                "pesq": measures.pesq_wideband(near[3 * RATE:], out[3 * RATE:]),
                "pesq_before": measures.pesq_wideband(near[3 * RATE:], microphone[3 * RATE:]),
            })
    return results
