"""The two ends of a call: rapport-peer, or a page in Chromium. Both have send(message), pump() and close()."""

import contextlib
import json
import os
import stat
import tempfile
import pathlib

from processes import Process

SIGNALS = ("offer", "answer", "candidate", "end-of-candidates")
STATISTICS_SECONDS = 0.1
PAGE = pathlib.Path(__file__).resolve().parent / "page.js"
BROWSER_ARGUMENTS = [
    "--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns"]


@contextlib.contextmanager
def rapport_peer(program, who, role, side, spaces, events, sends, video):
    sources = ["--video", video, "--audio", "tone"] if sends else ["--video", "none", "--audio", "none"]
    address = ["--bind", ("10.77.0.1", "10.77.0.2")[side]]
    command = [program, role, *sources, *address, "--stats-interval", STATISTICS_SECONDS]
    with Process(who, spaces.inside(side, command), events) as peer:
        yield RapportPeer(peer)


class RapportPeer:
    def __init__(self, process):
        self.process = process
        self.send = process.send
        self.cpu_seconds = process.cpu_seconds

    def pump(self):
        pass

    def close(self):
        self.process.send({"type": "close"})


@contextlib.contextmanager
def chromium(playwright, who, role, side, spaces, events, sends):
    """A page in a browser whose network is that of the namespace."""
    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with tempfile.TemporaryDirectory() as folder:
        starter = pathlib.Path(folder) / "chromium"
        starter.write_text("#!/bin/sh\nexec " + " ".join(spaces.inside(side, [program])) + ' "$@"\n', encoding="ascii")
        starter.chmod(starter.stat().st_mode | stat.S_IXUSR)
        browser = playwright.chromium.launch(executable_path=str(starter), args=BROWSER_ARGUMENTS)
        try:
            page = browser.new_page()
            page.expose_function("tell", lambda text: events.put((who, json.loads(text))))
            page.evaluate(PAGE.read_text(encoding="utf-8"))
            page.evaluate("(settings) => window.start(settings)",
                          {"role": role, "sends": sends, "interval": STATISTICS_SECONDS})
            yield Chromium(page)
        finally:
            browser.close()


class Chromium:
    def __init__(self, page):
        self.page = page

    def send(self, message):
        if message["type"] in SIGNALS:
            self.page.evaluate("(message) => window.take(message)", message)

    def pump(self):
        """Lets what the page tells come in."""
        self.page.wait_for_timeout(10)

    def close(self):
        self.page.evaluate("() => window.finish()")

    def cpu_seconds(self):
        return 0
