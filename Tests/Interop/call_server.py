"""The page's HTTP server on loopback, which carries the signals between the page and a rapport-peer process."""

import http.server
import json
import pathlib
import threading

PAGE = pathlib.Path(__file__).resolve().parent / "page"
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript"}
SIGNALS = ("offer", "answer", "candidate", "end-of-candidates")


class CallServer:
    """`carry(message, to_page)` may change a message on its way, or return None to drop it."""

    def __init__(self, peer, carry=lambda message, to_page: message):
        self.peer = peer
        self.carry = carry
        self.from_page = []
        server = self

        class Handler(_Handler):
            call = server

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    call = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/from-peer":
            return self.stream()
        name = self.path.split("?")[0].lstrip("/") or "index.html"
        file = PAGE / name
        if file.parent != PAGE or not file.is_file():
            return self.reply(404)
        self.reply(200, file.read_bytes(), KINDS[file.suffix])

    def reply(self, status, body=b"", kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # Server-sent events; a page that connects anew goes on after the last one it had.
    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        place = int(self.headers.get("Last-Event-ID", -1)) + 1
        peer = self.call.peer
        try:
            while True:
                with peer.changed:
                    while place >= len(peer.lines):
                        peer.changed.wait()
                    line = peer.lines[place]
                if line["type"] == "ended":
                    return
                message = self.call.carry(dict(line), True) if line["type"] in SIGNALS else None
                if message:
                    self.wfile.write(f"id: {place}\ndata: {json.dumps(message)}\n\n".encode())
                    self.wfile.flush()
                place += 1
        except OSError:
            pass  # the page is gone

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = json.loads(body)
        self.call.from_page.append(message)
        message = self.call.carry(message, False)
        if message:
            try:
                self.call.peer.send(message)
            except OSError:
                pass  # the process is gone; the test sees that by itself
        self.reply(204)
