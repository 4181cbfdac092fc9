"""One case between two ends over the link, from the signals to the figures."""

import contextlib
import json
import queue
import re
import time

import cubic
import ends
from processes import Failure, Process, take

SETUP_SECONDS = 30
PAIRS = {
    "rapport": ("rapport", "rapport"),
    "to-chromium": ("rapport", "chromium"),
    "from-chromium": ("chromium", "rapport"),
}


class Call:
    def __init__(self, settings, spaces, playwright, case, pair, seed, file):
        self.settings, self.spaces, self.playwright = settings, spaces, playwright
        self.case, self.pair, self.seed, self.file = case, pair, seed, file
        self.events = queue.Queue()
        self.repairs = set()
        self.waits = (0, 0)
        self.frozen = (0, 0)
        self.samples = []
        self.told = []
        self.last = {}
        self.bulk = None
        self.figures = None

    def run(self):
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            self.link = enter(Process("link", self.link_command(), self.events))
            self.expect("ready", 10)
            if self.case.startswith("cubic"):
                self.bulk = enter(cubic.Bulk(self.spaces))
            self.sender = enter(self.end(0))
            self.receiver = enter(self.end(1))
            self.carry_until("begin", SETUP_SECONDS)
            before = [end.cpu_seconds() for end in (self.sender, self.receiver)]
            began = time.monotonic()
            self.carry_until("over", self.settings.longest)
            seconds = time.monotonic() - began
            used = [end.cpu_seconds() - start for end, start in zip((self.sender, self.receiver), before)]
            self.cpu = [round(each / seconds, 3) for each in used]
            self.link.end_input()
            self.carry_until("figures", 20)
            self.sender.close()
        return self.outcome()

    def link_command(self):
        log = []
        if self.settings.packets:
            self.settings.packets.mkdir(parents=True, exist_ok=True)
            log = ["--packets", self.settings.packets / f"{self.case}-{self.pair}.log"]
        return [self.settings.link, *log, "--left", self.spaces.paths[0], "--right", self.spaces.paths[1], "--case", self.case,
                "--json", self.file, "--name", self.pair, "--seed", self.seed]

    # rapport-peer offers to itself and to Chromium; where Chromium sends it offers.
    def end(self, side):
        kind = PAIRS[self.pair][side]
        role, who = ("offer", "answer")[side], ("sender", "receiver")[side]
        if kind == "chromium":
            return ends.chromium(self.playwright, who, role, side, self.spaces, self.events, side == 0)
        return ends.rapport_peer(
            self.settings.peer, who, role, side, self.spaces, self.events, side == 0, self.settings.video)

    def expect(self, type, seconds):
        found = take(self.events, seconds)
        if found is None or found[1]["type"] != type:
            raise Failure(f"no '{type}' from the link: {found} {self.link.complaints}")

    def carry_until(self, type, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for end in (self.sender, self.receiver):
                end.pump()
            found = take(self.events, 0.01)
            while found:
                self.handle(*found)
                if found[0] == "link" and found[1]["type"] == type:
                    return
                found = take(self.events, 0) if not self.events.empty() else None
        raise Failure(f"no '{type}' within {seconds} s; the link: {self.link.complaints}")

    def handle(self, who, line):
        kind = line["type"]
        if kind in ("ended", "summary"):
            seconds = self.samples[-1]["seconds"] if self.samples else 0
            process = getattr(getattr(self, who, None), "process", None)
            told = f'{line.get("reason")} {getattr(process, "complaints", "")}'
            raise Failure(f"the {who} ended after {seconds} s: {told}")
        if kind == "error":
            raise Failure(f"the {who}: {line}")
        if who == "link":
            self.take_link(line)
        elif kind in ends.SIGNALS:
            self.note_repairs(line.get("sdp", ""))
            (self.receiver if who == "sender" else self.sender).send(line)
        elif kind == "stats":
            self.last[who] = line["report"]
            seconds = self.samples[-1]["seconds"] if self.samples else 0
            self.told.append({"seconds": seconds, "who": who, **self.video_of(line["report"])})
            (self.take_sender if who == "sender" else self.take_receiver)(line["report"])

    def note_repairs(self, sdp):
        found = re.findall(r"^a=rtpmap:(\d+) rtx/", sdp, re.MULTILINE)
        if found:
            self.repairs |= set(found)
            self.link.send("repair " + " ".join(sorted(self.repairs)))

    def take_link(self, line):
        if line["type"] == "figures":
            self.figures = line
        if line["type"] != "sample":
            return
        self.samples.append(line)
        if self.bulk and line["seconds"] >= 10:
            self.bulk.start()
            self.bulk = None

    def take_sender(self, report):
        available = [each.get("availableOutgoingBitrate") for each in report if each["type"] == "candidate-pair"]
        target = max([rate for rate in available if rate], default=0)
        outbound = [each for each in report if each["type"] == "outbound-rtp"]
        encoder = sum(each.get("targetBitrate", 0) for each in outbound if each["kind"] == "video")
        if not target:
            return
        waits = (sum(each.get("totalPacketSendDelay", 0) for each in outbound),
                 sum(each.get("packetsSent", 0) for each in outbound))
        seconds, packets = waits[0] - self.waits[0], waits[1] - self.waits[1]
        self.waits = waits
        pacer = f" {1000 * seconds / packets:.3f}" if packets > 0 and seconds >= 0 else ""
        self.link.send(f"rates {target:.0f} {encoder:.0f}{pacer}")
        sent = sum(each.get("framesSent", 0) for each in outbound if each["kind"] == "video")
        self.link.send(f"frames {sent} 0")

    def take_receiver(self, report):
        for each in report:
            if each["type"] != "inbound-rtp" or each["kind"] != "video":
                continue
            frozen = (each.get("freezeCount", 0), each.get("totalFreezesDuration", 0))
            count, seconds = frozen[0] - self.frozen[0], frozen[1] - self.frozen[1]
            self.frozen = frozen
            for _ in range(count):
                self.link.send(f"froze {1000 * seconds / count:.1f}")

    def outcome(self):
        with open(self.file, encoding="utf-8") as file:
            course = json.load(file)["cases"][0]
        course["told"] = self.told
        return course, {
            "case": self.case, "pair": self.pair, "figures": self.figures["figures"], "met": self.figures["met"],
            "cpu": self.cpu, "ends": self.facts()}

    def facts(self):
        """What the ends say of the whole call, for whoever looks for a reason."""
        return {who: self.video_of(report) for who, report in self.last.items()}

    @staticmethod
    def video_of(report):
        names = ("framesSent", "framesEncoded", "keyFramesEncoded", "framesDecoded", "framesDropped", "frameWidth",
                 "frameHeight", "qpSum", "nackCount", "pliCount", "retransmittedPacketsSent", "packetsLost",
                 "freezeCount", "totalFreezesDuration", "totalEncodeTime", "qualityLimitationReason",
                 "qualityLimitationResolutionChanges")
        for each in report:
            if each["type"] in ("outbound-rtp", "inbound-rtp") and each["kind"] == "video":
                return {name: each[name] for name in names if name in each}
        return {}
