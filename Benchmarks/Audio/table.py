"""From the figures of the runs to the rows of the table: what each row takes, its target, and whether ours meets it."""
import dataclasses

import numpy as np


@dataclasses.dataclass
class Line:
    title: str
    values: dict
    # What is asked of ours, in words, and "met", "miss" or nothing where nothing is asked.
    target: str = ""
    verdict: str = ""
    digits: int = 1


def median(values):
    return float(np.median(values)) if values else None


def mean(values):
    return float(np.mean(values)) if values else None


def percentile(q):
    return lambda values: float(np.percentile(values, q)) if values else None


@dataclasses.dataclass
class Row:
    """A row of the echo table: a figure, which situations count, how they become one number, and its limits."""

    title: str
    key: str
    fold: object
    least: float | None = None
    most: float | None = None
    digits: int = 1
    chosen: object = None


def clear(figures):
    """The echo stands 20 dB over the noise: what is left can be told from it."""
    return figures["over_noise"] >= 20


ECHO = [
    Row("ERLE converged, dB, median", "erle_converged", median, least=45, chosen=clear),
    Row("the same, 10th percentile", "erle_converged", percentile(10), least=40, chosen=clear),
    Row("ERLE in the first 2 s, dB", "erle_start", median, least=34, chosen=clear),
    Row("time to 20 dB, s", "to_20", median, most=0.4, digits=2, chosen=clear),
    Row("never 20 dB, % of situations", "to_20", None, most=0, digits=0, chosen=clear),
    Row("ERLE 1 s after a path change, dB", "erle_changed", median, least=30, chosen=clear),
    Row("the same, as the near end falls silent", "erle_changed", median,
        chosen=lambda f: clear(f) and f.get("after_near")),
    Row("the same, a second later", "erle_changed", median, chosen=lambda f: clear(f) and not f.get("after_near")),
    Row("time back to 15 dB, s", "to_15", median, most=0.1, digits=2, chosen=clear),
    Row("leak, % of frames", "leak", mean, most=1.5, digits=2),
    Row("near end's attenuation in double talk, dB, median", "attenuation", median, most=1.0, digits=2),
    Row("the same, 90th percentile", "attenuation", percentile(90), most=3.0, digits=2),
    Row("the same, echo 10 dB and more over the near end", "attenuation", median, most=2.5, digits=2,
        chosen=lambda f: f["loud_echo"]),
    Row("double talk, STOI", "stoi_both", mean, least=0.80, digits=3),
    Row("double talk, PESQ-WB", "pesq_both", mean, least=1.8, digits=2),
    Row("near end alone, gain, dB", "gain_alone", median, least=-0.3, most=0.3, digits=2),
    Row("near end alone, PESQ-WB", "pesq_alone", mean, least=2.8, digits=2),
    Row("algorithmic delay, ms, 16 kHz", "delay_ms", median, most=10, chosen=lambda f: f["rate"] == 16000),
    Row("algorithmic delay, ms, 48 kHz", "delay_ms", median, most=10, chosen=lambda f: f["rate"] == 48000),
    Row("CPU, ms per 10 ms, 16 kHz", "cpu", median, most=0.20, digits=3, chosen=lambda f: f["rate"] == 16000),
    Row("CPU, ms per 10 ms, 48 kHz", "cpu", median, most=0.30, digits=3, chosen=lambda f: f["rate"] == 48000),
]


def never(figures, key):
    """Percent of the situations in which it did not come to pass."""
    asked = [f for f in figures if key in f]
    return 100 * sum(f[key] is None for f in asked) / len(asked) if asked else None


def limit(row):
    if row.least is not None and row.most is not None:
        return f"±{row.most:g}" if row.least == -row.most else f"{row.least:g} to {row.most:g}"
    return f"≥ {row.least:g}" if row.least is not None else f"≤ {row.most:g}" if row.most is not None else ""


def judge(value, least, most):
    if least is None and most is None:
        return ""
    if value is None:
        return "miss"
    return "met" if (least is None or value >= least) and (most is None or value <= most) else "miss"


def echo_line(row, figures, names):
    values = {}
    for name in names:
        own = [f for f in figures if f["name"] == name and (row.chosen is None or row.chosen(f))]
        values[name] = never(own, row.key) if row.fold is None else row.fold(
            [f[row.key] for f in own if f.get(row.key) is not None])
    if not any(f["name"] == "rapport" and row.key in f and (row.chosen is None or row.chosen(f)) for f in figures):
        return None
    return Line(row.title, values, limit(row), judge(values["rapport"], row.least, row.most), row.digits)


def noise_lines(figures):
    names = list(dict.fromkeys(f["name"] for f in figures))

    def column(key, fold):
        values = {n: fold([f[key] for f in figures if f["name"] == n and f[key] is not None]) for n in names}
        return values
    improvement, gain, pesq = column("improvement", median), column("gain", median), column("pesq", mean)
    before = mean([f["pesq_before"] for f in figures if f["pesq_before"] is not None])
    rows = [("noise: SNR improvement, dB", improvement, "≥ 10", lambda v: v >= 10, 1),
            ("noise: speech gain, dB", gain, "±1", lambda v: abs(v) <= 1, 2),
            (f"noise: PESQ-WB (before: {before:.2f})", pesq, f"≥ {before + 0.3:.2f}", lambda v: v >= before + 0.3, 2)]
    made = []
    for title, values, target, holds, digits in rows:
        made.append(Line(title, values, target, "met" if holds(values["rapport"]) else "miss", digits))
        # With headphones another part of ours suppresses the noise.
        made.append(Line(title.split(" (")[0] + ", with headphones", {"rapport": values["headphones"]}, target,
                         "met" if holds(values["headphones"]) else "miss", digits))
    return made


def concealment_lines(figures):
    made = []
    for loss, least in ((0, None), (5, 4.2), (10, 3.67), (20, None)):
        own = [f for f in figures if f["loss"] == loss]
        for part, words in (("settled", "PESQ-WB"), ("start", "the stream's first 10 s")):
            values = {n: mean([f[f"{n}_{part}"] for f in own if f[f"{n}_{part}"] is not None]) for n in ("rapport", "libopus")}
            if own:
                made.append(Line(f"{loss} % of packets lost, 32 kbit/s, {words}", values, f"≥ {least:g}" if least else "",
                                 judge(values["rapport"], least, None), 2))
    return made


def playout_lines(figures):
    made = []
    for f in figures:
        for key, unit, digits in (("delay", "ms", 1), ("concealed", "%", 2)):
            goal = f[key + "_goal"]
            made.append(Line(f"playout, {f['trace']}: {key}, {unit}", {"rapport": f[key]}, f"≤ {goal:g}",
                             judge(f[key], None, goal), digits))
    return made


def lines(results):
    rows = []
    if "echo" in results:
        rows += [echo_line(row, results["echo"], results["names"]) for row in ECHO]
    for key, made in (("noise", noise_lines), ("concealment", concealment_lines), ("playout", playout_lines)):
        rows += made(results[key]) if results.get(key) else []
    # None: no situation of this run asks for the row.
    return [line for line in rows if line is not None]


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


SHORT = {"rapport": "ours", "speex": "speex", "webrtc": "webrtc", "aec3": "aec3", "libopus": "libopus"}


def as_text(rows, names):
    names = names + ["libopus"] if any("libopus" in line.values for line in rows) else names
    head = f"{'':<54}" + "".join(f"{SHORT[n]:>9}" for n in names) + f"  {'target':<10}"
    text = [head]
    for line in rows:
        cells = "".join(f"{number(line.values.get(n), line.digits):>9}" for n in names)
        text.append(f"{line.title:<54}{cells}  {line.target:<10}{line.verdict}")
    return "\n".join(text)
