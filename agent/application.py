"""The running agent: builds its parts from the settings, connects them, runs them, stops them in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from starlette.routing import BaseRoute

from agent.analysing import DIRTY_NAME, Analysing
from agent.analysis_routes import analysis_routes
from agent.broker import EmbeddedBroker, broker_addresses
from agent.bundle_routes import bundle_routes
from agent.clock import AgentClock
from agent.collecting import Collecting, last_instant, open_journal
from agent.control import SOCKET_NAME, control_socket
from agent.control_routes import control_routes
from agent.dirty import DirtyHours
from agent.hangup import Hangup
from agent.http import QuietServer, listen, make_server, public_routes, tls_of
from agent.page_face import PageFace
from agent.page_parts import Parts
from agent.page_remote import RemoteSource
from agent.page_routes import page_routes
from agent.page_source import LocalSource
from agent.reload_routes import reload_routes
from agent.reloading import PlantFile, Reloading
from agent.seal_routes import seal_routes
from agent.state import StateDir
from agent.status import AgentStatus, device_status, journal_status
from agent.storing import Storing
from bus.mqtt import BrokerAddress
from collector.forwarder import Limits
from config import Loaded

ROLES = ("collector", "store", "dashboard")
UNHEARD_S = 30.0
"""Without an acknowledgement for so long the store, wherever it is, does not take readings."""
_LOOKUPS = 32
_DRAIN_S = 1.5
"""At a stop, time for the store to acknowledge what is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failpoints:
    """Places where a test may kill the process; nothing in production."""

    collector: Callable[[str], None] | None = None
    store: Callable[[str], None] | None = None


class Application:
    """One agent process with some of the roles.

    The page alone opens no journal, broker, store or lock: it asks the agent of its state folder that does.
    """

    def __init__(
        self,
        loaded: Loaded,
        clock: AgentClock,
        *,
        roles: Iterable[str] = ROLES,
        failpoints: Failpoints | None = None,
        file: PlantFile | None = None,
    ) -> None:
        """Without its plant file it cannot be reloaded."""
        self.plant = loaded.plant
        self.state_dir = loaded.agent.state_dir
        self.is_stopping = False
        self.collecting: Collecting | None = None
        self.storing: Storing | None = None
        self.analysing: Analysing | None = None
        self.page_source: LocalSource | RemoteSource | None = None
        """What answers the page: this process where it has the store, else the agent of the same folder."""
        self.page: PageFace | None = None
        self.reloading = Reloading(self, file, clock) if file is not None else None
        self._loaded = loaded
        self._clock = clock
        self._roles = frozenset(roles)
        self._is_page_alone = self._roles == {"dashboard"}
        self._failpoints = failpoints or Failpoints()
        self._started = clock.monotonic()
        self._state: StateDir | None = None
        self._broker: EmbeddedBroker | None = None
        self._sockets: list[socket.socket] = []
        self._servers: list[QuietServer] = []
        self._stop = asyncio.Event()

    @property
    def http_port(self) -> int:
        """Return the port of the public face; 0 before the start."""
        port: int = self._sockets[0].getsockname()[1] if self._sockets else 0
        return port

    @property
    def loaded(self) -> Loaded:
        """Return what it runs by."""
        return self._loaded

    def take(self, loaded: Loaded) -> None:
        """Run by another plant file from now on; its parts have taken it over."""
        self._loaded, self.plant = loaded, loaded.plant

    def request_stop(self) -> None:
        """Begin to stop; safe to call twice."""
        self.is_stopping = True
        self._stop.set()

    async def run(self, *, started: Callable[[], None] | None = None) -> None:
        """Run until SIGTERM, SIGINT or `request_stop`, then stop in order.

        Raises EnergyAgentError with the cure when it cannot start, and a part's own error when it fails.
        """
        loop = asyncio.get_running_loop()
        # Host names are looked up in these threads: a few dead ones must leave room for the others.
        loop.set_default_executor(ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup"))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.request_stop)
        hangup = Hangup(self.reloading, self.request_stop) if self.reloading is not None else None
        try:
            await self._start()
            self._start_page()
            if started:
                started()
            async with asyncio.TaskGroup() as group:
                tasks = self._tasks(group)
                if hangup is not None:
                    tasks.append(group.create_task(hangup.follow(), name="reload"))
                await self._stop.wait()
                self.is_stopping = True
                if self.page is not None:
                    self.page.end_streams()
                for server in self._servers:
                    server.should_exit = True
                for task in tasks:
                    if not task.get_name().startswith("http"):
                        task.cancel()
        finally:
            await self._shut_down()
            if hangup is not None:
                hangup.close()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    # Start and stop

    async def _start(self) -> None:
        if self._is_page_alone:
            self._sockets.append(listen(self._loaded.http.host, self._loaded.http.port))
            self.page_source = RemoteSource(self._loaded)
            return
        self._state = StateDir.open(self.state_dir)
        journal = open_journal(self.plant, self.state_dir) if "collector" in self._roles else None
        try:
            if journal is not None:
                self._clock.not_before(last_instant(journal, self._clock.now_ms()))
            http = self._loaded.http
            self._sockets.append(listen(http.host, http.port))
            self._sockets.append(control_socket(self.state_dir))
            if self._loaded.broker.mode == "embedded":
                self._broker = EmbeddedBroker(self.state_dir, self._loaded.broker.port)
                await self._broker.start()
            addresses = broker_addresses(self._loaded.broker, self._broker)
            if "store" in self._roles:
                self._start_storing(addresses["store"])
        except BaseException:
            if journal is not None:
                journal.close()
            raise
        if journal is not None:
            self.collecting = Collecting(
                self.plant,
                journal,
                addresses["collector"],
                self._clock,
                limits=Limits(journal_bytes=self._loaded.journal.max_mb * 1024 * 1024),
                failpoint=self._failpoints.collector,
                is_broker_shared=self._broker is None,
            )
            self.collecting.start()

    def _start_storing(self, address: BrokerAddress) -> None:
        """Store what arrives, and compute beside it."""
        dirty = DirtyHours(self.state_dir / DIRTY_NAME)
        self.storing = Storing(
            self._loaded, address, self._clock, dirty=dirty, failpoint=self._failpoints.store
        )
        self.analysing = Analysing(self._loaded, self.storing.store, dirty, self._clock, self.storing.publish)
        parts = Parts(
            loaded=self._loaded,
            store=self.storing.store,
            ledger=self.analysing.ledger,
            analysis=self.analysing.analysis,
            clock=self._clock,
            reasons=self._reasons,
            seals=self.analysing.sealing.seals,
            problems=self._problems,
        )
        self.page_source = LocalSource(parts)
        self.storing.start()
        self.analysing.start()

    def _start_page(self) -> None:
        """Make the page, for people, where this process has the role and something to ask."""
        if "dashboard" not in self._roles or self.page_source is None:
            return
        self.page = PageFace(
            self.page_source, self.state_dir, self._loaded.http, self._clock, public=public_routes(self)
        )

    def _private(self) -> list[BaseRoute]:
        """Return what commands, and a page in a process of its own, ask over the control socket."""
        bundles = bundle_routes(
            lambda: (self._loaded.plant, self._loaded.method),
            self.state_dir,
            store=lambda: self.storing.store if self.storing else None,
            now_ms=self._clock.now_ms,
        )
        pages = page_routes(lambda: self.page_source)
        seals = seal_routes(lambda: self.analysing.sealing if self.analysing else None)
        figures = analysis_routes(lambda: self.analysing)
        reloads = reload_routes(lambda: self.reloading)
        return [*control_routes(self), *figures, *bundles, *seals, *pages, *reloads]

    def _tasks(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        public = self.page.asgi if self.page is not None else public_routes(self)
        self._servers = [make_server(public, tls=tls_of(self._loaded.http))]
        if not self._is_page_alone:
            self._servers.append(make_server([*public_routes(self), *self._private()]))
        tasks = [
            group.create_task(server.serve(sockets=[listener]), name="http")
            for server, listener in zip(self._servers, self._sockets, strict=True)
        ]
        if self.collecting is not None:
            tasks.append(group.create_task(self.collecting.run(), name="collector"))
        if self._broker is not None:
            tasks.append(group.create_task(self._broker.watch(), name="broker"))
        return tasks

    async def _shut_down(self) -> None:
        if self.collecting is not None:
            await self.collecting.stop(_DRAIN_S)
        if self.page is not None:
            await asyncio.to_thread(self.page.close)
        if self.page_source is not None:
            await asyncio.to_thread(self.page_source.close)
        if self.analysing is not None:
            await self.analysing.stop()
        if self.storing is not None:
            await self.storing.stop()
        if self.analysing is not None:
            self.analysing.close()
        if self._broker is not None:
            await asyncio.to_thread(self._broker.stop)
        for listener in self._sockets:
            listener.close()
            if listener.family == socket.AF_UNIX:
                (self.state_dir / SOCKET_NAME).unlink(missing_ok=True)
        if self._state is not None:
            self._state.close()

    # Status

    def status(self) -> AgentStatus:
        """Return what the agent knows of itself now."""
        now_ms = self._clock.now_ms()
        collecting, storing = self.collecting, self.storing
        reasons = tuple(self._reasons())
        return AgentStatus(
            site=self.plant.site,
            gateway=self.plant.gateway,
            at=now_ms,
            uptime_s=round(self._clock.monotonic() - self._started, 3),
            is_demo=self.plant.is_demo,
            live=self._is_live(),
            ready=not reasons,
            reasons=reasons,
            devices=tuple(device_status(health, now_ms) for health in collecting.devices)
            if collecting
            else (),
            journal=journal_status(
                collecting.journal_id, collecting.forwarder.health, collecting.forwarder.depth
            )
            if collecting
            else None,
            store=storing.status() if storing else None,
            analytics=self.analysing.status() if self.analysing else None,
            reload=self.reloading.last if self.reloading else None,
        )

    def _is_live(self) -> bool:
        if self._is_page_alone:
            return not self.is_stopping
        parts = [self.collecting.forwarder.is_alive] if self.collecting else []
        parts += [self.storing.is_alive] if self.storing else []
        return bool(parts) and all(parts)

    def _reasons(self) -> Iterable[str]:
        """Give each reason why readings do not reach the store now."""
        if self.is_stopping:
            yield "the agent is stopping"
        if self.page is not None and self.page.trouble is not None:
            yield f"there is no page: {self.page.trouble}"
        if self._broker is not None and self._broker.error:
            yield f"embedded broker: {self._broker.error}"
        if self.collecting is not None:
            yield from self._collector_reasons(self.collecting)
        if self.storing is not None:
            yield from self.storing.reasons()
        if self.analysing is not None:
            yield from self.analysing.reasons()
        if isinstance(self.page_source, RemoteSource) and (trouble := self.page_source.trouble()) is not None:
            yield str(trouble)
        if self._clock.is_doubtful():
            yield "the host's clock was set; readings are marked clock_stepped"

    def _problems(self) -> Mapping[str, str]:
        """Return what each device that fails now said last."""
        devices = self.collecting.devices if self.collecting is not None else ()
        return {each.device: each.last_error for each in devices if each.failures_in_a_row}

    def _collector_reasons(self, collecting: Collecting) -> Iterable[str]:
        if not collecting.mqtt.is_connected:
            yield f"collector has no broker: {collecting.mqtt.error}"
        if collecting.forwarder.health.error:
            yield f"journal cannot be written: {collecting.forwarder.health.error}"
        if not collecting.forwarder.is_alive:
            yield "the forwarder has ended"
        if collecting.unheard_s() > UNHEARD_S:
            yield (
                f"the store acknowledges nothing for {collecting.unheard_s():.0f} s, "
                f"{collecting.forwarder.depth} messages wait in the journal"
            )
        devices = collecting.devices
        failing = [device.device for device in devices if device.failures_in_a_row]
        if devices and len(failing) == len(devices):
            yield "no device answers"
