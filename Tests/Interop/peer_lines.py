#!/usr/bin/env python3
"""rapport-peer's line protocol: what it refuses, what it survives, and how it ends. No browser."""

import copy
import sys
import threading

from call_server import SIGNALS
from checks import check, run_tests
from peer_process import Peer, entry

BIND = ("--bind", "127.0.0.1")
REFUSED = [
    ("not JSON", "bad-json"),
    ("{", "bad-json"),
    ("[]", "bad-json"),
    ("null", "bad-json"),
    ('{"sdp":"v=0"}', "bad-json"),
    ('{"type":1}', "bad-json"),
    ("x" * 100_000, "bad-json"),
    ({"type": "song"}, "unknown-type"),
    ({"type": "offer"}, "missing-field"),
    ({"type": "candidate"}, "missing-field"),
    ({"type": "offer", "sdp": ""}, "bad-sdp"),
    ({"type": "offer", "sdp": "v=0\r\no=-"}, "bad-sdp"),
    ({"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio\r\n"}, "bad-sdp"),
    ({"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"}, "bad-description"),
]


def join(first, second):
    """Carries signals between two processes until they end."""
    def carry(source, sink):
        place = 0
        while True:
            with source.changed:
                while place >= len(source.lines):
                    source.changed.wait()
                line = source.lines[place]
            place += 1
            if line["type"] == "ended":
                return
            if line["type"] in SIGNALS:
                try:
                    sink.send(line)
                except OSError:
                    return
    for pair in ((first, second), (second, first)):
        threading.Thread(target=carry, args=pair, daemon=True).start()


def is_connected(line):
    return line["connection"] == "connected"


def wait_for_pictures(peer, seconds=20):
    """Waits until the peer has decoded pictures that it had not decoded before; returns how many by now."""
    before = max([decoded(line) for line in peer.of_type("stats")], default=0)
    return decoded(peer.wait_for("stats", lambda line: decoded(line) > before + 10, seconds))


def decoded(line):
    return entry(line["report"], "inbound-rtp", "video").get("framesDecoded", 0)


def refuse(peer, message, code):
    before = len(peer.of_type("error"))
    place = len(peer.lines)
    peer.send(message)
    error = peer.wait_for("error", after=place)
    check(error["code"] == code, f"{str(message)[:60]!r} gave {error}, not {code}")
    check(len(peer.of_type("error")) == before + 1, f"{str(message)[:60]!r} gave more than one error")


def bad_lines():
    with Peer("answer", *BIND) as answerer:
        for message, code in REFUSED:
            refuse(answerer, message, code)
        with Peer("offer", *BIND) as offerer:
            join(offerer, answerer)
            answerer.wait_for("state", is_connected)
            return f"{len(REFUSED)} lines refused, then a call with {wait_for_pictures(answerer)} pictures"


def bad_lines_in_a_call():
    with Peer("offer", *BIND) as offerer, Peer("answer", *BIND) as answerer:
        join(offerer, answerer)
        offerer.wait_for("state", is_connected)
        answer = copy.deepcopy(answerer.of_type("answer")[0])
        refuse(offerer, answer, "bad-description")
        refuse(offerer, {"type": "offer", "sdp": "nonsense"}, "bad-sdp")
        refuse(offerer, {"type": "candidate", "candidate": "candidate:nonsense"}, "bad-candidate")
        pictures = wait_for_pictures(offerer)
        offerer.end_input()
        summary = offerer.wait_for("summary")
        check(summary["reason"] == "end of input", f"the reason is '{summary['reason']}'")
        check(summary["connected"] and summary["framesRendered"] > 0, f"the summary is {summary}")
        check(offerer.wait_for_end() == 0, f"the exit status is {offerer.process.returncode}")
        # The end is told to the other side.
        other = answerer.wait_for("summary")
        check(other["reason"] == "closed by peer", f"the other side ended with '{other['reason']}'")
        check(answerer.wait_for_end() == 0, f"the other side's exit status is {answerer.process.returncode}")
        return f"{pictures} pictures by then"


def end_of_input_before_a_call():
    with Peer("offer", *BIND) as peer:
        peer.wait_for("offer")
        peer.end_input()
        summary = peer.wait_for("summary")
        check(not summary["connected"] and summary["reason"] == "end of input", f"the summary is {summary}")
        check(peer.wait_for_end() == 0, f"the exit status is {peer.process.returncode}")


def vanished_peer():
    with Peer("offer", *BIND) as offerer, Peer("answer", *BIND) as answerer:
        join(offerer, answerer)
        offerer.wait_for("state", is_connected)
        wait_for_pictures(offerer)
        answerer.process.kill()
        summary = offerer.wait_for("summary", seconds=60)
        check(summary["reason"] == "failed", f"the reason is '{summary['reason']}'")
        check(offerer.wait_for_end() == 0, f"the exit status is {offerer.process.returncode}")
        states = [line["connection"] for line in offerer.of_type("state")]
        return f"states {' '.join(dict.fromkeys(states))}"


if __name__ == "__main__":
    sys.exit(run_tests([
        ("rapport-peer refuses bad lines by code and then takes a call", bad_lines),
        ("rapport-peer refuses bad lines within a call and goes on; the end of its input ends it", bad_lines_in_a_call),
        ("the end of input before a call leaves a summary", end_of_input_before_a_call),
        ("a peer that vanishes is noticed", vanished_peer),
    ]))
