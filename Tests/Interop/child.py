"""A process with pipes for input, output and complaints, gone by its own process id at the end of its context."""

import os
import subprocess
import threading


class Child:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.complaints = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def read_in_threads(self, *readers):
        for reader in readers:
            threading.Thread(target=reader, daemon=True).start()

    def read_complaints(self):
        for line in self.process.stderr:
            self.complaints = (self.complaints + [line.rstrip()])[-20:]
