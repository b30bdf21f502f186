"""Helpers for journal and forwarder: polls, a broker at hand, a store that acknowledges, a writer to kill."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from collector.journal import Journal
from domain.reading import Poll

SITE, GATEWAY = "works", "gw1"


def open_journal(path: Path) -> Journal:
    return Journal.open(path, site=SITE, gateway=GATEWAY)


def poll(at: int, device: str = "m1") -> Poll:
    return Poll(device=device, at=at, values={"energy": float(at)})


def eventually(condition: Callable[[], bool], *, within_s: float = 5.0) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


class Outbox:
    """A way to the broker whose state the test decides; keeps what was handed to it."""

    def __init__(self, *, connected: bool = True, room: int = 1_000_000) -> None:
        self.is_connected = connected
        self.room = room
        self.sent: list[bytes] = []
        self.react: Callable[[str, bytes], None] = lambda topic, payload: None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if not self.is_connected or len(self.sent) >= self.room:
            return False
        self.sent.append(payload)
        self.react(topic, payload)
        return True


def write_until_killed(path: Path, seed: int) -> None:
    """Append, delete and commit, and say each commit: what a test kills."""
    import random

    dice = random.Random(seed)
    journal = open_journal(path)
    oldest = 1
    while True:
        rows = journal.append([poll(dice.randint(1, 10**12), f"m{n}") for n in range(dice.randint(1, 30))])
        if dice.random() < 0.3:
            last = dice.randint(oldest, journal.last_seq)
            journal.delete([(oldest, last)])
            oldest = last + 1
        os.write(1, f"try {rows[0].seq} {rows[-1].seq} {oldest}\n".encode())
        journal.commit()
        os.write(1, b"done\n")


def publish_until_the_failpoint(path: Path, place: str) -> None:
    """Journal ten polls with a forwarder and die at the failpoint."""
    from collector.forwarder import Forwarder

    class Said(Outbox):
        def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
            os.write(1, payload + b"\n")
            return True

    def die(where: str) -> None:
        if where == place:
            os._exit(9)

    forwarder = Forwarder(open_journal(path), Said(), failpoint=die)
    for at in range(1, 11):
        forwarder.put(poll(at))
    forwarder.start()
    time.sleep(5)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write_until_killed(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1] == "publish":
        publish_until_the_failpoint(Path(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "create":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
        open_journal(Path(sys.argv[2])).close()
    else:
        held = open_journal(Path(sys.argv[2]))
        os.write(1, b"held\n")
        time.sleep(30)
