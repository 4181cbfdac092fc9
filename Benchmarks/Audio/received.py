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
    """PESQ-WB of a reader over a line that loses `loss` percent: the engine's way, and libopus by itself."""
    rng = np.random.default_rng([seed, number, 3])
    rate, x = speech.voice(number + 3, rng)
    x = speech.exactly(speech.at_rate((rate, x), 48000), SECONDS * 48000)
    reference = signal.resample_poly(x, 1, 3)
    result = {"number": number, "loss": loss}
    with tempfile.TemporaryDirectory() as folder:
        source, out = folder + "/in", folder + "/out"
        cancellers.pcm(x).tofile(source)
        for name, option in (("rapport", []), ("libopus", ["--plain"])):
            command = [str(PROGRAMS / "rapport-conceal"), source, out, str(loss), str(seed * 1000 + number * 100 + loss)]
            done = subprocess.run(command + option, check=True, capture_output=True, text=True)
            y = signal.resample_poly(np.fromfile(out, "<i2") / 32768, 1, 3)
            c = signal.correlate(y, reference, method="fft")[len(reference) - 1:]
            late = int(np.argmax(c[:8000]))
            y = np.pad(y[late:], (0, len(reference)))[:len(reference)]
            result[name] = measures.pesq_wideband(reference, y)
            result[name + "_kbps"] = json.loads(done.stdout)["kbps"]
    return result


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
