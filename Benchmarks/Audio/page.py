"""Writes docs/benchmarks/audio.md with its pictures and sound files."""
import pathlib

import cancellers
import measures
import pictures
import situations
import table

# The situations whose sound and picture are kept: a jump of the delay with a crowd behind, a moved loudspeaker at
# 48 kHz, and a voice close by over a loud echo.
KEPT = [5, 2, 8]

INTRODUCTION = """# Sound: every figure

`make bench-audio` made this page and its files: situations from a seed, speech of espeak-ng, rooms by the image method,
loudspeakers that bend, clocks that drift, noise, echo paths that change, double talk with the echo from 10 dB below the
near end to 20 dB above it. All cancellers get the same files, blind and cold; SpeexDSP alone is told where the echo
begins, since it cannot find that out. [Benchmarks/Audio](../../Benchmarks/Audio/README.md) says what each figure is,
[the design note](../design/echo.md) why what is missed is missed.
"""


def cell(value, digits):
    return table.number(value, digits)


def as_table(lines, names, titles):
    rows = ["| | " + " | ".join(titles[n] for n in names) + " | target | |", "|---" * (len(names) + 3) + "|"]
    for line in lines:
        cells = " | ".join(cell(line.values.get(n), line.digits) if n in line.values else "" for n in names)
        rows.append(f"| {line.title} | {cells} | {line.target} | {line.verdict} |")
    return "\n".join(rows)


def sections(lines, names):
    """The rows in four tables, by how their titles begin."""
    groups = {"Echo": [], "Noise": [], "Lost packets": [], "Playout": []}
    for line in lines:
        if line.title.startswith("noise: "):
            groups["Noise"].append(line)
        elif " of packets lost, " in line.title:
            groups["Lost packets"].append(line)
        elif line.title.startswith("playout, "):
            groups["Playout"].append(line)
        else:
            groups["Echo"].append(line)
    titles = cancellers.TITLES | {"libopus": "libopus alone"}
    columns = {"Echo": names, "Noise": names, "Lost packets": ["rapport", "libopus"], "Playout": ["rapport"]}
    return "\n\n".join(
        f"## {title}\n\n{as_table(rows, columns[title], titles)}" for title, rows in groups.items() if rows)


def describe(about):
    return (
        f"{about.rate // 1000} kHz, echo {about.ratio:+.1f} dB to the near end, {1000 * about.delay:.0f} ms late, clocks "
        f"{about.drift} ppm apart, loudspeaker: {about.speaker}, noise: {about.noise} {about.noise_ratio:.0f} dB below, "
        f"change: {about.change} after {about.changed:.1f} s")


def example(folder, seed, number, names):
    """Picture and two sound files of a situation; the lines that show them."""
    s = situations.situation(seed, number)
    outputs = {}
    for name in names:
        out, _ = cancellers.run(name, s.far, s.microphone, s.about.rate, s.about.delay)
        outputs[name] = (out, measures.lateness(out, s.near, s.about.rate))
    pictures.draw(folder / f"{number}.png", s, outputs, cancellers.TITLES)
    pictures.write_sound(folder / f"{number}-microphone.ogg", s.microphone, s.about.rate)
    pictures.write_sound(folder / f"{number}-sent.ogg", outputs["rapport"][0], s.about.rate)
    return (
        f"### Situation {number}\n\n{describe(s.about)}.\n\n"
        f"Listen: [the microphone](audio/{number}-microphone.ogg), [what is sent](audio/{number}-sent.ogg).\n\n"
        f"![Situation {number}](audio/{number}.png)\n")


def write(output, results, lines, seconds):
    folder = pathlib.Path(output) / "audio"
    folder.mkdir(parents=True, exist_ok=True)
    names, seed = results["names"], results["seed"]
    count = len({f["number"] for f in results["echo"]})
    met = sum(line.verdict == "met" for line in lines)
    asked = sum(line.verdict != "" for line in lines)
    parts = [
        INTRODUCTION, f"{count} echo situations, seed {seed}: {met} of {asked} targets met.\n",
        sections(lines, names) + "\n", "## Three situations\n",
        *(example(folder, seed, number, names) for number in KEPT),
    ]
    (pathlib.Path(output) / "audio.md").write_text("\n".join(parts), encoding="utf-8")
