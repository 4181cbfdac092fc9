"""What the mask sees and what it should give: the same windows, bands and scales as Sources/RapportAudio/Mask*.swift."""
import os, subprocess, tempfile
import numpy as np

BINS, HOP, FRAME, OVERLAP = 257, 160, 512, 128
ROWS = 8  # the last is a likeness from -1 to 1, the others are powers
FLOOR = 1e-6


def band_edges():
    edges = [0]
    while edges[-1] < BINS:
        step = 3 if edges[-1] < 36 else max(3, int(0.085 * edges[-1] + 0.5))
        edges.append(edges[-1] + step)
    edges = [e for e in edges if e < BINS - 6] + [BINS]
    return np.array(edges)


EDGES = band_edges()
BANDS = len(EDGES) - 1


def window():
    rise = FRAME - OVERLAP
    i = np.arange(FRAME)
    x = np.where(i < rise, (i + 0.5) / rise, (FRAME - i - 0.5) / OVERLAP)
    return np.sin(x * np.pi / 2)


def spectrum_power(x):
    frames = len(x) // HOP
    padded = np.concatenate([np.zeros(FRAME - HOP), x])
    idx = np.arange(FRAME)[None, :] + HOP * np.arange(frames)[:, None]
    return np.abs(np.fft.rfft(padded[idx] * window(), axis=1)) ** 2


def tool_powers(tool, far, mic):
    """The rows of every block, as the canceller's linear part leaves them."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([tool, far, mic, d + "/out", "16000", "--mask-inputs", d + "/p"], check=True, capture_output=True)
        return np.fromfile(d + "/p", "<f4").reshape(-1, ROWS, BINS)


def bands(power):
    """Mean power per band of the last axis."""
    return np.add.reduceat(power, EDGES[:-1], axis=-1) / np.diff(EDGES)


def situation(tool, base):
    """As float16: log10 powers of error, echo, noise and near per bin, and per band all rows as the network takes them."""
    p = tool_powers(tool, base + ".far.raw", base + ".mic.raw")
    near = spectrum_power(np.load(base + ".near.npy").astype(np.float64))[:len(p)]
    log = lambda v, floor: np.log10(v + floor).astype(np.float16)
    b = bands(p)
    powers = 0.5 * (np.log10(b[:, :-1] + FLOOR) + 2)
    inputs = np.concatenate([powers, 2 * b[:, -1:]], 1).astype(np.float16).reshape(len(p), -1)
    fine = np.stack([log(p[:, 0], 1e-10), log(p[:, 1], 1e-10), log(p[:, 2], 1e-10), log(near, 1e-10)], 1)
    return inputs, fine
