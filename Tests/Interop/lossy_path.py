"""A path with loss, or a long one, between a page and a rapport-peer process: UDP on loopback, put between the two by
their signals."""

import collections
import heapq
import itertools
import random
import re
import select
import socket
import threading
import time

from checks import Failure

# RFC 8839 section 5.1: foundation, component, transport, priority, address, port, "typ", type.
CANDIDATE = re.compile(r"^(candidate:\S+ 1 udp \d+) (\S+) (\d+) (typ host.*)$", re.IGNORECASE)


class LossyPath:
    """Stands in the place of each side's first host candidate; drops the others, so that nothing goes around it.

    Give `carry` to the CallServer. Loss begins with `begin`, with numbers from a seed: once the two are connected, so
    that a test of media does not become one of the handshake. Each datagram takes `delay` seconds more.
    """

    def __init__(self, seed=1, delay=0.0):
        self.random = random.Random(seed)
        self.loss = 0.0
        self.delay = delay
        self.under_way = []
        self.order = itertools.count()
        self.changed = threading.Condition()
        self.passed = {"page": 0, "peer": 0}
        self.lost = {"page": 0, "peer": 0}
        # RTP packets that each side sent since loss began, by payload type: the header is not encrypted. RFC 3711.
        self.payload_types = {"page": collections.Counter(), "peer": collections.Counter()}
        self.lost_types = {"page": collections.Counter(), "peer": collections.Counter()}
        # Each side has a socket that it takes for the other side.
        self.sockets = {side: self._socket() for side in ("page", "peer")}
        self.addresses = {"page": None, "peer": None}
        self.closing, self._wake = socket.socketpair()
        self.thread = threading.Thread(target=self._forward, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._wake.close()
        self.thread.join()
        for each in self.sockets.values():
            each.close()
        self.closing.close()

    @staticmethod
    def _socket():
        each = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        each.bind(("127.0.0.1", 0))
        return each

    def begin(self, loss):
        self.loss = loss

    def wait_for_loss(self, count, seconds=20):
        """Until so many more datagrams of each side were lost."""
        with self.changed:
            wanted = {side: lost + count for side, lost in self.lost.items()}
            if not self.changed.wait_for(lambda: all(self.lost[side] >= wanted[side] for side in wanted), seconds):
                raise Failure(f"not {count} datagrams of each side lost within {seconds} s: {self.lost}")

    def carry(self, message, to_page):
        """Puts this path's address in place of a candidate's; None for those that it drops."""
        if message["type"] in ("offer", "answer"):
            lines = [each for each in message["sdp"].split("\r\n") if not each.startswith("a=candidate:")]
            return {**message, "sdp": "\r\n".join(lines)}
        if message["type"] != "candidate":
            return message
        sender, receiver = ("peer", "page") if to_page else ("page", "peer")
        match = CANDIDATE.match(message["candidate"])
        if not match or ":" in match[2] or self.addresses[sender]:
            return None
        if match[2].endswith(".local"):
            raise Failure("a path needs addresses, and the page showed a name")
        self.addresses[sender] = (match[2], int(match[3]))
        port = self.sockets[receiver].getsockname()[1]
        return {**message, "candidate": f"{match[1]} 127.0.0.1 {port} {match[4]}"}

    # What comes from one side at its socket leaves for the other side from that one's socket.
    def _forward(self):
        sides = {self.sockets["page"]: ("page", "peer"), self.sockets["peer"]: ("peer", "page")}
        while True:
            wait = max(self.under_way[0][0] - time.monotonic(), 0) if self.under_way else None
            ready, _, _ = select.select([*sides, self.closing], [], [], wait)
            if self.closing in ready:
                return
            self._deliver_due()
            for each in ready:
                source, target = sides[each]
                datagram, address = each.recvfrom(65536)
                # A browser's packets may leave from another of its addresses than the one it named.
                self.addresses[source] = address
                if self.addresses[target] is None:
                    continue
                if self.loss and self._is_media(datagram):
                    self.payload_types[source][datagram[1] & 0x7F] += 1
                if self.loss and self._is_media(datagram) and self.random.random() < self.loss:
                    with self.changed:
                        self.lost[source] += 1
                        self.lost_types[source][datagram[1] & 0x7F] += 1
                        self.changed.notify_all()
                    continue
                self.passed[source] += 1
                if self.delay:
                    due = time.monotonic() + self.delay
                    heapq.heappush(self.under_way, (due, next(self.order), datagram, target))
                else:
                    self.sockets[target].sendto(datagram, self.addresses[target])

    def _deliver_due(self):
        while self.under_way and self.under_way[0][0] <= time.monotonic():
            _, _, datagram, target = heapq.heappop(self.under_way)
            self.sockets[target].sendto(datagram, self.addresses[target])

    @staticmethod
    def _is_media(datagram):
        """RTP and RTCP. RFC 7983 section 7."""
        return 128 <= datagram[0] <= 191
