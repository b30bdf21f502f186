"""Which broker the parts use, and the embedded one kept running."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

from bus.credentials import load_or_create
from bus.embedded import HOST, BrokerProcess
from bus.mqtt import BrokerAddress
from config.loaded import Broker
from domain.errors import BusError

log = logging.getLogger(__name__)

_READY_S = 10.0
_RESTART_REST_S = 1.0


class EmbeddedBroker:
    """The embedded broker as a supervised child process."""

    def __init__(self, state_dir: Path, port: int) -> None:
        self.error = ""
        """Why it does not run now."""
        self._file = state_dir / "broker.json"
        self.passwords = load_or_create(self._file)
        self._process = BrokerProcess(self._file, port or _free_port())

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self._process.port

    @property
    def pid(self) -> int | None:
        """Return its process id while it runs."""
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it takes connections; BusError with the cure when it cannot."""
        self._process.start()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _READY_S
        while not await asyncio.to_thread(self._process.is_ready):
            if loop.time() > deadline:
                raise BusError(
                    f"embedded broker on {HOST}:{self.port}",
                    f"does not take connections within {_READY_S:g} s",
                    "see the log above, or set broker.mode to external",
                )
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Start it again whenever it ends."""
        while True:
            await asyncio.sleep(0.2)
            if self._process.pid is not None:
                continue
            self.error = "ended and is started again"
            log.warning("embedded broker ended, starting it again port=%d", self.port)
            try:
                await self.start()
                self.error = ""
            except BusError as error:
                self.error = error.problem
                log.error("embedded broker does not start error=%s", error)
                await asyncio.sleep(_RESTART_REST_S)

    def stop(self) -> None:
        """End it."""
        self._process.stop()


def broker_addresses(broker: Broker, embedded: EmbeddedBroker | None) -> dict[str, BrokerAddress]:
    """Return the address with the credentials of each part."""
    if embedded is not None:
        return {
            part: BrokerAddress(host=HOST, port=embedded.port, user=part, password=password)
            for part, password in embedded.passwords.items()
        }
    address = BrokerAddress(
        host=broker.host,
        port=broker.port,
        user=broker.user or "",
        password=broker.password.get_secret_value() if broker.password else "",
        tls=broker.tls,
        ca_file=broker.ca_file,
        cert_file=broker.cert_file,
        key_file=broker.key_file,
        protocol=broker.protocol,
    )
    return {"collector": address, "store": address, "reader": address}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
