"""Two network namespaces, and what runs inside them. Needs root."""

import ctypes
import os
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000
LEFT, RIGHT = "10.77.0.1", "10.77.0.2"


class Namespaces:
    """Use as a context manager: at its end they are gone."""

    def __init__(self):
        self.names = [f"rapport-{os.getpid()}-{side}" for side in ("left", "right")]
        self.paths = [f"/run/netns/{name}" for name in self.names]

    def __enter__(self):
        made = []
        try:
            for name in self.names:
                subprocess.run(["ip", "netns", "add", name], check=True)
                made.append(name)
        except BaseException:
            self.remove(made)
            raise
        return self

    def __exit__(self, *_):
        self.remove(self.names)

    @staticmethod
    def remove(names):
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def inside(self, side, command):
        """The command line that runs a command in a namespace; the process is the command itself."""
        return ["nsenter", f"--net={self.paths[side]}", "--", *map(str, command)]

    def open_socket(self, side, *arguments):
        """A socket that lives in a namespace, made by a thread that goes there."""
        found = []

        def make():
            library = ctypes.CDLL(None, use_errno=True)
            with open(self.paths[side]) as file:
                if library.setns(file.fileno(), CLONE_NEWNET) != 0:
                    found.append(OSError(ctypes.get_errno(), "setns"))
                    return
            found.append(socket.socket(*arguments))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]
