"""Real processes and sockets: a simulated works, the agent, a Mosquitto, and how to look into them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from agent.control import AgentNotRunning, control_client
from config import load
from simulators.plant import PlantSimulator
from tests.e2e.processes import descendants
from tests.noted import note_answers

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
INTERVAL_MS = 500
SHIFT_MS = 250
"""Simulated values change half-way between two polls, so that none is near a change."""
DEVICES = ("gas_main", "gas_coil", "em_main", "pv_2", "plc_coil")

_PLANT = """
[site]
id = "works"
gateway = "gw1"
time_zone = "Asia/Shanghai"
demo = true

[[processes]]
id = "coil"

[[links]]
id = "gas_room"
kind = "rtu_tcp"
host = "127.0.0.1"
port = {port_1}

[[links]]
id = "power_room"
kind = "tcp"
host = "127.0.0.1"
port = {port_2}

[[links]]
id = "line"
kind = "tcp"
host = "127.0.0.1"
port = {port_3}

[[devices]]
id = "gas_main"
link = "gas_room"
unit_id = 1
profile = "fuxin_gas_meter"
interval_s = 0.5

[[devices]]
id = "gas_coil"
link = "gas_room"
unit_id = 2
profile = "suto_s401"
interval_s = 0.5

[[devices]]
id = "em_main"
link = "power_room"
unit_id = 1
profile = "siemens_pac3200"
interval_s = 0.5

[[devices]]
id = "pv_2"
link = "power_room"
unit_id = 2
profile = "solaredge_sunspec_103"
interval_s = 0.5

[[devices]]
id = "plc_coil"
link = "line"
unit_id = 1
profile = "delta_dvp_es2"
interval_s = 0.5

[[points]]
point = "gas_main.volume_reference"
reference = "20C"

[[points]]
point = "gas_coil.volume_reference"
reference = "20C"

[http]
port = {http_port}

[agent]
state_dir = "{state_dir}"
"""
EMBEDDED = '[broker]\nmode = "embedded"\nport = 0\n'


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def wait_for(what: str, ask: Callable[[], T | None], timeout_s: float = 15.0, pause_s: float = 0.05) -> T:
    """Return the first true answer; AssertionError that names what did not come."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(pause_s)


@dataclass(slots=True, kw_only=True)
class Works:
    """A plant file with free ports, in a folder of its own."""

    folder: Path
    file: Path
    http_port: int
    state: str = "state"

    @property
    def state_dir(self) -> Path:
        return self.folder / self.state

    def with_state(self, name: str) -> Works:
        """Return the same plant with another state folder and web port, as a second process has it."""
        [port] = free_ports(1)
        text = self.file.read_text().replace('state_dir = "state"', f'state_dir = "{name}"')
        text = text.replace(f"port = {self.http_port}", f"port = {port}")
        file = self.folder / f"plant-{name}.toml"
        file.write_text(text)
        return Works(folder=self.folder, file=file, http_port=port, state=name)


def make_works(folder: Path, sections: str = EMBEDDED) -> Works:
    """Write a plant file of five meters on three links; `sections` are broker and store."""
    ports = free_ports(4)
    names = dict(zip(("port_1", "port_2", "port_3", "http_port"), ports, strict=True))
    file = folder / "plant.toml"
    file.write_text(_PLANT.format(**names, state_dir="state") + sections)
    return Works(folder=folder, file=file, http_port=ports[3])


class Meters:
    """The simulated meters of a plant file, on a thread of this process, so that their truth is at hand."""

    def __init__(self, works: Works) -> None:
        plant = load(works.file, {}).plant
        self.simulator = PlantSimulator(plant, now_ms=self._now_ms, seed=3, refresh_ms=INTERVAL_MS)
        self._answered: dict[str, list[int]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="meters")

    def __enter__(self) -> Meters:
        self._thread.start()
        self._call(self.simulator.__aenter__())
        self._answered = note_answers(self.simulator, self._now_ms)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self.simulator.__aexit__(None, None, None))
        assert set(self.requests) <= {1, 2, 3, 4}, "something else than a read arrived at a meter"
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(20.0)

    @staticmethod
    def _now_ms() -> int:
        return int(time.time() * 1000) - SHIFT_MS

    def shown(self, point: str, at: int, until: int) -> set[float | None]:
        """Return what the meter showed at an instant, and whenever it answered from then on to `until`.

        A poll may take longer than half an interval: its answer is what the meter shows by then.
        """
        device, _, name = point.partition(".")
        answered = [each for each in self._answered[device] if at <= each + SHIFT_MS < until]
        return {self.truth(point, at), *(self.simulator.truth(device, name, each) for each in answered)}

    def truth(self, point: str, at: int) -> float | None:
        """Return the value that a correct reader has for an instant."""
        device, _, name = point.partition(".")
        return self.simulator.truth(device, name, at - SHIFT_MS)

    @property
    def requests(self) -> Counter[int]:
        """Return function code -> requests that arrived."""
        return self.simulator.requests

    def go(self) -> None:
        """Take every meter off the network."""
        for listener in self.simulator.listeners.values():
            self._call(listener.refuse())

    def stop(self, link: str) -> None:
        """Take the meters of one link off the network."""
        self._call(self.simulator.listeners[link].refuse())

    def start(self, link: str) -> None:
        """Bring the meters of one link back."""
        self._call(self.simulator.listeners[link].start())

    def come_back(self) -> None:
        """Bring every meter back."""
        for listener in self.simulator.listeners.values():
            self._call(listener.start())


def cli(
    *args: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout_s: float = 30.0
) -> subprocess.CompletedProcess[str]:
    """Run one command as a process and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "agent", *map(str, args)],
        env=environ(env),
        cwd=cwd or ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def environ(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without settings of the agent, in which warnings are errors."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENERGY_AGENT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **(more or {})}


class Agent:
    """`energy-agent run`, or any other lasting command, as a process with its log in a file."""

    def __init__(
        self,
        works: Works,
        *more: str,
        command: tuple[str, ...] = ("run",),
        env: Mapping[str, str] | None = None,
        names_file: bool = True,
    ) -> None:
        self.works = works
        self.log = works.folder / f"{works.file.stem}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "agent",
                    *command,
                    *(["-c", str(works.file)] if names_file else []),
                    *more,
                ],
                env=environ(env),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.family: set[int] = {self.process.pid}
        """Every process of it that was ever seen."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.children()
            self.process.kill()
            self.process.wait()
        for pid in self.family - {self.process.pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if kind is not None:
            print(self.log.read_text())

    @property
    def pid(self) -> int:
        return self.process.pid

    def children(self) -> set[int]:
        """Return the processes below it that live now."""
        found = set(descendants(self.pid))
        self.family |= found
        return found

    def status(self) -> dict[str, Any] | None:
        """Return what it says of itself; None while it does not answer."""
        try:
            with control_client(self.works.state_dir, timeout_s=5.0) as client:
                body: dict[str, Any] = client.get("/status").json()
        except (httpx.TransportError, AgentNotRunning):
            assert self.process.poll() is None, self.log.read_text()
            return None
        return body

    def http(self, path: str) -> httpx.Response:
        """Ask its public face."""
        with httpx.Client(trust_env=False, timeout=5.0) as client:
            return client.get(f"http://127.0.0.1:{self.works.http_port}{path}")

    def reasons(self) -> list[str] | None:
        """Return why it is not ready, by the public face; None while that does not answer."""
        try:
            answer = self.http("/healthz?ready")
        except httpx.TransportError:
            return None
        body = answer.json()
        assert answer.status_code == (200 if body["ready"] else 503)
        assert body["ready"] == (not body["reasons"])
        reasons: list[str] = body["reasons"]
        return reasons

    def wait_until(
        self, what: str, holds: Callable[[dict[str, Any]], object], timeout_s: float = 20.0
    ) -> dict[str, Any]:
        """Return the first status for which `holds`."""

        def ask() -> dict[str, Any] | None:
            assert self.process.poll() is None, self.log.read_text()
            status = self.status()
            return status if status is not None and holds(status) else None

        try:
            return wait_for(what, ask, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{json.dumps(self.status(), indent=1)[:4000]}") from error

    def wait_ready(self) -> dict[str, Any]:
        """Wait until readings reach the store."""
        return self.wait_until("ready with readings", lambda s: s["ready"] and s["store"]["readings"] > 0)

    def wait_all_stored(self, timeout_s: float = 20.0) -> dict[str, Any]:
        """Wait until every device was read and some of it is in the store."""
        return self.wait_until(
            "every device read and stored",
            lambda s: (
                all(d["good"] >= 2 for d in s["devices"])
                and s["journal"]["acknowledged"] >= 2 * len(s["devices"])
            ),
            timeout_s,
        )

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 20.0) -> tuple[int, float]:
        """Send a signal and return (exit code, seconds it took)."""
        self.children()
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout_s)
        return code, time.monotonic() - started
