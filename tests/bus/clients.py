"""MQTT clients of the tests: ours, kept with what they received."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bus.mqtt import BrokerAddress, MqttClient


def eventually(condition: Callable[[], bool], *, within_s: float = 8.0) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


class Inbox:
    """What a client received."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.threads: set[str] = set()

    def take(self, topic: str, payload: bytes, retained: bool) -> None:  # noqa: FBT001
        self.threads.add(threading.current_thread().name)
        self.messages.append((topic, payload, retained))

    @property
    def topics(self) -> list[str]:
        return [topic for topic, _, _ in self.messages]


@contextmanager
def client(address: BrokerAddress, name: str, *, wait: bool = True, **other: Any) -> Iterator[MqttClient]:
    """Give a started client, connected unless the test does not expect it."""
    made = MqttClient(address, client_id=name, **other)
    made.start()
    try:
        if wait:
            eventually(lambda: made.is_connected)
        yield made
    finally:
        made.stop()
