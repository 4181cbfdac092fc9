"""The receive side: speech over lines that lose packets, and when arrival traces are played."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import numpy as np
from scipy import signal

import cancellers
import measures
import speech
import traces

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = pathlib.Path(os.environ.get("RAPPORT_BENCHMARKS", HERE.parent / ".build" / "release"))
SECONDS = 10


def conceal(seed, number, loss):
    """PESQ-WB of a reader over a line that loses `loss` percent: the engine's way, and libopus by itself. The reader
    reads the same three times: once at the stream's start, when no delay is known to be worth having, once in between,
    and once when the delay has settled."""
    rng = np.random.default_rng([seed, number, 3])
    rate, x = speech.voice(number + 3, rng)
    reference = speech.exactly(speech.at_rate((rate, x), 16000), SECONDS * 16000)
    x = signal.resample_poly(np.tile(reference, 3), 3, 1)
    result = {"number": number, "loss": loss}
    with tempfile.TemporaryDirectory() as folder:
        source, out = folder + "/in", folder + "/out"
        cancellers.pcm(x).tofile(source)
        for name, option in (("rapport", []), ("libopus", ["--plain"])):
            command = [str(PROGRAMS / "rapport-conceal"), source, out, str(loss), str(seed * 1000 + number * 100 + loss)]
            done = subprocess.run(command + option, check=True, capture_output=True, text=True)
            y = signal.resample_poly(np.fromfile(out, "<i2") / 32768, 1, 3)
            for part, first in (("start", 0), ("settled", 2 * len(reference))):
                result[f"{name}_{part}"] = measures.pesq_wideband(reference, moved(y[first:], reference))
            result[name + "_kbps"] = json.loads(done.stdout)["kbps"]
    return result


def moved(y, reference):
    """As much of `y` as the reference has, from where it fits it best, 400 ms on at most."""
    y = np.pad(y, (0, len(reference)))[:len(reference) + 6400]
    c = signal.correlate(y, reference, method="fft")[len(reference) - 1:]
    late = int(np.argmax(c[:6400]))
    return y[late:late + len(reference)]


LINE = re.compile(r"^(.{23})\s*([\d.]+)\s+\(\s*([\d.]+)\)\s+([\d.]+)\s+([\d.]+)\s+\(\s*([\d.]+)\)\s+([\d.]+)")


def playout(seed):
    """Mean delay and concealed share of each trace beside its goals, by `rapport-playout`."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"traces": traces.all(seed)}, file)
        file.flush()
        done = subprocess.run([str(PROGRAMS / "rapport-playout"), file.name], check=True, capture_output=True, text=True)
    rows = []
    for line in done.stdout.splitlines():
        found = LINE.match(line)
        if found:
            delay, _, delay_goal, concealed, _, concealed_goal = map(float, found.groups()[1:])
            rows.append({
                "trace": found.group(1).strip(), "delay": delay, "delay_goal": delay_goal, "concealed": concealed,
                "concealed_goal": concealed_goal,
            })
    return rows
