"""Scores the sound pipeline beside other cancellers; `run` makes what this needs and calls it. See README.md."""
import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import cancellers  # noqa: E402
import measures  # noqa: E402
import noise  # noqa: E402
import received  # noqa: E402
import page  # noqa: E402
import situations  # noqa: E402
import table  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GROUPS = ["echo", "noise", "concealment", "playout"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few situations, within 3 minutes; writes no page")
    parser.add_argument("--situations", type=int, help="how many echo situations (24, quick 5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=GROUPS, action="append")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1) - 1))
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "benchmarks", help="where page and sounds go")
    parser.add_argument("--json", type=pathlib.Path, help="every figure of every situation")
    return parser.parse_args()


def score_situation(seed, number, names):
    """The figures of every canceller in one situation."""
    s = situations.situation(seed, number)
    results = []
    for name in names:
        out, cost = cancellers.run(name, s.far, s.microphone, s.about.rate, s.about.delay)
        figures = measures.EchoMeasure(s, out).all()
        results.append(figures | {"name": name, "number": number, "rate": s.about.rate, "cpu": cost})
    return results


def in_parallel(jobs, function, calls):
    """Results in the order of the calls."""
    if jobs == 1:
        return [function(*call) for call in calls]
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(function, *call) for call in calls]
        return [done.result() for done in waiting]


def main():
    given = arguments()
    began, names = time.time(), cancellers.present()
    if "rapport" not in names:
        sys.exit("bench-audio: rapport-audio is not built; run it with make bench-audio")
    groups = given.only or GROUPS
    results = {"seed": given.seed, "names": names, "date": datetime.date.today().isoformat()}
    if "echo" in groups:
        count = given.situations or (5 if given.quick else 24)
        rows = in_parallel(given.jobs, score_situation, [(given.seed, n, names) for n in range(count)])
        results["echo"] = [row for situation in rows for row in situation]
    if "noise" in groups:
        rows = in_parallel(given.jobs, noise.score, [(given.seed, n, names) for n in range(3 if given.quick else 12)])
        results["noise"] = [row for clip in rows for row in clip]
    if "concealment" in groups:
        readers = 2 if given.quick else 6
        calls = [(given.seed, n, loss) for loss in (0, 5, 10, 20) for n in range(readers)]
        results["concealment"] = in_parallel(given.jobs, received.conceal, calls)
    if "playout" in groups:
        results["playout"] = received.playout(given.seed)
    lines = table.lines(results)
    print(table.as_text(lines, names))
    missed = sum(1 for line in lines if line.verdict == "miss")
    print(f"\n{len(lines)} rows, {missed} missed, {time.time() - began:.0f} s")
    if not given.quick and not given.only:
        page.write(given.output, results, lines, time.time() - began)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
