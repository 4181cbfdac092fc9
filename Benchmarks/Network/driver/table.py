"""The table of figures, and the files that a run leaves."""

import json
import pathlib
import subprocess
import sys
import tempfile

HEADING = f'{"case":<14}{"pair":<15}{"figure":<20}{"real":>9}{"simulator":>11}{"target":>10}'
DIGITS = {"seconds": 2, "milliseconds": 0, "share": 3, "count": 0, "kilobits": 0}
UNITS = {"seconds": " s", "milliseconds": " ms", "kilobits": " kbps"}
# What each pair's sender is in the simulator.
CONTENDER = {"rapport": "ours", "to-chromium": "ours", "from-chromium": "baseline"}
TITLES = {"rapport": "Rapport to Rapport, real", "to-chromium": "Rapport to Chromium, real",
          "from-chromium": "Chromium (libwebrtc) to Rapport, real"}


def number(value, unit):
    if value is None:
        return "never"
    return f'{value / (1000 if unit == "kilobits" else 1):.{DIGITS[unit]}f}'


def target(figure):
    for key, sign in (("atMost", "<="), ("atLeast", ">=")):
        if key in figure:
            return f'{sign} {number(figure[key], figure["unit"])}'
    return ""


def simulated_figures(case, pair):
    for run in (case or {}).get("runs", []):
        if run["estimator"] == CONTENDER[pair]:
            return {figure["label"]: figure for figure in run["figures"]}
    return {}


def lines(outcome, case):
    others = simulated_figures(case, outcome["pair"])
    for figure in outcome["figures"]:
        label, unit = figure["label"], figure["unit"]
        other = others.get(label)
        verdict = "" if not target(figure) else "met" if figure["met"] else "MISS"
        yield (f'{outcome["case"]:<14}{outcome["pair"]:<15}{label + UNITS.get(unit, ""):<20}'
               f'{number(figure["value"], unit):>9}{number(other["value"], unit) if other else "":>11}'
               f'{target(figure):>10}  {verdict}')


def sides(outcomes, case, label):
    """The cells of one figure: our target, then real and simulated of each pair."""
    cells, goal, unit = [], "", ""
    for pair in TITLES:
        figure = next((each for each in outcomes.get((case, pair), {}).get("figures", []) if each["label"] == label), None)
        if figure is None:
            cells.append("")
            continue
        goal, unit = target(figure), UNITS.get(figure["unit"], "")
        other = f' ({number(figure["simulator"], figure["unit"])})' if "simulator" in figure else ""
        mark = "" if figure["met"] else " **miss**"
        cells.append(number(figure["value"], figure["unit"]) + other + mark)
    return f"| {case} | {label}{unit} | {goal} | " + " | ".join(cells) + " |"


def markdown(outcomes):
    rows = ["| case | figure | target | Rapport to Rapport | Rapport to Chromium | Chromium to Rapport |",
            "|---|---|---|---|---|---|"]
    seen = []
    for (case, _), outcome in outcomes.items():
        for figure in outcome["figures"]:
            if (case, figure["label"]) not in seen:
                seen.append((case, figure["label"]))
    return "\n".join(rows + [sides(outcomes, case, label) for case, label in seen])


class Results:
    """Everything that was measured, by case and pair; earlier results of others stay."""

    def __init__(self, folder, simulated):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "network.json"
        self.simulated = simulated
        self.courses = {}
        self.outcomes = {}

    def add(self, course, outcome):
        simulated = simulated_figures(self.simulated.get(outcome["case"]), outcome["pair"])
        for figure in outcome["figures"]:
            if figure["label"] in simulated:
                figure["simulator"] = simulated[figure["label"]]["value"]
        self.outcomes[outcome["case"], outcome["pair"]] = outcome
        self.courses.setdefault(outcome["case"], []).append(course)

    def save(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        # Read only now: another run may have written meanwhile.
        every = dict(self.outcomes)
        if self.file.is_file():
            for each in json.loads(self.file.read_text(encoding="utf-8"))["runs"]:
                every.setdefault((each["case"], each["pair"]), each)
        runs = [every[key] for key in sorted(every)]
        self.update_page({key: every[key] for key in sorted(every)})
        text = ",\n".join(json.dumps(run, sort_keys=True) for run in runs)
        self.file.write_text('{"runs": [\n' + text + "\n]}\n", encoding="utf-8")

    def update_page(self, outcomes):
        """Puts the table into network.md, where it is marked."""
        page = self.folder / "network.md"
        if not page.is_file():
            return
        head, _, rest = page.read_text(encoding="utf-8").partition("<!-- table -->\n")
        _, _, tail = rest.partition("<!-- end of table -->")
        page.write_text(head + "<!-- table -->\n" + markdown(outcomes) + "\n<!-- end of table -->" + tail,
                        encoding="utf-8")

    def draw(self, plot):
        """A picture a case: the simulator's run of ours, then what was measured now."""
        cases = []
        for name, courses in self.courses.items():
            case = dict(courses[0])
            case["runs"] = [run for run in self.simulated.get(name, {"runs": []})["runs"] if run["estimator"] == "ours"]
            for run in case["runs"]:
                run["estimator"] = "Rapport, simulated"
            for course in courses:
                for run in course["runs"]:
                    run["estimator"] = TITLES[run["estimator"]]
                    case["runs"].append(run)
            cases.append(case)
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump({"cases": cases}, file)
            file.flush()
            subprocess.run([sys.executable, plot, file.name, "--output", self.folder / "network"], check=True)
