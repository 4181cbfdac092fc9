"""Processes that speak JSON lines."""

import json
import queue
import subprocess
import threading


class Failure(Exception):
    pass


class Process:
    """Its lines go to one queue, as (who, line). At the end of the context it is gone, by its own process id."""

    def __init__(self, who, command, events):
        self.who = who
        self.events = events
        self.complaints = []
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for work in (self._read_lines, self._read_complaints):
            threading.Thread(target=work, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _read_lines(self):
        for line in self.process.stdout:
            self.events.put((self.who, json.loads(line)))
        self.events.put((self.who, {"type": "ended"}))

    def _read_complaints(self):
        for line in self.process.stderr:
            self.complaints = (self.complaints + [line.rstrip()])[-20:]

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
