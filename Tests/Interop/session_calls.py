#!/usr/bin/env python3
"""Calls through the session server: two pages; a page and `rapport join`, each of them once the clinician."""

import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import urllib.request

from playwright.sync_api import sync_playwright

import marks
from checks import Failure, check, run_tests
from child import Child
from peer_process import ROOT

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("RAPPORT", str(ROOT / ".build/release/rapport"))
BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
# Slots of half a second that have to come in a row.
LEAST_SLOTS = 12

# Reads the marks of what the page shows and plays, beside the page's own code.
READER = """() => {
  const { Detector } = toneMark;
  const canvas = new OffscreenCanvas(640, 20);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  const video = window.rapport.remoteVideo;
  const seen = { numbers: [], unreadable: 0, readings: [] };
  const look = (_, metadata) => {
    video.requestVideoFrameCallback(look);
    const rows = frameMark.stripHeight(metadata.height);
    context.drawImage(video, 0, 0, metadata.width, rows, 0, 0, canvas.width, canvas.height);
    const number = frameMark.read(context.getImageData(0, 0, canvas.width, canvas.height));
    if (number === null) seen.unreadable += 1; else seen.numbers.push(number);
  };
  video.requestVideoFrameCallback(look);
  const listen = async () => {
    const track = video.srcObject.getAudioTracks()[0].clone();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const detector = new Detector();
    let rest = [];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      value.close();
      rest = rest.concat([...samples]);
      while (rest.length >= 480) seen.readings.push(detector.push(rest.splice(0, 480)));
    }
  };
  listen().catch((error) => { seen.error = String(error); });
  window.seen = seen;
}"""


def module(name):
    """A module of the test page as an object: the page under test cannot import it."""
    text = (HERE / "page" / f"{name}.js").read_text()
    exports = re.findall(r"^export (?:const|function|class) (\w+)", text, re.MULTILINE)
    body = re.sub(r"^export ", "", text, flags=re.MULTILINE)
    return f"() => {{ {body}\n return {{ {', '.join(exports)} }}; }}"


class Lines(Child):
    """A `rapport` whose lines can be waited for; gone at the end of its context."""

    def __init__(self, arguments, stream, environment=None):
        super().__init__([PROGRAM, *arguments], environment)
        self.changed = threading.Condition()
        self.lines = []
        streams = {"stdout": self.process.stdout, "stderr": self.process.stderr}
        for name, each in streams.items():
            target = self.lines if name == stream else self.complaints
            threading.Thread(target=self._read, args=(each, target), daemon=True).start()

    def _read(self, stream, target):
        for line in stream:
            with self.changed:
                target.append(line.rstrip("\n"))
                self.changed.notify_all()

    def wait_for(self, condition, sentence, seconds=20):
        """The first line for which the condition gives something, and that."""
        def found():
            return next((value for value in map(condition, self.lines) if value), None)
        with self.changed:
            value = self.changed.wait_for(found, seconds)
        if value is None:
            raise Failure(f"{sentence}: not within {seconds} s; it said {self.lines[-3:]} {self.complaints[-3:]}")
        return value


class Server(Lines):
    def __init__(self, folder):
        self.token = secrets.token_hex(16)
        super().__init__(["serve", "--port", "0", "--database", folder / "server.sqlite"], "stderr",
                         {"RAPPORT_ADMIN_TOKEN": self.token})
        port = self.wait_for(lambda line: re.search(r"Listening on .*port (\d+)", line), "the server listens")[1]
        self.url = f"http://127.0.0.1:{port}"

    def create_session(self):
        request = urllib.request.Request(
            self.url + "/api/v1/sessions", b"{}",
            {"Content-Type": "application/json", "Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["links"]


class Participant(Lines):
    """`rapport join`; what it remembers of paths is in the folder `state`, without one nothing is."""

    def __init__(self, link, *arguments, state=None):
        memory = [] if state else ["--no-memory"]
        super().__init__(["join", link, "--json-lines", *memory, *arguments], "stdout",
                         {"XDG_STATE_HOME": state} if state else None)

    def event(self, kind, condition=lambda event: True, seconds=20):
        def match(line):
            event = json.loads(line)
            return event if event["event"] == kind and condition(event) else None
        return self.wait_for(match, f"rapport join tells '{kind}'", seconds)


def wait(page, expression, sentence, seconds=20):
    try:
        page.wait_for_function(f"() => {expression}", timeout=1000 * seconds)
    except Exception as error:
        step = page.evaluate("() => [window.rapport?.step, window.rapport?.pc?.connectionState, window.seen?.error]")
        raise Failure(f"{sentence}: not within {seconds} s; the page is at {step}") from error


def two_pages(_, server):
    command = [sys.executable, HERE / "browser_to_browser.py", "--url", server.url, "--token", server.token,
               "--browser", BROWSER]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240)
    check(result.returncode == 0, "\n".join((result.stdout + result.stderr).splitlines()[-6:]))
    return f"{len(re.findall('^ok:', result.stdout, re.MULTILINE))} checks"


def page_is_client(browser, server):
    links = server.create_session()
    with Participant(links["clinician"], "--admit") as participant:
        participant.event("joined", lambda event: event["part"] == "clinician")
        page = open_page(browser, links["client"])
        page.click("#ready")
        figures = check_media(page, participant)
        page.click("#leave")
        wait(page, "window.rapport.step === 'ended'", "the client has left")
        participant.process.terminate()
        return figures + "; " + check_summary(participant)


def page_is_clinician(browser, server):
    links = server.create_session()
    page = open_page(browser, links["clinician"])
    with Participant(links["client"], "--name", "Sam") as participant:
        participant.event("waiting")
        page.click("#ready")
        wait(page, "window.rapport.waiting.length === 1", "the clinician sees who waits")
        check(not any('"connecting"' in line for line in participant.lines), "it connects before it was let in")
        page.click("#waiters-list button:has-text('Admit')")
        participant.event("admitted")
        figures = check_media(page, participant)
        page.click("#end")
        page.click("#end-dialog button[value=end]")
        ended = participant.event("ended")
        figures += "; " + check_summary(participant)
        return f"{figures}; ended: {ended['reason']}"


# What a call begins with while nothing is known of the path, and what it may learn of one without a limit, kbit/s.
START, LEAST_LEARNT = 300, 1000
# What is left of a rate for pictures: sound takes 60 kbit/s, headers 7 % of the rest. At first seven tenths of what is
# remembered are sent.
PICTURES = lambda rate: (rate - 60) * 0.93
FIRST_SHARE = 0.7


def two_calls(_, server):
    """The same two people, by other links: the second call begins at the rate that the first one left."""
    with tempfile.TemporaryDirectory() as folder:
        states = {"clinician": pathlib.Path(folder, "c"), "client": pathlib.Path(folder, "d")}
        first, second = (one_call(server, states) for _ in range(2))
        learnt = {part: {path["rate"] / 1000 for path in json.loads(
            (state / "rapport/paths.json").read_text()).values()} for part, state in states.items()}
    told = []
    for part in states:
        connecting, connected, stats = first[part]
        check("rememberedKbps" not in connecting, f"the first call's {part} remembers {connecting}")
        check(connected["targetKbps"] <= START, f"the first call's {part} begins at {connected['targetKbps']} kbit/s")
        connecting, connected, stats = second[part]
        remembered = connecting.get("rememberedKbps", 0)
        check(remembered >= LEAST_LEARNT, f"the second call's {part} remembers {remembered} kbit/s")
        check(remembered in learnt[part], f"the {part} remembers {remembered} kbit/s, and the file holds {learnt[part]}")
        least = 0.98 * PICTURES(FIRST_SHARE * remembered)
        for target in (connected["targetKbps"], stats["stats"]["targetKbps"]):
            check(target >= least, f"the second call's {part} begins at {target:.0f} kbit/s, not {least:.0f}")
        told.append(f"the {part}'s pictures began at {first[part][1]['targetKbps']:.0f}, "
                    f"then at {connected['targetKbps']:.0f} kbit/s of {remembered:.0f} remembered")
    return "; ".join(told)


def one_call(server, states):
    """A call between two `rapport join`; what each tells of connecting, of being connected, and of its first second."""
    links = server.create_session()
    events = {}
    with Participant(links["clinician"], "--admit", "--name", "Ada", state=states["clinician"]) as clinician:
        clinician.event("joined")
        with Participant(links["client"], "--name", "Sam", state=states["client"]) as client:
            sides = {"clinician": clinician, "client": client}
            for part, side in sides.items():
                connected = side.event("connected")
                stats = side.event("stats", lambda event: event["ms"] > connected["ms"])
                events[part] = (side.event("connecting"), connected, stats)
            # Long enough to find out what the path carries.
            for side in sides.values():
                side.event("stats", lambda event: event["stats"]["framesSent"] > 90)
                side.event("stats", lambda event: event["stats"]["targetKbps"] >= LEAST_LEARNT)
            for side in sides.values():
                side.process.terminate()
            for side in sides.values():
                side.event("summary")
                side.process.wait(10)
    return events


def open_page(browser, link):
    page = browser.new_page()
    page.goto(link)
    wait(page, "window.rapport?.step === 'devices'", "the page asks for devices")
    wait(page, "document.getElementById('camera').value", "the page has a camera")
    return page


def check_media(page, participant):
    wait(page, "window.rapport.pc?.connectionState === 'connected'", "the page is connected")
    participant.event("connected")
    page.evaluate(f"() => {{ window.frameMark = ({module('frame_mark')})(); window.toneMark = ({module('tone_mark')})(); }}")
    page.evaluate(READER)
    wait(page, f"window.seen.readings.length >= {50 * (LEAST_SLOTS + 2)}", "the page hears sound", 30)
    live = participant.event("stats", lambda event: event["stats"]["framesDecoded"] > 100, 30)["stats"]
    participant.event("stats", lambda event: event["stats"]["peak"] > -50, 10)
    seen = page.evaluate("() => window.seen")
    numbers = seen["numbers"]
    check(len(numbers) > 80, f"the page saw {len(numbers)} marked pictures, {seen['unreadable']} without a mark")
    check(all(first <= second for first, second in zip(numbers, numbers[1:])), "pictures came out of order")
    share = len(set(numbers)) / (numbers[-1] - numbers[0] + 1)
    check(share >= 0.6, f"the page saw {share:.0%} of the pictures")
    slots = marks.longest_consecutive(marks.slots_heard(seen["readings"]))
    check(slots >= LEAST_SLOTS, f"the page heard {marks.slots_heard(seen['readings'])}")
    return f"the page saw {share:.0%} of the numbers and heard {slots} tone slots; rapport join decoded {live['width']}x{live['height']}"


def check_summary(participant):
    summary = participant.event("summary")["summary"]
    status = participant.process.wait(10)
    check(status == 0, f"rapport join exited with {status}: {participant.complaints}")
    check(summary["framesDecoded"] >= 0.9 * summary["framesReceived"] > 0, f"it decoded too little: {summary}")
    check(summary.get("srtpCipher"), "no protection was negotiated")
    return f"{summary['framesDecoded']} of {summary['framesReceived']} decoded, {summary['srtpCipher']}"


def main():
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)

        def test(function):
            def run():
                with Server(pathlib.Path(folder)) as server:
                    return function(browser, server)
            return run
        tests = [
            ("two pages meet in a session", test(two_pages)),
            ("a page as the client meets rapport join as the clinician", test(page_is_client)),
            ("a page as the clinician meets rapport join as the client", test(page_is_clinician)),
            ("a second call begins at the rate that the first one left", test(two_calls)),
        ]
        chosen = sys.argv[1:]
        try:
            return run_tests([each for each in tests if not chosen or any(word in each[0] for word in chosen)])
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main())
