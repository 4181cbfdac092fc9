"""What is measured of a canceller's output. README.md says the same in words."""
import warnings

import numpy as np
from scipy import signal

import situations as S


def decibels(x):
    return float(10 * np.log10(max(x, 1e-12)))


def frames(x, length):
    return (x[:len(x) // length * length].reshape(-1, length) ** 2).mean(1) + 1e-13


def narrow(x, rate):
    return x if rate == 16000 else signal.resample_poly(x, 1, rate // 16000)


def pesq_wideband(reference, x):
    from pesq import NoUtterancesError, pesq
    try:
        return float(pesq(16000, reference.astype(np.float32), x.astype(np.float32), "wb"))
    except NoUtterancesError:
        return None


def intelligibility(reference, x):
    from pystoi import stoi
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(stoi(reference, x, 16000))


def lateness(out, near, rate):
    """Samples from the near end's sound to the same sound in the output: the peak of their correlation, 0 to 60 ms."""
    a, b = S.between(out, S.NEAR, rate), S.between(near, S.NEAR, rate)
    c = np.abs(signal.correlate(a, b, method="fft"))[len(b) - 1:]
    return int(np.argmax(c[:int(0.06 * rate)]))


def speech_gain(out, near):
    """Level of the near end within the output, dB, at 16 kHz: the least-squares gain of each third of an octave over
    256 ms, weighted with the near end's power there."""
    _, _, o = signal.stft(out, 16000, nperseg=512, noverlap=256)
    f, _, n = signal.stft(near, 16000, nperseg=512, noverlap=256)
    edges = 180 * 2 ** (np.arange(17) / 3)
    kept = total = 1e-12
    for low, high in zip(edges[:-1], edges[1:]):
        rows = (f >= low) & (f < min(high, 7400))
        for first in range(0, n.shape[1] - 15, 16):
            a, b = o[rows, first:first + 16], n[rows, first:first + 16]
            power = (np.abs(b) ** 2).sum()
            if power > 1e-10:
                gain = np.abs((a * b.conj()).sum()) / power
                kept += min(gain, 4) ** 2 * power
                total += power
    return decibels(kept / total)


class EchoMeasure:
    """One situation, one output."""

    def __init__(self, situation, out):
        self.s, self.rate = situation, situation.about.rate
        count = len(situation.microphone)
        self.late = lateness(out, situation.near, self.rate)
        self.out = np.pad(out[self.late:], (0, count))[:count]
        length = self.rate // 100
        self.heard, self.left = frames(situation.microphone, length), frames(self.out, length)
        echo = frames(situation.echo, length)
        self.sounds = echo > np.percentile(echo, 95) * 10 ** -2.5
        self.time = np.arange(len(echo)) * 0.01

    def erle(self, first, last):
        """Microphone over output in the frames of a span that hold echo, dB."""
        chosen = self.sounds & (self.time >= first - 1e-6) & (self.time < last - 1e-6)
        return decibels(self.heard[chosen].sum() / self.left[chosen].sum()) if chosen.sum() > 10 else None

    def time_to(self, decibels_wanted, span):
        """Seconds of the span until echo is down by so much over the next half second of it and the next 1.5 s."""
        index = np.flatnonzero(self.sounds & (self.time >= span[0] - 1e-6) & (self.time < span[1] - 1e-6))
        heard, left = np.cumsum(self.heard[index]), np.cumsum(self.left[index])
        for k in range(0, len(index) - 50):
            ends = [min(k + width, len(index) - 1) for width in (50, 150)]
            if all(decibels((heard[e] - heard[k]) / (left[e] - left[k] + 1e-13)) >= decibels_wanted for e in ends):
                return float(self.time[index[k]] - span[0])
        return None

    def leak(self):
        """Percent of frames of 20 ms with echo, once it should be gone, that are 6 dB over the output's own quiet and
        over -65 dBFS, A-weighted."""
        weighted = frames(signal.sosfilt(a_weighting(self.rate), self.out), self.rate // 50)
        time = np.arange(len(weighted)) * 0.02
        sounds = self.sounds[:len(self.sounds) // 2 * 2].reshape(-1, 2).any(1)[:len(weighted)]
        settled = ((time > 5.5) & (time < S.FAR[1])) | ((time > 22.5) & (time < S.AFTER[1]))
        quiet = decibels(np.median(weighted[(time > S.QUIET[0] + 0.3)]))
        loud = 10 * np.log10(weighted[settled & sounds]) > max(quiet + 6, -65)
        return float(100 * loud.mean())

    def all(self):
        s, about = self.s, self.s.about
        out, near = narrow(self.out, self.rate), narrow(s.near, self.rate)
        both = lambda x: S.between(x, S.BOTH, 16000)
        alone = lambda x, skip=0.0: S.between(x, (S.NEAR[0] + skip, S.NEAR[1]), 16000)
        gain_alone = speech_gain(alone(out, 0.3), alone(near, 0.3))
        result = {
            "delay_ms": 1000 * self.late / self.rate, "erle_converged": self.erle(5.5, 9.0), "leak": self.leak(),
            "gain_alone": gain_alone, "pesq_alone": pesq_wideband(alone(near), alone(out)),
            "attenuation": gain_alone - speech_gain(both(out), both(near)), "stoi_both": intelligibility(both(near), both(out)),
            "pesq_both": pesq_wideband(both(near), both(out)), "loud_echo": about.ratio >= 10,
            "over_noise": decibels(np.mean(S.between(s.echo, S.FAR, self.rate) ** 2) / np.mean(s.noise ** 2)),
        }
        if not about.both_at_start:
            result |= {"erle_start": self.erle(0.5, 2.5), "to_20": self.time_to(20, S.FAR)}
        if about.change != "volume":
            result |= {
                "erle_changed": self.erle(about.changed, about.changed + 1),
                "to_15": self.time_to(15, (about.changed, S.AFTER[1])), "after_near": about.changed == S.AFTER[0],
            }
        return result


def a_weighting(rate):
    """IEC 61672's weighting, bilinear, 0 dB at 1 kHz."""
    poles = -2 * np.pi * np.array([20.598997, 20.598997, 107.65265, 737.86223, 12194.217, 12194.217])
    z, p, k = signal.bilinear_zpk([0, 0, 0, 0], poles, 1.0, rate)
    sections = signal.zpk2sos(z, p, k)
    _, response = signal.sosfreqz(sections, [1000], fs=rate)
    sections[0, :3] /= np.abs(response[0])
    return sections
