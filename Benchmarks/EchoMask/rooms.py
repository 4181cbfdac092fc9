"""Seeded echo situations for training the mask: rooms by the image method, loudspeakers, noise, timelines.

At 16 kHz where no rate is given. `situation(seed, voices)` and `varied(seed, voices)` give far, microphone and the near
end's part of the microphone.
"""
import numpy as np
from scipy import signal

RATE = 16000
SECONDS = 20


def image_response(rng, room, source, microphone, rt60, speed=343.0, rate=RATE):
    """Impulse response of a shoebox room; wall reflection from Sabine's formula, a noise tail where images end."""
    room = np.asarray(room)
    volume, surface = room.prod(), 2 * (room[0] * room[1] + room[1] * room[2] + room[0] * room[2])
    absorption = min(0.95, 0.161 * volume / (surface * rt60))
    reflection = np.sqrt(1 - absorption)
    order = 7
    n = np.arange(-order, order + 1)
    cells = np.array(np.meshgrid(n, n, n, indexing="ij")).reshape(3, -1).T
    response = np.zeros(int((rt60 + 0.05) * rate) + 64)
    for flip in np.ndindex(2, 2, 2):
        flip = np.array(flip)
        position = (1 - 2 * flip) * source + 2 * cells * room
        distance = np.linalg.norm(position - microphone, axis=1)
        bounces = (np.abs(cells - flip) + np.abs(cells)).sum(1)
        gain = reflection ** bounces / np.maximum(distance, 0.05)
        delay = distance / speed * rate
        whole = delay.astype(int)
        part = delay - whole
        ok = whole < len(response) - 2
        np.add.at(response, whole[ok], (gain * (1 - part))[ok])
        np.add.at(response, whole[ok] + 1, (gain * part)[ok])
    start = int(0.7 * 2 * order * room.min() / speed * rate)
    if start < len(response) - rate // 40:
        level = np.sqrt(np.mean(response[start - rate // 100:start + rate // 100] ** 2) + 1e-15)
        t = np.arange(len(response) - start) / rate
        tail = rng.standard_normal(len(t)) * level * 10 ** (-3 * t / rt60)
        fade = np.clip(t / (0.3 * t[-1] + 1e-9), 0, 1)
        response[start:] = response[start:] * np.sqrt(1 - fade) + tail * np.sqrt(fade)
    return response


def near_point(rng, room, around, low, high):
    for _ in range(200):
        v = rng.standard_normal(3) * [1, 1, 0.4]
        p = around + v / np.linalg.norm(v) * rng.uniform(low, high)
        if np.all(p > 0.2) and np.all(p < np.asarray(room) - 0.2):
            return p
    return np.asarray(room) / 2


def loudspeaker(rng, rate=RATE):
    corner = rng.uniform(100, 400)
    f = [0, corner * 0.4, corner, 800, 2000, 4000, 7000, rate / 2]
    g = [-40, -18, -3] + list(rng.uniform([-4, -5, -6, -9], [4, 5, 6, 2])) + [-12]
    return signal.minimum_phase(signal.firwin2(rate // 50 + 1, f, 10 ** (np.array(g) / 20), fs=rate), half=False)


def bend(x, kind, drive, evenness=0.15):
    """What a loudspeaker does to loud sound; `evenness` is the share of even harmonics of a soft one."""
    peak = np.abs(x).max() + 1e-9
    v = x / peak * drive
    if kind == "soft":
        v = np.tanh(v + evenness * v * v)
    elif kind == "hard":
        v = np.clip(v, -0.8, 0.8)
    elif kind == "weak":
        v = v - 0.1 * v ** 3
    return (v - v.mean()) * peak / drive


def distort(rng, x):
    kind = rng.choice(["none", "soft", "hard", "weak"], p=[0.3, 0.4, 0.2, 0.1])
    drive = rng.uniform(0.4, 2.2)
    return bend(x, kind, drive, rng.uniform(0, 0.3) if kind == "soft" else 0)


def warp(x, ppm):
    """x as a clock `ppm` parts per million faster would play it: windowed-sinc interpolation."""
    if ppm == 0:
        return x
    t = np.arange(len(x)) * (1 + ppm * 1e-6)
    whole = t.astype(int)
    part = t - whole
    padded = np.pad(x, (12, 40 + int(len(x) * 2e-4)))
    out = np.zeros(len(x))
    for k in range(-11, 13):
        d = part - k
        out += np.sinc(d) * (0.5 + 0.5 * np.cos(np.pi * d / 13)) * padded[whole + k + 12]
    return out


def tilted(rng, n, steepness, rate=RATE):
    """Noise of unit power whose spectrum falls; `steepness` is the span its exponent is drawn from."""
    w = np.fft.rfft(rng.standard_normal(n))
    f = np.maximum(np.fft.rfftfreq(n, 1 / rate), 60)
    y = np.fft.irfft(w / f ** rng.uniform(*steepness), n)
    return y / y.std()


def add_fan(rng, y, base, rate=RATE):
    """Lays a fan's hum over `y`: five harmonics of a frequency from the span `base`."""
    t = np.arange(len(y)) / rate
    base = rng.uniform(*base)
    for k in range(1, 6):
        y += rng.uniform(0.1, 0.4) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6.28))


def noise(rng, n, voices):
    kind = rng.choice(["tilt", "fan", "clicks", "babble"], p=[0.35, 0.25, 0.2, 0.2])
    if kind == "babble":
        y = sum(np.roll(stretch(voices, rng, n), rng.integers(n)) for _ in range(5))
        return y / (y.std() + 1e-9)
    y = tilted(rng, n, (0.2, 1.0))
    if kind == "fan":
        add_fan(rng, y, (70, 150))
    if kind == "clicks":
        for p in rng.integers(0, n - 400, rng.poisson(2 * n / RATE)):
            y[p:p + 320] += rng.uniform(2, 8) * rng.standard_normal(320) * np.exp(-np.arange(320) / rng.uniform(30, 90))
    return y / y.std()


def colour(rng, x):
    """A random broad equalisation, so that one synthesiser sounds like many voices and microphones."""
    f = [0, 150, 400, 1000, 2500, 4500, 6500, 8000]
    g = rng.uniform(-7, 7, 8)
    return signal.fftconvolve(x, signal.firwin2(129, f, 10 ** (g / 20), fs=RATE), mode="same")


def stretch(voices, rng, n):
    """Speech of one voice, n samples: sentences with pauses, each at a level of its own."""
    clips = voices[rng.integers(len(voices))]
    y = np.zeros(0)
    while len(y) < n:
        x = clips[rng.integers(len(clips))]
        rate = rng.uniform(0.88, 1.14)
        x = np.interp(np.arange(0, len(x) - 1, rate), np.arange(len(x)), x)
        # Slow changes of loudness within the sentence, as people have and the synthesiser has not.
        knots = max(2, len(x) // 5000)
        swing = 10 ** (np.interp(np.arange(len(x)), np.linspace(0, len(x), knots), rng.normal(0, 3.5, knots)) / 20)
        pause = np.zeros(int(rng.exponential(0.25) * RATE))
        y = np.concatenate([y, x * swing * 10 ** (rng.normal(0, 2) / 20), pause])
    k = rng.integers(0, len(y) - n + 1)
    return colour(rng, y[k:k + n])


def loud_power(x, rate=RATE):
    """Mean power of the frames of 20 ms that are within 25 dB of the loud ones."""
    frame = rate // 50
    power = (x[:len(x) // frame * frame].reshape(-1, frame) ** 2).mean(1) + 1e-12
    return power[power > np.percentile(power, 95) * 10 ** -2.5].mean()


def level(x, db, rate=RATE):
    """Sets the level of what is loud."""
    return x * 10 ** (db / 20) / np.sqrt(loud_power(x, rate))


def through(played, response, delay, rate=RATE):
    """What is played as it comes through a room, `delay` seconds late, as many samples."""
    late, n = int(delay * rate), len(played)
    return np.concatenate([np.zeros(late), signal.fftconvolve(played, response)[:n]])[:n]


def activity(rng, n, on, off, start_on):
    """Alternating spans in seconds as a 0/1 envelope with 10 ms edges."""
    env, t, active = np.zeros(n), 0, start_on
    while t < n:
        k = int(rng.uniform(*(on if active else off)) * RATE)
        env[t:t + k] = active
        t += k
        active = not active
    return signal.fftconvolve(env, np.ones(160) / 160, mode="same")


def drawn_room(rng, least, most, longest):
    """A room between two sizes with a microphone in it, reverberating for `longest` seconds at most: a function that
    draws the impulse response of a source between two distances."""
    room = rng.uniform(least, most)
    rt60 = rng.uniform(0.15, longest)
    mic = np.array([rng.uniform(0.5, room[0] - 0.5), rng.uniform(0.5, room[1] - 0.5), rng.uniform(0.6, 1.4)])
    return lambda a, b: image_response(rng, room, near_point(rng, room, mic, a, b), mic, rt60)


def mix(rng, near, echo, voices, over):
    """Microphone and the near end's part of it, with noise; `over` draws how far the echo is over the near end, dB."""
    near_db = rng.uniform(-38, -20)
    near = level(near, near_db) if near.any() else near
    echo = level(echo, near_db + over())
    mic_noise = noise(rng, len(near), voices) * 10 ** ((near_db - rng.uniform(8, 42)) / 20)
    g = min(1.0, 0.9 / np.abs(near + echo + mic_noise).max())
    return np.clip(np.round((near + echo + mic_noise) * g * 32768), -32768, 32767) / 32768, near * g


def situation(seed, voices):
    rng = np.random.default_rng([20261, seed])
    n = SECONDS * RATE
    r = drawn_room(rng, [2.5, 2.3, 2.2], [7, 5.5, 3.2], 0.65)
    h1, h2, hn = r(0.08, 0.9), r(0.1, 1.3), r(0.3, 1.4)
    pattern = rng.choice(["turns", "both", "free"], p=[0.4, 0.2, 0.4])
    far = level(stretch(voices, rng, n), rng.uniform(-32, -14))
    near = stretch(voices, rng, n)
    if pattern == "turns":
        a = activity(rng, n, (2, 6), (1, 4), bool(rng.random() < 0.8))
        far_on, near_on = a, 1 - a
        near_on = np.maximum(near_on * (rng.random() < 0.9), activity(rng, n, (1, 3), (4, 9), False))
    elif pattern == "both":
        far_on, near_on = activity(rng, n, (5, 15), (1, 3), True), activity(rng, n, (2, 9), (1, 4), bool(rng.random() < 0.5))
    else:
        far_on, near_on = activity(rng, n, (3, 9), (2, 5), True), activity(rng, n, (2, 5), (2, 7), False)
    far = np.clip(far * far_on + rng.standard_normal(n) * 10 ** (rng.uniform(-90, -70) / 20), -0.97, 0.97)
    far = np.round(far * 32768) / 32768
    near = near * near_on
    played = warp(signal.fftconvolve(distort(rng, far), loudspeaker(rng))[:n],
                  float(rng.choice([0, 0, 0, 20, -20, 50, -50, 100, -100])))
    delay = rng.uniform(0, 0.25)
    change = rng.choice(["none", "move", "jump", "volume"], p=[0.35, 0.35, 0.18, 0.12])
    jump = rng.choice([-1, 1]) * rng.uniform(0.01, 0.08)
    if delay + jump < 0:
        jump = -jump
    first = through(played, h1, delay)
    h2 = h2 / np.sqrt((h2 ** 2).sum()) * np.sqrt((h1 ** 2).sum())
    second = {"none": first, "move": through(played, h2, delay), "jump": through(played, h1, delay + jump),
              "volume": first * 10 ** (rng.choice([-8, -5, 5, 8]) / 20)}[change]
    w = np.clip((np.arange(n) / RATE - rng.uniform(5, 17)) / 0.03, 0, 1)
    echo = first * (1 - w) + second * w
    near = signal.fftconvolve(near, hn)[:n]
    microphone, near = mix(
        rng, near, echo, voices, lambda: rng.uniform(-12, 22) if rng.random() > 0.06 else -60)
    return far, microphone, near


def turns(rng, n, pattern):
    """Who talks when: envelopes of far and near end."""
    if pattern == "turns":
        far = activity(rng, n, (1.5, 6), (1, 4), bool(rng.random() < 0.8))
        near = np.maximum((1 - far) * (rng.random() < 0.9), activity(rng, n, (1, 3), (3, 8), False))
    elif pattern == "both":
        far = activity(rng, n, (5, 15), (0.5, 2), True)
        near = activity(rng, n, (2, 8), (0.7, 4), bool(rng.random() < 0.5))
    else:
        far, near = activity(rng, n, (3, 9), (1, 5), True), activity(rng, n, (1.5, 5), (1.5, 6), False)
    return far, near


def change_times(rng, n, near_on):
    """Moments at which the path changes, in samples: half of them where the near end begins or ends to talk."""
    edges = np.flatnonzero(np.diff((near_on > 0.5).astype(int)))
    edges = edges[(edges > 3 * RATE) & (edges < n - RATE)]
    times, t = [], rng.uniform(3, 8) * RATE
    while t < n - RATE and len(times) < 4:
        later = edges[edges > t]
        times.append(int(later[0] + rng.integers(-800, 800)) if len(later) and rng.random() < 0.5 else int(t))
        t = times[-1] + rng.uniform(2.5, 9) * RATE
    return times


def varied(seed, voices):
    """As `situation`, with up to four changes of the echo path, louder echoes and more double talk."""
    rng = np.random.default_rng([20262, seed])
    n = SECONDS * RATE
    r = drawn_room(rng, [2.4, 2.2, 2.2], [8, 6, 3.3], 0.7)
    far_on, near_on = turns(rng, n, rng.choice(["turns", "both", "free"], p=[0.3, 0.4, 0.3]))
    far = level(stretch(voices, rng, n), rng.uniform(-32, -14)) * far_on
    far = np.clip(far + rng.standard_normal(n) * 10 ** (rng.uniform(-90, -70) / 20), -0.97, 0.97)
    far = np.round(far * 32768) / 32768
    near = signal.fftconvolve(stretch(voices, rng, n) * near_on, r(0.3, 1.4))[:n]
    played = warp(signal.fftconvolve(distort(rng, far), loudspeaker(rng))[:n],
                  float(rng.choice([0, 0, 0, 20, -20, 50, -50, 100, -100])))
    delay, gain, h = rng.uniform(0, 0.25), 1.0, r(0.08, 1.1)
    energy = np.sqrt((h ** 2).sum())
    echo = through(played, h, delay)
    for time in change_times(rng, n, near_on):
        kind = rng.choice(["move", "jump", "volume"], p=[0.6, 0.25, 0.15])
        if kind == "move":
            h = r(0.08, 1.3)
            h = h / np.sqrt((h ** 2).sum()) * energy
        elif kind == "jump":
            step = rng.choice([-1, 1]) * rng.uniform(0.01, 0.08)
            delay = delay + step if delay + step >= 0 else delay - step
        else:
            gain *= 10 ** (rng.choice([-8, -5, 5, 8]) / 20)
        w = np.clip((np.arange(n) - time) / (RATE * rng.choice([0.005, 0.03, 0.1])), 0, 1)
        echo = echo * (1 - w) + gain * through(played, h, delay) * w
    microphone, near = mix(
        rng, near, echo, voices, lambda: rng.uniform(-10, 22) if rng.random() > 0.3 else rng.uniform(8, 20))
    return far, microphone, near
