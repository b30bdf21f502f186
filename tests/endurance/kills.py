"""One day of the demo plant on compressed time, agent, broker or both killed at random moments; then count.

python -m tests.endurance.kills --kills 50 --minutes 4 --seed 1 --broker embedded
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from agent.clock import FastClock
from agent.control import AgentNotRunning, control_client
from config import load
from simulators.plant import PlantSimulator
from tests.endurance.invariants import Meters, Verdict, judge
from tests.noted import note_answers

DAY_MS = 86_400_000
INTERVAL_S = 60
ORIGIN_MS = 1_772_380_800_000
"""2026-03-02 00:00 in Jiangmen, a working Monday."""


@dataclass(slots=True, kw_only=True)
class Run:
    """What a run needs and what it saw."""

    folder: Path
    clock: FastClock
    speed: float
    broker: str
    port: int
    agent: subprocess.Popen[bytes] | None = None
    mosquitto: subprocess.Popen[bytes] | None = None
    killed: Counter[str] = field(default_factory=Counter)
    recovery_s: list[float] = field(default_factory=list)
    rss_mb: float = 0.0
    journal_mb: float = 0.0

    @property
    def plant_file(self) -> Path:
        """Return the plant file of the run."""
        return self.folder / "plant.toml"

    @property
    def state_dir(self) -> Path:
        """Return the agent's state folder."""
        return self.folder / "state"

    def start_agent(self) -> None:
        """Start the agent."""
        command = [
            sys.executable,
            "-m",
            "agent",
            "run",
            "-c",
            str(self.plant_file),
            "--clock",
            self.clock.spec,
        ]
        log = (self.folder / "agent.log").open("ab")
        self.agent = subprocess.Popen(command, stdout=log, stderr=log)

    def start_mosquitto(self) -> None:
        """Start Mosquitto with nothing left of its last life."""
        config = self.folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        log = (self.folder / "mosquitto.log").open("ab")
        self.mosquitto = subprocess.Popen(["mosquitto", "-c", str(config)], stdout=log, stderr=log)

    def kill_agent(self) -> None:
        """Kill -9 the agent."""
        assert self.agent is not None
        self.agent.kill()
        self.agent.wait()

    def kill_broker(self) -> None:
        """Kill -9 the broker; Mosquitto is started again here, the embedded one by the agent."""
        if self.mosquitto is not None:
            self.mosquitto.kill()
            self.mosquitto.wait()
            return
        assert self.agent is not None
        for child in psutil.Process(self.agent.pid).children():
            child.kill()

    def look(self) -> None:
        """Note memory and disk (I5)."""
        if self.agent is not None and self.agent.poll() is None:
            rss = psutil.Process(self.agent.pid).memory_info().rss
            self.rss_mb = max(self.rss_mb, rss / 1e6)
        used = sum(path.stat().st_size for path in self.state_dir.glob("journal.sqlite*"))
        self.journal_mb = max(self.journal_mb, used / 1e6)


def write_plant(folder: Path, base_port: int, broker: str) -> int:
    """Write the demo plant with minute polls and ports of its own; return the broker's port."""
    text = (Path(__file__).parents[2] / "config/examples/demo.toml").read_text(encoding="utf-8")
    text = re.sub(r"^interval_s = \d+$", f"interval_s = {INTERVAL_S}", text, flags=re.MULTILINE)
    text = re.sub(r"^timeout_s = .*$", "timeout_s = 0.2", text, flags=re.MULTILINE)
    text = re.sub(
        r"^port = 150(\d\d)$", lambda m: f"port = {base_port + int(m[1])}", text, flags=re.MULTILINE
    )
    text = text.replace("port = 18830", f"port = {base_port}").replace("port = 8080", "port = 0")
    if broker == "mosquitto":
        text = text.replace('mode = "embedded"', 'mode = "external"')
    (folder / "plant.toml").write_text(text, encoding="utf-8")
    return base_port


async def until_ready(run: Run, timeout_s: float) -> float:
    """Return how long it took until readings reach the store again."""
    started = time.monotonic()
    while time.monotonic() - started < timeout_s:
        try:
            with control_client(run.state_dir, timeout_s=2.0) as client:
                status = (await asyncio.to_thread(client.get, "/status")).json()
            if status["ready"] and status["store"]["messages"] > 0:
                return time.monotonic() - started
        except (AgentNotRunning, httpx.TransportError, json.JSONDecodeError):  # not up yet
            pass
        await asyncio.sleep(0.05)
    raise SystemExit(f"not ready within {timeout_s} s; see {run.folder}/agent.log")


async def endure(run: Run, kills: int, end_ms: int, chance: random.Random) -> None:
    """Kill at seeded random moments until the day is over."""
    begin_ms = run.clock.now_ms()
    span = end_ms - begin_ms
    moments = sorted(begin_ms + round(span * (0.03 + 0.92 * chance.random())) for _ in range(kills))
    for number, moment in enumerate(moments, 1):
        while run.clock.now_ms() < moment:
            run.look()
            await asyncio.sleep(0.02)
        what = chance.choice(["agent", "agent", "broker", "both"])
        run.killed[what] += 1
        if what in ("broker", "both"):
            run.kill_broker()
        if what in ("agent", "both"):
            run.kill_agent()
        await asyncio.sleep(chance.choice([0.0, 0.1, 0.5]))
        if run.mosquitto is not None and run.mosquitto.poll() is not None:
            run.start_mosquitto()
        if what in ("agent", "both"):
            run.start_agent()
        if number % 5 == 0 or number == kills:
            run.recovery_s.append(await until_ready(run, 30.0))
        show(f"{number}/{kills} kills, plant time {clock_text(run.clock.now_ms())}, last: {what}")
    while run.clock.now_ms() < end_ms:
        run.look()
        await asyncio.sleep(0.05)


async def drain(run: Run) -> None:
    """Wait until the journal is empty but for the polls just taken, then stop the agent."""
    await until_ready(run, 30.0)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with control_client(run.state_dir) as client:
            status = (await asyncio.to_thread(client.get, "/status")).json()
        if status["journal"]["depth"] < 100:
            break
        await asyncio.sleep(0.2)
    assert run.agent is not None
    run.agent.send_signal(signal.SIGTERM)
    await asyncio.to_thread(run.agent.wait, 20)


def show(text: str) -> None:
    """Show progress on one line of a terminal, or a line each."""
    end = "\r" if sys.stdout.isatty() else "\n"
    print(f"{text:78}", end=end, flush=True)


def clock_text(at_ms: int) -> str:
    """Return the plant's time of day."""
    minutes = (at_ms - ORIGIN_MS) // 60_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


async def one_day(run: Run, kills: int, hours: float, seed: int) -> Verdict:
    """Simulate, kill, drain, judge."""
    loaded = load(run.plant_file, {})
    refresh_ms = INTERVAL_S * 1000
    simulator = PlantSimulator(loaded.plant, now_ms=run.clock.now_ms, seed=seed, refresh_ms=refresh_ms)
    answered = note_answers(simulator, run.clock.now_ms)
    async with simulator:
        run.start_agent()
        await until_ready(run, 30.0)
        since = run.clock.now_ms()
        end_ms = ORIGIN_MS + round(hours * 3_600_000)
        await endure(run, kills, end_ms, random.Random(seed))
        until = run.clock.now_ms()
        await drain(run)
        functions = sorted(simulator.requests)
    if set(functions) - {1, 2, 3, 4}:
        raise SystemExit(f"function codes {functions} were asked for")
    meters = Meters(truth=simulator.truth, answered=answered)
    return judge(loaded.plant, run.state_dir, meters, since=since, until=until)


def report(run: Run, verdict: Verdict, seconds: float) -> None:
    """Print the counts."""
    kills = ", ".join(f"{what} {count}" for what, count in sorted(run.killed.items()))
    lines = {
        "killed": f"{sum(run.killed.values())} times ({kills}) in {seconds:.0f} s",
        "I1 exactly once": f"{verdict.messages:,} messages journalled, "
        f"{verdict.readings:,} readings in the store, {verdict.quarantined} in quarantine",
        "I2 right value": f"{verdict.values:,} values compared with the plant",
        "I3 no silence": f"{verdict.missed:,} readings without a value, "
        f"{verdict.in_gap:,} polls in {verdict.gaps} gaps",
        "I4 dropped": str(verdict.faults.get("I4 dropped", 0)),
        "I5 bounded": f"agent at most {run.rss_mb:.0f} MB, journal at most {run.journal_mb:.1f} MB, "
        f"ready again within {max(run.recovery_s, default=0):.1f} s",
    }
    print()
    for name, text in lines.items():
        print(f"{name:16} {text}")
    for name, count in sorted(verdict.faults.items()):
        print(f"FAULT {name}: {count}")
    for example in verdict.examples:
        print(f"  {example}")


def bounded(run: Run) -> bool:
    """Say whether I5 holds."""
    return run.rss_mb < 400 and run.journal_mb < 64 and max(run.recovery_s, default=0) < 15


def main() -> None:
    """Run and exit with 1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=4.0, help="real minutes for the span")
    parser.add_argument("--hours", type=float, default=24.0, help="plant hours")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", choices=["embedded", "mosquitto"], default="embedded")
    parser.add_argument("--base-port", type=int, default=26000)
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    speed = given.hours * 60 / given.minutes
    clock = FastClock.starting_now(origin_ms=ORIGIN_MS, speed=speed)
    port = write_plant(folder, given.base_port, given.broker)
    run = Run(folder=folder, clock=clock, speed=speed, broker=given.broker, port=port)
    started = time.monotonic()
    try:
        if given.broker == "mosquitto":
            run.start_mosquitto()
        verdict = asyncio.run(one_day(run, given.kills, given.hours, given.seed))
    finally:
        for process in (run.agent, run.mosquitto):
            if process is not None and process.poll() is None:
                process.kill()
    report(run, verdict, time.monotonic() - started)
    if verdict.faults or not bounded(run):
        raise SystemExit(f"an invariant does not hold; see {folder}")
    if not given.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
