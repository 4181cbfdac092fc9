"""Processes that speak JSON lines."""

import json
import pathlib
import queue
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "Tests" / "Interop"))

from child import Child  # noqa: E402


class Failure(Exception):
    pass


class Process(Child):
    """Its lines go to one queue, as (who, line). At the end of the context it is gone."""

    def __init__(self, who, command, events):
        super().__init__(command)
        self.who = who
        self.events = events
        self.read_in_threads(self._read_lines, self.read_complaints)

    def _read_lines(self):
        for line in self.process.stdout:
            self.events.put((self.who, json.loads(line)))
        self.events.put((self.who, {"type": "ended"}))

    def send(self, message):
        text = message if isinstance(message, str) else json.dumps(message)
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            pass  # it ended; its "ended" line says so

    def end_input(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def cpu_seconds(self):
        """User and system time until now; zero when it is gone."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / 100


def take(events, seconds):
    """The next (who, line); None when none comes in time."""
    try:
        return events.get(timeout=seconds)
    except queue.Empty:
        return None
