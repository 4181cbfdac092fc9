"""Pictures and sound files of a situation: before and after, what is left of the echo over time, spectrograms."""
import io

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402
from PIL import Image  # noqa: E402

import measures  # noqa: E402

COLOURS = {"rapport": "#0b6e4f", "aec3": "#c8553d", "webrtc": "#8d6a9f", "speex": "#b8a13a"}
SPANS = [(0.5, "far end alone"), (9.0, "near end"), (12.5, "both"), (19.5, "far end alone"), (26.5, "")]


def erle_over_time(situation, out, late):
    """Microphone over output in windows of 400 ms, dB, where the echo sounds."""
    rate, count = situation.about.rate, len(situation.microphone)
    moved = np.pad(out[late:], (0, count))[:count]
    kernel = np.ones(40)
    heard = np.convolve(measures.frames(situation.microphone, rate // 100), kernel, "same")
    left = np.convolve(measures.frames(moved, rate // 100), kernel, "same")
    echo = np.convolve(measures.frames(situation.echo, rate // 100), kernel, "same")
    ratio = 10 * np.log10(heard / left)
    ratio[echo < np.percentile(echo, 95) * 10 ** -2.5] = np.nan
    return np.arange(len(ratio)) * 0.01, ratio


def spectrogram(axis, x, rate, title):
    x = measures.narrow(x, rate)
    axis.specgram(x + 1e-7 * np.random.default_rng(0).standard_normal(len(x)), NFFT=512, Fs=16000, noverlap=352,
                  vmin=-130, vmax=-45, cmap="magma")
    axis.set_ylabel(title + "\nkHz")
    axis.set_yticks([0, 4000, 8000], ["0", "4", "8"])


def draw(path, situation, outputs, titles):
    """`outputs` maps names to sound and lateness; ours first."""
    about, rate = situation.about, situation.about.rate
    figure, axes = plt.subplots(6, 1, figsize=(9, 10.5), sharex=True, constrained_layout=True,
                                gridspec_kw={"height_ratios": [1, 1, 1.5, 1.3, 1.3, 1.3]})
    time = np.arange(len(situation.microphone)) / rate
    ours, late = outputs["rapport"]
    every = rate // 2000
    for axis, x, title in ((axes[0], situation.microphone, "microphone"), (axes[1], ours, "sent")):
        axis.fill_between(time[::every], *envelope(x, every, len(time[::every])), color="#3a506b", linewidth=0)
        axis.set_ylabel(title)
        axis.set_ylim(-1.02 * np.abs(situation.microphone).max(), 1.02 * np.abs(situation.microphone).max())
        axis.set_yticks([])
    for name, (out, lateness) in reversed(outputs.items()):
        axes[2].plot(*erle_over_time(situation, out, lateness), color=COLOURS[name], label=titles[name], linewidth=1)
    axes[2].set_ylabel("microphone over\noutput, dB")
    axes[2].set_ylim(-5, 75)
    axes[2].legend(loc="upper center", ncols=4, fontsize=7, frameon=False)
    for axis, x, title in ((axes[3], situation.microphone, "microphone"), (axes[4], ours, "sent"),
                           (axes[5], situation.near, "near end")):
        spectrogram(axis, x, rate, title)
    for axis in axes:
        for start, _ in SPANS:
            axis.axvline(start, color="#888", linewidth=0.5)
        axis.axvline(about.changed, color="#c00", linewidth=0.8, linestyle=":")
    for (start, text), (end, _) in zip(SPANS, SPANS[1:]):
        axes[0].text((start + end) / 2, 1.02, text, ha="center", va="bottom", fontsize=8, transform=axes[0].get_xaxis_transform())
    axes[5].set_xlabel("seconds; the dotted line is the change of the echo path")
    axes[5].set_xlim(0, time[-1])
    save(figure, path)


def envelope(x, every, count):
    cut = x[:count * every]
    cut = np.pad(cut, (0, count * every - len(cut))).reshape(count, every)
    return cut.min(1), cut.max(1)


def save(figure, path):
    """A PNG of few colours: a third of the size."""
    held = io.BytesIO()
    figure.savefig(held, dpi=75)
    plt.close(figure)
    held.seek(0)
    image = Image.open(held).convert("RGB").quantize(96, dither=Image.Dither.NONE)
    image.save(path, optimize=True)


def write_sound(path, x, rate):
    """Ogg Vorbis at 16 kHz, some tens of kilobytes."""
    x = measures.narrow(x, rate)
    settings = dict(format="OGG", subtype="VORBIS", compression_level=0.9)
    with soundfile.SoundFile(path, "w", 16000, 1, **settings) as file:
        # The encoder of some versions overflows its stack on one large block.
        for first in range(0, len(x), 16000):
            file.write(np.clip(x[first:first + 16000], -1, 1).astype(np.float32))
