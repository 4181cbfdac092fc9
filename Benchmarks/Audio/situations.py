"""The bench's echo situations: seeded, one a number, no recording in them. `situation(seed, number)` is all there is to it.

    0.0        the room's noise alone
    0.5        the far end talks (in every sixth situation the near end too, until 4.5)
    9.0        the near end talks alone
   12.5        both talk
   19.5        the near end falls silent; in every other situation the echo path changes at this moment
   20.5        in the others it changes here
   26.5        the room's noise alone, until 27.5
"""
import dataclasses

import numpy as np
from scipy import signal

import speech
from speech import rooms

SECONDS = 27.5
FAR, NEAR, BOTH, AFTER, QUIET = (0.5, 9.0), (9.0, 12.5), (12.5, 19.5), (19.5, 26.5), (26.5, 27.5)

# Each kind comes up in turn, so that a few situations already hold all of them.
CHANGES = ["move", "jump", "move", "volume", "move", "jump"]
SPEAKERS = ["soft", "none", "hard", "soft", "weak"]
NOISES = ["tilt", "fan", "babble", "clicks"]
DRIFTS = [0, 50, 0, -100, 20, 0, 100, -50]


@dataclasses.dataclass
class Description:
    """What there is to know of a situation."""

    number: int
    rate: int
    ratio: float
    noise: str
    noise_ratio: float
    delay: float
    drift: int
    speaker: str
    drive: float
    change: str
    changed: float
    reverberation: float
    both_at_start: bool
    far_level: float
    near_level: float


@dataclasses.dataclass
class Situation:
    """The description and its sounds: far end, microphone, and the parts of the microphone."""

    about: Description
    far: np.ndarray
    microphone: np.ndarray
    near: np.ndarray
    echo: np.ndarray
    noise: np.ndarray


def describe(seed, number, rng):
    # Echo over near end, dB: the golden ratio's multiples fill the span evenly however many situations are taken.
    ratio = -10 + 30 * ((number * 0.6180339887 + 0.35) % 1)
    return Description(
        number=number, rate=48000 if number % 4 == 2 else 16000, ratio=round(ratio, 1), noise=NOISES[number % 4],
        noise_ratio=float(rng.uniform(12, 40)), delay=float(rng.uniform(0, 0.24)), drift=DRIFTS[number % len(DRIFTS)],
        speaker=SPEAKERS[number % len(SPEAKERS)], drive=float(rng.uniform(0.5, 2)), change=CHANGES[number % len(CHANGES)],
        changed=19.5 if number % 2 == 0 else 20.5, reverberation=float(rng.uniform(0.2, 0.6)),
        both_at_start=number % 6 == 5, far_level=float(rng.uniform(-29, -18)), near_level=float(rng.uniform(-33, -24)))


def between(x, span, rate):
    return x[int(span[0] * rate):int(span[1] * rate)]


def place(target, span, rate, sound):
    """Lays a sound over a span, with an end of 20 ms that fades."""
    first, last = int(span[0] * rate), int(span[1] * rate)
    piece = sound[:last - first].copy()
    piece[-rate // 50:] *= np.linspace(1, 0, rate // 50)
    target[first:last] += piece


def room_noise(kind, count, rate, rng, numbers):
    """Noise of unit power: a spectrum that falls, a fan, clicks upon it, or five people talking."""
    if kind == "babble":
        crowd = [speech.at_rate(speech.voice(n, rng), rate) for n in numbers]
        y = sum(speech.exactly(x, count, int(rng.integers(len(x)))) for x in crowd)
        return y / y.std()
    y = rooms.tilted(rng, count, (0.3, 0.9), rate)
    if kind == "fan":
        rooms.add_fan(rng, y, (75, 140), rate)
    if kind == "clicks":
        length = rate // 50
        for p in rng.integers(0, count - length, rng.poisson(2 * count / rate)):
            y[p:p + length] += rng.uniform(2, 7) * rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 6))
    return y / y.std()


class Rooms:
    """The impulse responses of one situation."""

    def __init__(self, rng, about):
        self.rng, self.about = rng, about
        self.size = rng.uniform([2.6, 2.4, 2.3], [7, 5, 3])
        self.microphone = np.array([rng.uniform(0.6, side - 0.6) for side in self.size[:2]] + [rng.uniform(0.7, 1.3)])

    def response(self, nearest, farthest):
        source = rooms.near_point(self.rng, self.size, self.microphone, nearest, farthest)
        return rooms.image_response(
            self.rng, self.size, source, self.microphone, self.about.reverberation, rate=self.about.rate)


def echo_of(far, about, places, rng):
    """The echo at the microphone, with its change."""
    rate, count = about.rate, len(far)
    played = signal.fftconvolve(rooms.bend(far, about.speaker, about.drive), rooms.loudspeaker(rng, rate))[:count]
    played = rooms.warp(played, about.drift)
    first, second = places.response(0.1, 0.8), places.response(0.15, 1.2)
    second *= np.sqrt((first ** 2).sum() / (second ** 2).sum())
    jump = rng.choice([-1, 1]) * rng.uniform(0.012, 0.08)
    jump = -jump if about.delay + jump < 0 else jump
    before = rooms.through(played, first, about.delay, rate)
    after = {
        "move": lambda: rooms.through(played, second, about.delay, rate),
        "jump": lambda: rooms.through(played, first, about.delay + jump, rate),
        "volume": lambda: 10 ** (rng.choice([-8, -5, 5, 8]) / 20) * before,
    }[about.change]()
    share = np.clip((np.arange(count) / rate - about.changed) / 0.03, 0, 1)
    return before * (1 - share) + after * share


def situation(seed, number):
    rng = np.random.default_rng([seed, number])
    about = describe(seed, number, rng)
    rate, count = about.rate, int(SECONDS * about.rate)
    people = [int(n) for n in rng.permutation(40)[:8]]
    far, near = np.zeros(count), np.zeros(count)
    first, second, talker = (speech.at_rate(speech.voice(n, rng), rate) for n in people[:3])
    place(far, FAR, rate, speech.exactly(first, int(8.5 * rate)))
    place(far, (BOTH[0], AFTER[1]), rate, speech.exactly(second, int(14 * rate)))
    far = far * 10 ** ((about.far_level + 26) / 20) + rng.standard_normal(count) * 10 ** (-76 / 20)
    far = np.round(np.clip(far * min(1, 0.95 / np.abs(far).max()), -1, 1) * 32767) / 32768
    place(near, (NEAR[0], BOTH[1]), rate, speech.exactly(talker, int(10.5 * rate)))
    if about.both_at_start:
        place(near, (FAR[0], 4.5), rate, speech.exactly(talker, 4 * rate, len(talker) // 2))
    places = Rooms(rng, about)
    near = signal.fftconvolve(near, places.response(0.35, 1.2))[:count]
    echo = echo_of(far, about, places, rng)

    def scaled(x, span, db):
        return x * 10 ** (db / 20) / np.sqrt(rooms.loud_power(between(x, span, rate), rate))
    near = scaled(near, NEAR, about.near_level)
    echo = scaled(echo, BOTH, about.near_level + about.ratio)
    noise = room_noise(about.noise, count, rate, rng, people[3:]) * 10 ** ((about.near_level - about.noise_ratio) / 20)
    gain = min(1, 0.9 / np.abs(near + echo + noise).max())
    near, echo, noise = near * gain, echo * gain, noise * gain
    microphone = np.round(np.clip(near + echo + noise, -1, 1) * 32767) / 32768
    return Situation(about, far, microphone, near, echo, noise)
