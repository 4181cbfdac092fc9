"""rapport-peer as a process: JSON lines in and out."""

import json
import os
import pathlib
import subprocess
import threading
import time

from checks import Failure
from child import Child

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RAPPORT_PEER", str(ROOT / ".build/engine/release/rapport-peer"))


class Peer(Child):
    """Use as a context manager: at its end the process is gone."""

    def __init__(self, *arguments):
        super().__init__([PROGRAM, *arguments])
        self.lines = []
        self.changed = threading.Condition()
        self.read_in_threads(self._read_lines, self.read_complaints)

    def _read_lines(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.lines.append({"type": "ended"})
            self.changed.notify_all()

    def send(self, message):
        """A message, or a string that is sent as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def of_type(self, *types):
        with self.changed:
            return [line for line in self.lines if line["type"] in types]

    def wait_for(self, type, condition=lambda line: True, seconds=20, after=0):
        """The first line of a type, from place `after` on, for which the condition holds."""
        deadline = time.monotonic() + seconds
        place = after
        with self.changed:
            while True:
                for line in self.lines[place:]:
                    if line["type"] == type and condition(line):
                        return line
                    if line["type"] == "ended":
                        raise Failure(f"rapport-peer ended before a '{type}' line; {self.obituary()}")
                place = len(self.lines)
                if not self.changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise Failure(f"no '{type}' line within {seconds} s; last were {self.last_words()}")

    def obituary(self):
        """How it ended, or that it runs."""
        try:
            status = self.process.wait(1)
        except subprocess.TimeoutExpired:
            return f"it runs; last were {self.last_words()}"
        return f"exit status {status}, last were {self.last_words()} {self.complaints}"

    def last_words(self):
        return [{key: line[key] for key in ("type", "connection", "ice", "dtls", "code", "reason") if key in line}
                for line in self.lines[-4:]]

    def wait_for_end(self, seconds=10):
        """The exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"rapport-peer still runs after {seconds} s") from None


def entry(report, type, kind=None):
    """The first statistics object of a type and a kind; empty when there is none."""
    for each in report:
        if each["type"] == type and (kind is None or each.get("kind") == kind):
            return each
    return {}
