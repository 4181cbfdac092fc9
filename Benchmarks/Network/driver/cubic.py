"""A bulk transfer by the kernel's own TCP, from left to right."""

import contextlib
import socket
import threading

from namespaces import RIGHT

PORT = 5001


class Bulk:
    """Sends for ever once it is started. Use as a context manager."""

    def __init__(self, spaces):
        self.spaces = spaces
        self.stack = contextlib.ExitStack()
        self.ended = threading.Event()

    def __enter__(self):
        listener = self.stack.enter_context(self.spaces.open_socket(1, socket.AF_INET, socket.SOCK_STREAM))
        self.sender = self.stack.enter_context(self.spaces.open_socket(0, socket.AF_INET, socket.SOCK_STREAM))
        self.sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        listener.bind((RIGHT, PORT))
        listener.listen(1)
        threading.Thread(target=self._receive, args=[listener], daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.stack.close()

    def start(self):
        threading.Thread(target=self._send, daemon=True).start()

    def _send(self):
        with contextlib.suppress(OSError):
            self.sender.connect((RIGHT, PORT))
            while not self.ended.is_set():
                self.sender.sendall(bytes(16384))

    def _receive(self, listener):
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                while connection.recv(65536) and not self.ended.is_set():
                    pass
