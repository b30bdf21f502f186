"""Real doubles of the storage tests: a clock that stands, scripted HTTP servers on real sockets, a plant."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from domain.ports import Envelope
from domain.reading import Poll, Quality
from domain.wire import encode_item, item_topic
from storage.ranges import Range
from storage.source import Source

NOW = 1_763_800_000_000
SITE, GATEWAY = "works", "gw1"
DEVICES = {"boiler": ("gas", "pressure"), "feeder": ("energy", "power", "voltage")}
SOURCE = Source(site=SITE, gateway=GATEWAY, devices=DEVICES)


class StandingClock:
    """A clock that says what it is told."""

    def __init__(self, now_ms: int = NOW) -> None:
        self.at = now_ms

    def now_ms(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()

    def real_seconds(self, seconds: float) -> float:
        return seconds

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def is_doubtful(self) -> bool:
        return False


def envelope(seq: int, *, journal: str = "j1", device: str = "boiler", at: int | None = None) -> Envelope:
    """Return a good poll whose values follow from its number."""
    values = {name: seq + place / 10 for place, name in enumerate(DEVICES[device])}
    item = Poll(device=device, at=NOW + seq * 1000 if at is None else at, values=values)
    return Envelope(journal=journal, seq=seq, received_ms=NOW, item=item)


def poll(seq: int, values: dict[str, float | None], quality: dict[str, Quality] | None = None) -> Envelope:
    """Return a poll of the boiler with these values."""
    item = Poll(device="boiler", at=NOW + seq * 1000, values=values, quality=quality or {})
    return Envelope(journal="j1", seq=seq, received_ms=NOW, item=item)


def message(one: Envelope) -> tuple[str, bytes]:
    """Return the topic and the payload of an envelope."""
    return item_topic(SITE, GATEWAY, one.item), encode_item(one.item, one.journal, one.seq)


@dataclass
class Acks:
    """Collects acknowledgements; refuses them while `is_up` is False."""

    is_up: bool = True
    ranges: list[tuple[str, str, str, tuple[Range, ...]]] = field(default_factory=list)

    def __call__(self, site: str, gateway: str, journal: str, ranges: Sequence[Range]) -> bool:
        if self.is_up:
            self.ranges.append((site, gateway, journal, tuple(ranges)))
        return self.is_up

    def numbers(self, journal: str = "j1") -> set[int]:
        return {
            number
            for _, _, name, ranges in self.ranges
            for first, last in ranges
            if name == journal
            for number in range(first, last + 1)
        }


def wait_until(condition: Callable[[], bool], *, timeout_s: float = 8.0) -> None:
    """Wait for a condition; AssertionError when it does not come."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; status 0 says nothing and holds the connection."""

    status: int
    body: bytes = b""
    headers: tuple[str, ...] = ()


class FakeInflux:
    """Answers each write by a rule over its lines; remembers what it accepted."""

    def __init__(self, rule: Callable[[list[str]], Answer]) -> None:
        self.rule = rule
        self.requests: list[list[str]] = []
        self.accepted: dict[tuple[str, str], str] = {}
        """(series, instant) -> fields: as InfluxDB, the last one stays."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = [self._socket]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        for one in self._open:
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while body := self._read_body(stream):
                    lines = body.decode().split("\n")
                    self.requests.append(lines)
                    answer = self.rule(lines)
                    if answer.status == 0:
                        stream.read(1)  # until the client gives up
                        return
                    if answer.status == 204:
                        self._keep(lines)
                    head = "\r\n".join(
                        [
                            f"HTTP/1.1 {answer.status} X",
                            f"Content-Length: {len(answer.body)}",
                            *answer.headers,
                        ]
                    )
                    connection.sendall(head.encode() + b"\r\n\r\n" + answer.body)
        except OSError:
            return

    @staticmethod
    def _read_body(stream) -> bytes:  # type: ignore[no-untyped-def]
        length = 0
        while (line := stream.readline().strip()) != b"":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body: bytes = stream.read(length) if length else b""
        return body

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            series, fields, instant = line.split(" ")
            self.accepted[series, instant] = fields


@contextmanager
def fake_influx(rule: Callable[[list[str]], Answer]) -> Iterator[FakeInflux]:
    """Run a scripted server."""
    server = FakeInflux(rule)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def reply_cutter(port: int, *, cut: int) -> Iterator[int]:
    """Forward to a port, but close the first `cut` connections instead of passing the answer back."""
    listener = socket.create_server(("127.0.0.1", 0))
    left = [cut]

    def talk(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            client.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            while len(head.partition(b"\r\n\r\n")[2]) < length:
                head += client.recv(65536)
            server.sendall(head)
            answer = server.recv(65536)
            if left[0]:
                left[0] -= 1
                return
            client.sendall(answer)

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
