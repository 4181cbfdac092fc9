#!/usr/bin/env python3
"""Makes the session descriptions in this directory by running browsers.

    python3 make.py chromium firefox-esr
    python3 make.py --only answer-to-rapport chromium firefox-esr

Each browser opens page.html from a server on the loopback address (getUserMedia asks for a secure context, and
localhost is one), makes every description with its fake camera and microphone, and posts it back. Addresses of the
machine are replaced by documentation addresses (RFC 5737, RFC 3849) before a file is written.
"""

import argparse
import http.server
import ipaddress
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
FIREFOX_PREFERENCES = """
user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", true);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("media.gmp-manager.updateEnabled", false);
"""


def command(browser: str, profile: str, address: str) -> list[str]:
    if "firefox" in browser:
        pathlib.Path(profile, "user.js").write_text(FIREFOX_PREFERENCES)
        return [browser, "--headless", "--no-remote", "--profile", profile, address]
    return [
        browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}",
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", address,
    ]


def anonymous(text: str) -> str:
    """Replaces every address that is not unspecified or loopback by one made for documentation."""

    def replace(match: re.Match) -> str:
        try:
            address = ipaddress.ip_address(match.group(0))
        except ValueError:
            return match.group(0)
        if address.is_unspecified or address.is_loopback:
            return match.group(0)
        return "192.0.2.1" if address.version == 4 else "2001:db8::1"

    def line(text: str) -> str:
        if not text.startswith(("a=candidate:", "c=", "o=", "a=rtcp:")):
            return text
        return re.sub(r"(?<= )[0-9A-Fa-f:.]*[.:][0-9A-Fa-f:.]*(?= |$)", replace, text)

    return "\r\n".join(line(one) for one in text.split("\r\n"))


class Server(http.server.ThreadingHTTPServer):
    name = ""
    finished: threading.Event
    version = ""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        name = self.path.partition("?")[0].lstrip("/")
        path = HERE / (name or "page.html")
        if path.parent != HERE or not path.exists():
            self.send_error(404)
            return
        self.reply(path.read_bytes())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        name, _, status = self.path.removeprefix("/save/").partition("?")
        if self.path == "/done":
            self.server.version = body
            self.server.finished.set()
        elif status == "ok" and re.fullmatch(r"[a-z-]+", name):
            (HERE / f"{self.server.name}-{name}.sdp").write_text(anonymous(body), newline="")
            print("made", self.server.name, name)
        else:
            print("FAILED", self.server.name, name, body)
        self.reply(b"")

    def reply(self, body: bytes):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def make(browser: str, only: str):
    server = Server(("127.0.0.1", 0), Handler)
    server.name = "firefox" if "firefox" in browser else "chromium"
    server.finished = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    profile = tempfile.mkdtemp()
    address = f"http://127.0.0.1:{server.server_address[1]}/?only={only}"
    environment = dict(os.environ, HOME=profile, MOZ_DISABLE_CONTENT_SANDBOX="1")
    process = subprocess.Popen(
        command(browser, profile, address), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not server.finished.wait(120):
            sys.exit(f"{browser} did not finish")
        print(server.version)
    finally:
        process.terminate()
        process.wait()
        server.shutdown()
        shutil.rmtree(profile, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="make this description and no other")
    parser.add_argument("browsers", nargs="*", default=["chromium", "firefox-esr"])
    arguments = parser.parse_args()
    for browser in arguments.browsers:
        make(browser, arguments.only)
