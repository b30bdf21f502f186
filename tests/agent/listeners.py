"""Other ends of channels on loopback: a web server and a mail server that can be told to misbehave."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Web:
    """What the web server does, and what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.answer = b"{}"
        self.hang = threading.Event()
        """Cleared: requests wait until it is set."""
        self.hang.set()
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.port = 0


@contextmanager
def web_server() -> Iterator[Web]:
    """Give a running web server."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.hang.wait(20)
            web.paths.append(self.path)
            web.bodies.append(json.loads(raw))
            self.send_response(web.status)
            self.send_header("Content-Length", str(len(web.answer)))
            self.end_headers()
            self.wfile.write(web.answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that has gone is what some tests want."""

    server = Server(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        web.hang.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Mail:
    """What the mail server answers to a user, and the letters it took."""

    def __init__(self) -> None:
        self.auth = b"235 ok"
        self.letters: list[str] = []
        self.port = 0


@contextmanager
def mail_server() -> Iterator[Mail]:
    """Give a mail server that speaks as much SMTP (RFC 5321, 4954) as one letter needs."""
    mail = Mail()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

        def handle(self) -> None:
            self.say(b"220 loopback")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    self.say(b"250-loopback\r\n250 AUTH PLAIN")
                elif verb == b"AUTH":
                    self.say(mail.auth)
                elif verb == b"DATA":
                    self.say(b"354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    mail.letters.append(b"".join(lines).decode("utf-8", "replace"))
                    self.say(b"250 taken")
                elif verb == b"QUIT":
                    self.say(b"221 bye")
                    return
                else:
                    self.say(b"250 ok")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    mail.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield mail
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wait_until(what: str, is_so: Any, timeout_s: float = 10.0) -> None:
    """Return once it is so; AssertionError that names it when it does not come."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.01)
