#!/usr/bin/env python3
"""Chromium and rapport-peer call each other on this machine; what each sees and hears is told by its content."""

import contextlib
import os
import pathlib
import re
import sys
import tempfile

from playwright.sync_api import sync_playwright

import marks
from call_server import CallServer
from checks import Failure, check, run_tests
from lossy_path import LossyPath
from peer_process import Peer, entry

BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
# Without leave to use a camera Chromium puts .local names in place of its addresses, unless told not to.
SHOWN_ADDRESSES = ["--disable-features=WebRtcHideLocalIpsWithMdns"]
CALL_SECONDS = 9
# Chromium begins at 300 kbit/s. Where its first probe of the path fails (a busy machine), it takes half a minute to
# find out that there is more.
LEAST_RATE = 600_000
RATE_SECONDS = 45


class Page:
    """A page in a browser of its own."""

    def __init__(self, playwright, url, arguments, peer):
        self.peer = peer
        self.browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS + arguments)
        self.complaints = []
        self.page = self.browser.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_function("() => window.call")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()

    def start(self, role, redundancy=False, sends_pictures=True):
        options = {"redundancy": redundancy, "sendsPictures": sends_pictures}
        self.page.evaluate("([role, options]) => window.call.start(role, options)", [role, options])

    def wait(self, expression, sentence, seconds=20):
        try:
            self.page.wait_for_function(f"() => {expression}", timeout=1000 * seconds)
        except Exception as error:
            state = self.page.evaluate("() => [window.call.state, window.call.errors]")
            raise Failure(f"{sentence}: not within {seconds} s; the page says {state} {self.complaints}; "
                          f"rapport-peer: {self.peer.obituary()}") from error

    def report(self):
        return self.page.evaluate("() => window.call.report()")


class Outcome:
    """What a call left: the page's report, the process's lines, and the marks that it wrote."""

    def __init__(self, page, peer, server, folder):
        self.page = page
        self.peer = peer
        self.stats = peer.of_type("stats")[-1]["report"]
        self.candidates = [each["candidate"] for each in server.from_page if each["type"] == "candidate"]
        self.folder = folder

    def read_files(self):
        self.size, self.numbers = marks.y4m_numbers(self.folder / "seen.y4m")
        self.slots = marks.slots_heard(marks.wav_readings(self.folder / "heard.wav"))


def call(playwright, peer_role, folder, browser_arguments, peer_arguments, end):
    """A call of some seconds. `end(page, peer)` ends it and returns the summary."""
    page_role = "answer" if peer_role == "offer" else "offer"
    files = ["--video-out", folder / "seen.y4m", "--audio-out", folder / "heard.wav"]
    with Peer(peer_role, *files, *peer_arguments) as peer, CallServer(peer) as server, \
            Page(playwright, server.url, browser_arguments, peer) as page:
        page.start(page_role)
        page.wait("window.call.state === 'connected'", "the page is connected")
        peer.wait_for("state", lambda line: line["connection"] == "connected")
        page.wait(f"window.call.seconds >= {CALL_SECONDS}", "the call goes on", CALL_SECONDS + 20)
        page.wait(f"window.call.outboundRate >= {LEAST_RATE}", "Chromium's rate rises", RATE_SECONDS)
        report = page.report()
        outcome = Outcome(report, peer, server, folder)
        outcome.summary = end(page, peer)
        outcome.status = peer.wait_for_end()
    outcome.read_files()
    return outcome


def close_page(page, peer):
    page.page.evaluate("() => window.call.close()")
    return peer.wait_for("summary", seconds=45)


def close_by_line(_, peer):
    peer.send({"type": "close"})
    return peer.wait_for("summary")


def check_call(outcome):
    check_connected(outcome)
    figures = [check_seen_by_us(outcome), check_seen_by_page(outcome), check_heard(outcome), check_reports(outcome),
               check_rate(outcome)]
    return "; ".join(figures)


def check_connected(outcome):
    page, summary = outcome.page, outcome.summary
    check(not page["errors"], f"the page had errors {page['errors']}")
    check(not outcome.peer.of_type("error"), f"rapport-peer had errors {outcome.peer.of_type('error')}")
    check(page["state"] == "connected", f"the page ended {page['state']}")
    check(summary["connected"], "rapport-peer never connected")
    check(outcome.status == 0, f"rapport-peer exited with {outcome.status}: {outcome.peer.complaints}")
    ours = entry(outcome.stats, "transport").get("srtpCipher", "none")
    theirs = entry(page["statistics"], "transport").get("srtpCipher", "none")
    check(same_profile(ours, theirs), f"the SRTP profiles differ: {ours} and {theirs}")


def same_profile(ours, theirs):
    """Chromium leaves the prefix out and puts the words of AES-CM in another order."""
    def plain(name):
        return name.replace("SRTP_", "").replace("AES128_CM", "AES_CM_128").replace("_HMAC", "")
    return plain(ours) == plain(theirs) != "none"


def share_between(numbers):
    """How many of the numbers from the first to the last seen were seen."""
    return len(set(numbers)) / (numbers[-1] - numbers[0] + 1)


def goes_back(numbers):
    return any(first > second for first, second in zip(numbers, numbers[1:]))


def told(inbound):
    names = ("framesReceived", "framesDecoded", "framesDropped", "packetsLost", "nackCount", "pliCount", "freezeCount")
    return ", ".join(f"{name} {inbound.get(name)}" for name in names)


def check_seen_by_us(outcome):
    numbers = [each for each in outcome.numbers if each is not None]
    unreadable = len(outcome.numbers) - len(numbers)
    sent = entry(outcome.page["statistics"], "outbound-rtp", "video")["framesSent"]
    check(len(numbers) >= 150, f"we saw only {len(numbers)} marked pictures of {sent}")
    check(unreadable <= len(numbers) * 0.02, f"{unreadable} of our pictures had no readable mark")
    check(not goes_back(numbers), "our pictures came out of order")
    # Chromium sends the last picture again when it is asked for a key frame, or when the next one is late.
    repeated = len(numbers) - len(set(numbers))
    check(repeated <= 0.02 * len(numbers), f"{repeated} of our pictures came twice")
    ours = entry(outcome.stats, "inbound-rtp", "video")
    check(len(numbers) >= 0.9 * sent, f"we saw {len(numbers)} of the {sent} pictures that Chromium sent; {told(ours)}")
    # At its first low rate Chromium's encoder leaves pictures out by itself.
    last = numbers[-100:]
    share = share_between(last)
    check(share >= 0.9, f"we saw {share:.0%} of the pictures from {last[0]} to {last[-1]}")
    return f"we saw {len(numbers)} of {sent} sent, {share:.0%} of the last hundred numbers"


def check_seen_by_page(outcome):
    page = outcome.page
    numbers = page["numbers"]
    # The page's callback runs once a refresh and may be late under load: it can miss a picture, not reorder any.
    check(len(numbers) >= 100, f"the page saw only {len(numbers)} marked pictures")
    check(page["unreadable"] <= len(numbers) * 0.02, f"{page['unreadable']} of the page's pictures had no mark")
    check(not goes_back(numbers), "the page's pictures came out of order")
    share = share_between(numbers)
    check(share >= 0.6, f"the page saw {share:.0%} of the pictures from {numbers[0]} to {numbers[-1]}")
    theirs = entry(page["statistics"], "inbound-rtp", "video")
    decoded, sent = theirs["framesDecoded"], entry(outcome.stats, "outbound-rtp", "video")["framesSent"]
    check(decoded >= 0.9 * sent, f"Chromium decoded {decoded} of {sent} pictures; {told(theirs)}")
    return f"the page decoded {decoded} of {sent}, presented {share:.0%} of the numbers"


def check_heard(outcome):
    page_slots = marks.slots_heard(outcome.page["readings"])
    ours, theirs = marks.longest_consecutive(outcome.slots), marks.longest_consecutive(page_slots)
    check(ours >= 12, f"we heard {outcome.slots}")
    check(theirs >= 12, f"the page heard {page_slots}")
    return f"tone slots in a row: we {ours}, the page {theirs}"


def check_reports(outcome):
    times = []
    for kind in ("audio", "video"):
        for name, statistics in (("our", outcome.stats), ("Chromium's", outcome.page["statistics"])):
            remote = entry(statistics, "remote-inbound-rtp", kind)
            check(remote.get("roundTripTime") is not None, f"{name} {kind} has no round-trip time: {remote}")
            check(remote["roundTripTime"] < 1, f"{name} {kind} round trip is {remote['roundTripTime']} s")
            times.append(remote["roundTripTime"])
    drops = entry(outcome.stats, "peer-connection")["rapportDrops"]
    refused = {name: count for name, count in drops.items() if count > EXPLAINED_DROPS.get(name, 0)}
    check(not refused, f"datagrams were refused: {refused}")
    return f"round trips up to {1000 * max(times):.1f} ms"


# Datagrams that a correct peer may refuse in a call, and how many.
EXPLAINED_DROPS = {}


def check_rate(outcome):
    rate, available = outcome.page["outboundRate"], outcome.page["available"]
    check(rate >= LEAST_RATE, f"Chromium sent only {rate / 1000:.0f} kbit/s")
    check(available >= LEAST_RATE, f"Chromium believes it has {available / 1000:.0f} kbit/s")
    return f"Chromium sent {rate / 1000:.0f} kbit/s of {available / 1000:.0f} available"


def chromium_answers(playwright, folder):
    outcome = call(playwright, "offer", folder, SHOWN_ADDRESSES, ["--bind", "127.0.0.1"], close_page)
    figures = check_call(outcome)
    reason = outcome.summary["reason"]
    check(reason == "closed by peer", f"the page closed, and rapport-peer ended with '{reason}'")
    return figures


def chromium_offers(playwright, folder):
    outcome = call(playwright, "answer", folder, SHOWN_ADDRESSES, ["--bind", "127.0.0.1"], close_by_line)
    figures = check_call(outcome)
    check(outcome.summary["reason"] == "close", f"the reason is '{outcome.summary['reason']}'")
    return figures


def names_for_addresses(playwright, folder):
    outcome = call(playwright, "offer", folder, [], [], close_by_line)
    hidden = [each for each in outcome.candidates if ".local " in each]
    check(hidden, f"Chromium showed its addresses: {outcome.candidates}")
    return check_call(outcome)


LOSS = 0.05


@contextlib.contextmanager
def call_over_a_path(playwright, *peer_arguments, peer_role="offer", redundancy=False, sends_pictures=True, delay=0,
                     change=lambda message: message):
    """A call in which both sides see pictures, or the page alone, over a path that does not lose anything yet."""
    with Peer(peer_role, "--bind", "127.0.0.1", *peer_arguments) as peer, LossyPath(delay=delay) as path, \
            CallServer(peer, lambda message, to_page: path.carry(change(message), to_page)) as server, \
            Page(playwright, server.url, SHOWN_ADDRESSES, peer) as page:
        page.start("answer" if peer_role == "offer" else "offer", redundancy, sends_pictures)
        page.wait("window.call.state === 'connected'", "the page is connected")
        page.wait("window.call.pictures.numbers.length > 15", "the page sees pictures")
        if sends_pictures:
            peer.wait_for("stats", lambda line: inbound_video(line).get("framesDecoded", 0) > 10)
        yield page, peer, path


def inbound_video(line):
    return entry(line["report"], "inbound-rtp", "video")


def lossy_call(playwright, folder):
    """Packets are lost in both directions: both sides have to ask for them, and to send them again."""
    with call_over_a_path(playwright, "--video-out", folder / "seen.y4m") as (page, peer, path):
        path.begin(LOSS)
        page.wait(f"window.call.seconds >= {CALL_SECONDS}", "the call goes on", CALL_SECONDS + 20)
        report, ours = page.report(), peer.of_type("stats")[-1]["report"]
        close_by_line(page, peer)
        peer.wait_for_end()
    _, numbers = marks.y4m_numbers(folder / "seen.y4m")
    return check_recovery(report, ours, [each for each in numbers if each is not None], path)


def outage(playwright, folder):
    """Nothing passes for some seconds: more than can be sent again. A key frame has to be asked for."""
    with call_over_a_path(playwright, "--video-out", folder / "seen.y4m") as (page, peer, path):
        path.begin(1)
        path.wait_for_loss(600)
        before = peer.of_type("stats")[-1]
        path.begin(0)
        after = peer.wait_for("stats", lambda line: inbound_video(line)["framesDecoded"]
                              > inbound_video(before)["framesDecoded"] + 45, seconds=15, after=len(peer.lines))
        page.wait(f"window.call.pictures.numbers.at(-1) > {page.report()['numbers'][-1] + 45}", "pictures go on", 15)
        theirs = entry(page.report()["statistics"], "inbound-rtp", "video")
        close_by_line(page, peer)
    asked = inbound_video(after)["pliCount"] + inbound_video(after).get("firCount", 0), theirs["pliCount"]
    check(min(asked) > 0, f"key frames asked for: we {asked[0]}, the page {asked[1]}")
    return f"key frames asked for: we {asked[0]}, the page {asked[1]}"


RED_LOSS = 0.20
RED_SECONDS = 20


def redundant_call(playwright, folder, peer_role):
    """Both sides may send copies of older packets (RFC 2198), and a fifth of the packets is lost."""
    with call_over_a_path(playwright, "--audio-out", folder / "heard.wav", peer_role=peer_role,
                          redundancy=True) as (page, peer, path):
        before = page.report(), peer.of_type("stats")[-1]["report"]
        path.begin(RED_LOSS)
        page.wait(f"window.call.seconds >= {RED_SECONDS}", "the call goes on", RED_SECONDS + 20)
        report, ours = page.report(), peer.of_type("stats")[-1]["report"]
        report["red"] = redundancy_number(page.page.evaluate("() => window.call.pc.localDescription.sdp"))
        heard = report["readings"][len(before[0]["readings"]):]
        close_by_line(page, peer)
        peer.wait_for_end()
    return report, ours, path, marks.slots_heard(heard), marks.slots_heard(marks.wav_readings(folder / "heard.wav"))


def redundancy_number(sdp):
    """The payload type of packets with copies, in the page's words; it comes before Opus where the page prefers it."""
    match = re.search(r"^a=rtpmap:(\d+) red/48000/2", sdp, re.MULTILINE)
    check(match, "Chromium describes no red/48000/2")
    return int(match[1])


def concealed(inbound):
    return inbound["concealedSamples"] / inbound["totalSamplesReceived"]


def redundancy_to_chromium(playwright, folder):
    report, ours, path, theirs_heard, ours_heard = redundant_call(playwright, folder, "offer")
    inbound = entry(report["statistics"], "inbound-rtp", "audio")
    sent = path.payload_types["peer"]
    red, copies = sent[report["red"]], inbound.get("fecPacketsReceived", 0)
    check(red >= 200, f"we sent {red} packets with copies: {dict(sent)}")
    # Chromium's statistics name the sound's own format, audio/opus, and count the copies as FEC.
    check(copies >= 0.5 * red, f"Chromium took {copies} copies of {red}")
    share = concealed(inbound)
    check(share < RED_LOSS / 2, f"Chromium made {share:.1%} of the sound up")
    return check_tones(theirs_heard, ours_heard) + (
        f"; {red} packets with copies sent, Chromium took {copies} copies and made {share:.1%} of the sound up; "
        f"{inbound['packetsLost']} packets lost")


def redundancy_from_chromium(playwright, folder):
    report, ours, path, theirs_heard, ours_heard = redundant_call(playwright, folder, "answer")
    inbound = entry(ours, "inbound-rtp", "audio")
    red, copies = path.payload_types["page"][report["red"]], inbound["rapportRedundantPacketsReceived"]
    check(red >= 500, f"Chromium sent {red} packets with copies: {dict(path.payload_types['page'])}")
    # Only a copy of a packet that is missing is taken.
    check(copies >= 0.08 * red, f"we took {copies} copies of {red} packets")
    share = concealed(inbound)
    check(share < RED_LOSS / 2, f"we made {share:.1%} of the sound up")
    return check_tones(theirs_heard, ours_heard) + (
        f"; Chromium sent {red} packets with copies, we took {copies} and made {share:.1%} of the sound up; "
        f"{inbound['packetsLost']} packets lost")


# Seconds that a datagram takes one way, and for how long it is looked at.
LONG_WAY = 0.1
REPAIR_SECONDS = 20
# Of the pictures sent. Without repair packets (--no-flexfec) Chromium decodes 3 % in such a call: each loss lasts until
# it asks for a key frame, which takes it three seconds. Two such waits still leave more than this.
LEAST_REPAIRED = 0.6


def without_requests(message):
    """Descriptions that say nothing of generic NACK (RFC 4585 section 4.2): no packet is asked for again, so that what
    comes back was repaired."""
    if message["type"] not in ("offer", "answer"):
        return message
    lines = [each for each in message["sdp"].split("\r\n") if not re.fullmatch(r"a=rtcp-fb:\d+ nack", each)]
    return {**message, "sdp": "\r\n".join(lines)}


def repaired_call(playwright, _):
    """A page that only receives, over a long way that loses packets, gets pictures back by repair packets alone."""
    with call_over_a_path(playwright, sends_pictures=False, delay=LONG_WAY,
                          change=without_requests) as (page, peer, path):
        answer = page.page.evaluate("() => window.call.pc.localDescription.sdp")
        numbers = {name: payload_type(answer, name) for name in ("VP8", "flexfec-03")}
        path.begin(LOSS)
        peer.wait_for("stats", lambda line: outbound_video(line).get("fecPacketsSent", 0) > 50)
        before, decoded = outbound_video(peer.of_type("stats")[-1]), inbound_pictures(page)
        path.lost_types["peer"].clear()
        path.payload_types["peer"].clear()
        after = peer.wait_for("stats", lambda line: outbound_video(line).get("framesSent", 0)
                              >= before["framesSent"] + 30 * REPAIR_SECONDS, 2 * REPAIR_SECONDS)
        sent, lost = dict(path.payload_types["peer"]), dict(path.lost_types["peer"])
        seen = inbound_pictures(page)
        close_by_line(page, peer)
        peer.wait_for_end()
    ours = outbound_video(after)
    return check_repair(numbers, sent, lost, ours["framesSent"] - before["framesSent"], decoded, seen,
                        ours["retransmittedPacketsSent"])


def payload_type(sdp, name):
    match = re.search(rf"^a=rtpmap:(\d+) {name}/90000", sdp, re.MULTILINE)
    check(match, f"Chromium's answer has no {name}")
    return int(match[1])


def outbound_video(line):
    return entry(line["report"], "outbound-rtp", "video")


def inbound_pictures(page):
    return entry(page.report()["statistics"], "inbound-rtp", "video")


def check_repair(numbers, sent, lost, frames, before, after, again):
    def counted(name):
        return after.get(name, 0) - before.get(name, 0)
    pictures, repairs = numbers["VP8"], numbers["flexfec-03"]
    check(lost.get(pictures, 0) >= 40, f"too few packets of pictures were lost to test anything: {lost} of {sent}")
    arrived, received = sent.get(repairs, 0) - lost.get(repairs, 0), counted("fecPacketsReceived")
    check(received >= 0.9 * arrived - 30, f"Chromium counts {received} repair packets of {arrived} that came")
    check(after["nackCount"] == 0 and again == 0, f"{after['nackCount']} asked for again, {again} sent again")
    share = counted("framesDecoded") / frames
    check(share >= LEAST_REPAIRED, f"Chromium decoded {share:.0%} of our pictures; {told(after)}")
    return (f"{lost[pictures]} of {sent[pictures]} packets of pictures lost, {received} repair packets received, none "
            f"asked for again; {share:.0%} of {frames} pictures decoded, key frames asked for: {counted('pliCount')}, "
            f"stood {counted('totalFreezesDuration'):.1f} s")


def check_tones(page_slots, our_slots):
    ours, theirs = marks.longest_consecutive(our_slots), marks.longest_consecutive(page_slots)
    check(ours >= 12, f"we heard {our_slots}")
    check(theirs >= 12, f"the page heard {page_slots}")
    return f"tone slots in a row: we {ours}, the page {theirs}"


def check_recovery(report, ours, numbers, path):
    theirs = report["statistics"]
    check(min(path.lost.values()) >= 20, f"too little was lost to test anything: {path.lost}")
    sent, received = entry(ours, "outbound-rtp", "video"), entry(theirs, "inbound-rtp", "video")
    check(received["nackCount"] > 0 and sent["nackCount"] > 0, "Chromium asked us for nothing again")
    check(sent["retransmittedPacketsSent"] > 0, "we sent nothing again")
    check(received.get("retransmittedPacketsReceived", 1) > 0, "Chromium got nothing again")
    share = received["framesDecoded"] / sent["framesSent"]
    check(share >= 0.8, f"Chromium decoded {share:.0%} of our pictures")
    sent_there, received_here = entry(theirs, "outbound-rtp", "video"), entry(ours, "inbound-rtp", "video")
    check(received_here["nackCount"] > 0 and sent_there["nackCount"] > 0, "we asked Chromium for nothing again")
    check(received_here["retransmittedPacketsReceived"] > 0, "we got nothing again")
    share_here = len(numbers) / sent_there["framesSent"]
    check(not goes_back(numbers), "our pictures came out of order")
    check(share_here >= 0.8, f"we decoded {share_here:.0%} of Chromium's pictures")
    lost = path.lost["page"] + path.lost["peer"]
    return (f"{lost} of {lost + sum(path.passed.values())} datagrams lost; pictures decoded: we {share_here:.0%}, "
            f"the page {share:.0%}; sent again: we {sent['retransmittedPacketsSent']}, "
            f"the page {sent_there['retransmittedPacketsSent']}; key frames asked for: we {received_here['pliCount']}, "
            f"the page {received['pliCount']}")


def main():
    with sync_playwright() as playwright:
        def test(function):
            def run():
                with tempfile.TemporaryDirectory() as folder:
                    return function(playwright, pathlib.Path(folder))
            return run
        tests = [
            ("Chromium answers rapport-peer's offer", test(chromium_answers)),
            ("rapport-peer answers Chromium's offer", test(chromium_offers)),
            ("Chromium hides its addresses behind .local names", test(names_for_addresses)),
            (f"Chromium and rapport-peer repair {LOSS:.0%} of loss each way", test(lossy_call)),
            (f"Chromium hears sound with copies of older packets at {RED_LOSS:.0%} of loss", test(redundancy_to_chromium)),
            (f"Chromium's sound with copies is heard at {RED_LOSS:.0%} of loss", test(redundancy_from_chromium)),
            ("pictures go on after an outage", test(outage)),
            (f"Chromium repairs pictures at {LOSS:.0%} of loss on a long way", test(repaired_call)),
        ]
        chosen = sys.argv[1:]
        return run_tests([each for each in tests if not chosen or any(word in each[0] for word in chosen)])


if __name__ == "__main__":
    sys.exit(main())
