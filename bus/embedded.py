"""A small MQTT 3.1.1 broker on loopback for a plant that has none. The only file that knows amqtt.

It runs as a child process, so that its work never delays a poll, and ends with its parent. It only
fans out: nothing rests on its memory, because the store acknowledges to the journal itself.

    python -m bus.embedded CREDENTIALS_FILE PORT
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from bus.credentials import PUBLISH, SUBSCRIBE, covers
from domain.errors import BusError

HOST = "127.0.0.1"
_BIND_PATIENCE_S = 5.0
"""How long the port may still belong to the broker of an agent that was killed."""

_HANG_UP_S = 1.0
"""How long clients may take to notice that the broker ends."""


class PartsAuth(BaseAuthPlugin):
    """Let in the parts named in the credentials file, nobody else."""

    async def authenticate(self, *, session: Session) -> bool:
        """Compare the password in constant time; refuse a last will the part could not publish itself.

        amqtt asks nobody before it sends a last will.
        """
        part = session.username or ""
        if not session.clean_session:  # its queue in this broker would have no bound
            return False
        expected = self.config.passwords.get(part, "")
        given = session.password or ""
        if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
            return False
        return not session.will_flag or _may(PUBLISH, part, session.will_topic)

    @dataclass
    class Config:
        """Part -> password."""

        passwords: dict[str, str] = field(default_factory=dict)


class PartsTopics(BaseTopicPlugin):
    """Keep each part to its topics."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Say whether the session may publish, subscribe to or receive the topic."""
        part = (session.username if session else "") or ""
        return _may(PUBLISH if action == Action.PUBLISH else SUBSCRIBE, part, topic)

    @dataclass
    class Config:
        """No settings: the rules are in bus.credentials."""


def _may(rules: Mapping[str, tuple[str, ...]], part: str, topic: str | None) -> bool:
    return bool(topic) and any(covers(allowed, topic or "") for allowed in rules.get(part, ()))


class _TidyBroker(Broker):
    """Closes what amqtt leaves open: connections that never said who they are."""

    def __init__(self, config: BrokerConfig) -> None:
        super().__init__(config)
        self._served: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one client until it leaves or is hung up on."""
        task = asyncio.current_task()
        assert task is not None
        self._served[task] = writer
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            del self._served[task]
            writer.close()

    async def hang_up(self) -> None:
        """Close every connection and let what serves it see that; cancelled, asyncio calls it a fault."""
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # a client that is hung up on is no news
        served = dict(self._served)
        for writer in served.values():
            writer.close()
        if served:
            await asyncio.wait(served, timeout=_HANG_UP_S)


async def serve(passwords: dict[str, str], port: int) -> None:
    """Run the broker until standard input ends, which it does when the parent is gone."""
    plugins = {
        "bus.embedded.PartsAuth": {"passwords": passwords},
        "bus.embedded.PartsTopics": {},
    }
    listener = ListenerConfig(bind=f"{HOST}:{port}", max_connections=100)
    broker = _TidyBroker(BrokerConfig(listeners={"default": listener}, plugins=plugins))
    await broker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    await broker.shutdown()
    await broker.hang_up()


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + _BIND_PATIENCE_S
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    sys.stderr.write(f"embedded broker: port {port} is taken: {error}\n")
                    raise SystemExit(3) from error
        time.sleep(0.2)


class BrokerProcess:
    """The broker as a child process of the agent."""

    def __init__(self, credentials_file: Path, port: int) -> None:
        self.port = port
        self._credentials_file = credentials_file
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False

    @property
    def pid(self) -> int | None:
        """Return the child's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the child; it takes connections within a second or so."""
        command = [sys.executable, "-m", "bus.embedded", str(self._credentials_file), str(self.port)]
        self._is_ready = False
        self._close_pipes()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        if self._process.stdout:
            os.set_blocking(self._process.stdout.fileno(), False)

    def is_ready(self) -> bool:
        """Say whether it takes connections; BusError when it ended."""
        if self._process is None or self._process.poll() is not None:
            code = self._process.returncode if self._process else None
            problem = "its port is taken" if code == 3 else f"ended with code {code}"
            raise BusError(
                f"embedded broker on {HOST}:{self.port}",
                problem,
                'set broker.port to a free port, or broker.mode = "external" to use the broker there',
            )
        if not self._is_ready and self._process.stdout:
            self._is_ready = b"ready" in (self._process.stdout.read() or b"")
        return self._is_ready

    def stop(self) -> None:
        """End the child."""
        if self._process is None:
            return
        self._close_pipes()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout) if self._process else ():
            if pipe:
                pipe.close()


def main() -> None:
    """Run as the child process."""
    credentials_file, port = Path(sys.argv[1]), int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    passwords = json.loads(credentials_file.read_text(encoding="utf-8"))
    _wait_for_port(port)
    asyncio.run(serve(passwords, port))


if __name__ == "__main__":
    main()
