#!/usr/bin/env python3
"""Two browser pages meet in a session of a running server, and each sees and hears the other.

Needs Python's playwright and a Chromium; starts nothing but the browser. Usage:

    browser_to_browser.py --url http://127.0.0.1:8080 --token ADMIN [--screenshots DIR] [--size 1280x720]

Checks, in this order: nothing is let in or told before admission; both sides decode pictures that change and sound
that is not silence; mute, camera off and on arrive; End ends it for both; the links open nothing afterwards;
no request went to another host, and the console has no error. Then once more with a client that has neither camera
nor microphone, whose connection to the server breaks in between, and who leaves and comes back.
"""

import argparse
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

from playwright.sync_api import sync_playwright

PLAIN_ARGUMENTS = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"]
FAKE_ARGUMENTS = PLAIN_ARGUMENTS + ["--use-fake-device-for-media-stream"]

# Lets a test cut the page's WebSocket.
KEEP_SOCKETS = "window.sockets = []; const Plain = WebSocket;" \
    "window.WebSocket = class extends Plain { constructor(...a) { super(...a); window.sockets.push(this); } };"


class Failure(Exception):
    pass


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)
    print("ok:", sentence)


def post(url, body, token=None):
    """Status and JSON body of a POST."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_for(page, expression, sentence, seconds=20):
    """Polls an expression in the page until it is truthy; returns its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = page.evaluate(expression)
        if value:
            print("ok:", sentence)
            return value
        time.sleep(0.1)
    raise Failure(f"{sentence} (not within {seconds} s)")


INBOUND = """async () => {
  const pc = window.rapport.pc;
  if (!pc) return null;
  const all = [...(await pc.getStats()).values()];
  const inbound = (kind) => all.find((each) => each.type === 'inbound-rtp' && each.kind === kind) ?? {};
  const pair = all.find((each) => each.type === 'candidate-pair' && each.nominated) ?? {};
  return {
    framesDecoded: inbound('video').framesDecoded ?? 0,
    audioEnergy: inbound('audio').totalAudioEnergy ?? 0,
    audioSamples: inbound('audio').totalSamplesReceived ?? 0,
    roundTrip: pair.currentRoundTripTime ?? null,
    state: pc.connectionState,
  };
}"""

# A number that changes when the picture does.
PICTURE = """() => {
  const video = window.rapport.remoteVideo;
  if (!video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 36;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 36);
  const bytes = context.getImageData(0, 0, 64, 36).data;
  let sum = 0;
  let most = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    sum = (sum * 31 + bytes[i]) >>> 0;
    if (i % 4 !== 3) most = Math.max(most, bytes[i]);
  }
  return { sum, most };
}"""


class Person:
    def __init__(self, browser, name, link, size, base, screenshots):
        self.name = name
        self.foreign = []
        self.complaints = []
        self.screenshots = screenshots
        self.size = size
        self.context = browser.new_context(viewport=size)
        self.page = self.context.new_page()
        self.page.add_init_script(KEEP_SOCKETS)
        self.page.on("request", lambda r: self.note_request(r.url, base))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.goto(link)

    def note_request(self, url, base):
        own = (base, base.replace("http", "ws", 1), "blob:", "data:")
        if not url.startswith(own):
            self.foreign.append(url)

    def shoot(self, label):
        if self.screenshots:
            path = pathlib.Path(self.screenshots) / f"{self.size['width']}-{label}-{self.name}.png"
            self.page.screenshot(path=str(path))

    def step(self, step, seconds=20):
        wait_for(self.page, f"() => window.rapport?.step === '{step}'", f"{self.name} is at step {step}", seconds)

    def inbound(self):
        return self.page.evaluate(INBOUND)


def create(arguments):
    width, height = (int(each) for each in arguments.size.split("x"))
    base = arguments.url.rstrip("/")
    status, session = post(base + "/api/v1/sessions", {}, arguments.token)
    check(status == 201, "a session is created")
    return {"width": width, "height": height}, base, session["links"]


def run(arguments, browser):
    size, base, links = create(arguments)
    client = Person(browser, "client", links["client"], size, base, arguments.screenshots)
    clinician = Person(browser, "clinician", links["clinician"], size, base, arguments.screenshots)
    people = (client, clinician)

    for person in people:
        person.step("devices")
        wait_for(person.page, "() => document.getElementById('camera').value", f"{person.name} has a camera")
        check("/j/" not in person.page.url, f"the secret has left the {person.name}'s address bar")
    time.sleep(0.5)
    client.shoot("1-devices")

    admission(client, clinician)
    media(people)
    controls(client, clinician)
    ending(client, clinician, links, base)

    for person in people:
        check(not person.foreign, f"the {person.name}'s page asked no other host")
        check(not person.complaints, f"the {person.name}'s console has no error {person.complaints}")
        person.context.close()


def run_without_devices(arguments, browser, bare):
    size, base, links = create(arguments)
    client = Person(bare, "client", links["client"], size, base, arguments.screenshots)
    clinician = Person(browser, "clinician", links["clinician"], size, base, None)
    wait_for(client.page, "() => !document.getElementById('device-problem').hidden", "the page tells what is missing")
    client.shoot("8-no-devices")
    client.page.click("#ready")
    client.step("waiting")
    clinician.page.click("#ready")
    clinician.page.click("#waiters-list button:has-text('Admit')")
    for person in (client, clinician):
        wait_for(person.page, "() => window.rapport.pc?.connectionState === 'connected'", f"{person.name} is connected")
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and client.inbound()["framesDecoded"] < 15:
        time.sleep(0.1)
    check(client.inbound()["framesDecoded"] >= 15, "who has no devices sees the other")
    client.shoot("9-call-without-devices")

    client.page.evaluate("() => { window.first = window.rapport.pc; window.sockets.at(-1).close(); }")
    wait_for(clinician.page, "() => window.rapport.peers[0]?.reachable === false", "the clinician hears of the drop")
    wait_for(clinician.page, "() => window.rapport.peers[0]?.reachable === true", "the client comes back by itself")
    same = "() => window.rapport.pc === window.first && window.first.connectionState === 'connected'"
    check(client.page.evaluate(same), "the drop of signalling did not touch the media")

    client.page.click("#leave")
    client.step("ended")
    wait_for(clinician.page, "() => window.rapport.pc === null", "the clinician's peer connection is gone")
    client.page.click("#rejoin")
    client.step("devices")
    client.page.click("#ready")
    client.step("waiting")
    clinician.page.click("#waiters-list button:has-text('Admit')")
    for person in (client, clinician):
        wait_for(person.page, "() => window.rapport.pc?.connectionState === 'connected'", f"{person.name} is connected again")
    clinician.page.click("#leave")
    wait_for(client.page, "() => window.rapport.pc === null", "the client's peer connection is gone")
    client.page.click("#leave")
    for person in (client, clinician):
        person.step("ended")
        check(not person.complaints, f"the {person.name}'s console has no error {person.complaints}")
        person.context.close()


def admission(client, clinician):
    client.page.fill("#name", "Sam Example")
    client.page.click("#ready")
    client.step("waiting")
    client.shoot("2-waiting")
    check(client.page.evaluate("() => window.rapport.peers.length") == 0, "the client knows of nobody")
    clinician.shoot("1-devices")
    clinician.page.click("#ready")
    clinician.step("call")
    wait_for(clinician.page, "() => window.rapport.waiting.length === 1", "the clinician sees who waits")
    clinician.shoot("3-knock")
    # A client that is not admitted must not come in by itself, and must still know of nobody.
    time.sleep(1)
    check(client.page.evaluate("() => window.rapport.step") == "waiting", "the client still waits")
    check(client.page.evaluate("() => window.rapport.peers.length") == 0, "the client still knows of nobody")
    check(client.page.evaluate("() => window.rapport.pc") is None, "the client has no peer connection")
    check(clinician.page.evaluate("() => window.rapport.pc") is None, "the clinician has no peer connection")
    clinician.page.click("#waiters-list button:has-text('Admit')")
    client.step("call")


def media(people):
    for person in people:
        wait_for(person.page, "() => window.rapport.pc?.connectionState === 'connected'", f"{person.name} is connected")
    for person in people:
        deadline = time.monotonic() + 20
        stats = person.inbound()
        while time.monotonic() < deadline and not (stats["framesDecoded"] > 30 and stats["audioEnergy"] > 0):
            time.sleep(0.2)
            stats = person.inbound()
        check(stats["framesDecoded"] > 30, f"the {person.name} decodes pictures ({stats['framesDecoded']})")
        check(stats["audioEnergy"] > 0, f"the {person.name} hears sound (energy {stats['audioEnergy']:.4f})")
        first = person.page.evaluate(PICTURE)
        check(first and first["most"] > 60, f"the {person.name}'s picture is not black")
        time.sleep(0.7)
        check(person.page.evaluate(PICTURE)["sum"] != first["sum"], f"the {person.name}'s picture moves")
        print("   ", person.name, json.dumps(stats))
    for person in people:
        person.shoot("4-call")


def controls(client, clinician):
    client.page.click("#toggle-microphone")
    wait_for(clinician.page, "() => window.rapport.peers[0]?.media.audio === false", "the clinician sees the microphone off")
    client.page.click("#toggle-microphone")
    client.page.click("#toggle-camera")
    wait_for(clinician.page, "() => window.rapport.peers[0]?.media.video === false", "the clinician sees the camera off")
    wait_for(clinician.page, "() => !document.getElementById('stage-note').hidden", "the stage says so in words")
    clinician.shoot("5-camera-off")
    before = clinician.inbound()["framesDecoded"]
    client.page.click("#toggle-camera")
    wait_for(clinician.page, "() => window.rapport.peers[0]?.media.video === true", "the camera is on again")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and clinician.inbound()["framesDecoded"] < before + 15:
        time.sleep(0.1)
    check(clinician.inbound()["framesDecoded"] >= before + 15, "pictures flow again without a new negotiation")


def ending(client, clinician, links, base):
    clinician.page.click("#end")
    wait_for(clinician.page, "() => document.getElementById('end-dialog').open", "End asks once")
    clinician.shoot("6-end-dialog")
    clinician.page.click("#end-dialog button[value=end]")
    for person in (client, clinician):
        person.step("ended")
        check(person.page.evaluate("() => window.rapport.pc") is None, f"the {person.name}'s peer connection is gone")
        person.shoot("7-ended")
    for part, link in links.items():
        status, problem = post(base + "/api/v1/grants", {"invitation": link.rsplit("/", 1)[1]})
        check(status == 404 and problem["type"].endswith("link-not-valid"), f"the {part}'s link opens nothing any more")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--screenshots")
    parser.add_argument("--size", default="1280x720")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.browser, args=FAKE_ARGUMENTS)
        bare = playwright.chromium.launch(executable_path=arguments.browser, args=PLAIN_ARGUMENTS)
        try:
            run(arguments, browser)
            run_without_devices(arguments, browser, bare)
        except Failure as failure:
            print("FAILED:", failure)
            sys.exit(1)
        finally:
            browser.close()
            bare.close()
    print("passed")


if __name__ == "__main__":
    main()
