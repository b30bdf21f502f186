"""Measure speed and CPU of the main path, and say whether each figure is within its bound.

    make bench                      all cases
    make bench ARGS="--case stored --seconds 60"

A Modbus server in a process of its own answers (simulators.fast), Mosquitto carries, and only the
agent's process is measured. CPU is user + system of that process with all its threads.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One measurement and its bounds."""

    name: str
    says: str
    shape: str = "links"
    devices: int = 50
    points: int = 20
    interval_s: float = 1.0
    store: bool = False
    silent_unit: int | None = None
    most_cpu: float | None = None
    """CPU seconds per million readings."""
    most_late_ms: float | None = None
    """99th percentile of the start of a poll against its time."""
    least_rate: float | None = None
    """Readings a second that reach the broker."""


CASES = (
    Case(
        name="broker",
        says="50 devices x 20 float32, every second, register to broker, journal included",
        most_cpu=20.0,
        most_late_ms=50.0,
    ),
    Case(
        name="stored",
        says="the same to the committed store (DuckDB)",
        store=True,
        most_cpu=30.0,
        most_late_ms=50.0,
    ),
    Case(
        name="flat_out",
        says="10 devices x 100 float32, as fast as it goes",
        devices=10,
        points=100,
        interval_s=0.008,
        least_rate=100_000.0,
    ),
    Case(
        name="gateway",
        says="50 units behind one address, one never answers, every second",
        shape="gateway",
        silent_unit=17,
        most_late_ms=None,
    ),
)


RECOMPUTE = "recompute"
PARTS = "parts"
PAGE = "page"
INVENTORY = "inventory"
SEALS = "seals"
MOST_PAGE_BYTES = 80_000
MOST_PAGE_MS = 500
"""From the request to all charts, nothing cached."""
MOST_LIVE_SHARE = 0.01
"""Of a core, for five readers of live values."""
MOST_YEAR_CPU_S = 10.0
"""CPU of an hourly recomputation of one year for 100 meters, a reading a minute."""
MOST_INVENTORY_CPU_S = 5.0
"""CPU from hourly windows of three years of 100 meters to all inventories."""
MOST_PART_MS = {"counter_year": 50.0, "calendar": 200.0, "old_store": 1000.0}
"""CPU of single parts."""
MOST_SEAL_CPU_S = 1.0
"""CPU of sealing, or of verifying, a million readings."""


@contextmanager
def process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a helper process while the context lasts."""
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.wait(5)
        running.kill()
        running.wait()


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Run a Mosquitto on a free port."""
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\n"
        "max_queued_messages 100000\nlog_type error\n"
    )
    with process(["mosquitto", "-c", str(config)]):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
                break
            time.sleep(0.05)
        yield port


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(case: Case, seconds: float, folder: Path, base_port: int) -> dict[str, Any]:
    """Return what the case cost."""
    server = [sys.executable, "-m", "simulators.fast", "--devices", str(case.devices)]
    server += ["--registers", str(2 * case.points), "--base-port", str(base_port)]
    if case.shape == "gateway":
        server += ["--one-port"]
    if case.silent_unit is not None:
        server += ["--silent-unit", str(case.silent_unit)]
    job = {
        "shape": case.shape,
        "devices": case.devices,
        "points": case.points,
        "base_port": base_port,
        "interval_s": case.interval_s,
        "store": case.store,
        "warm_s": 4.0,
        "seconds": seconds,
    }
    with mosquitto(folder) as port, process(server) as meters:
        assert meters.stdout is not None
        meters.stdout.readline()
        job["broker_port"] = port
        command = [sys.executable, "-m", "bench.measured", json.dumps(job)]
        if case.store:
            return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        with process([sys.executable, "-m", "bench.acker", str(port)]):
            time.sleep(1.0)
            return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def judge(case: Case, found: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return each figure as a sentence with whether it is within its bound."""
    readings, seconds = max(found["readings"], 1), found["seconds"]
    cpu = found["cpu_s"] / readings * 1e6
    rows = [(f"{cpu:.1f} CPU s per million readings", case.most_cpu is None or cpu <= case.most_cpu)]
    if case.store:
        rows.append((f"{found['stored']:,} readings committed", found["stored"] >= 0.98 * readings))
    if case.most_late_ms is not None:
        late = found["late_p99_ms"]
        text = f"99 % of polls within {late:.0f} ms of their time, worst {found['late_max_ms']:.0f} ms"
        rows.append((text, late <= case.most_late_ms))
        rows.append((f"{found['missed']} polls missed", found["missed"] == 0))
    if case.least_rate is not None:
        rate = found["published"] * case.points / seconds
        rows.append((f"{rate:,.0f} readings/s reach the broker", rate >= case.least_rate))
    if case.silent_unit is not None:
        rows.append(kept(case, found))
    return rows


def kept(case: Case, found: dict[str, Any]) -> tuple[str, bool]:
    """Return how much of their interval the units beside the silent one keep."""
    expected = found["seconds"] / case.interval_s
    silent = f"meter_{case.silent_unit}"
    shares = [
        found["devices"].get(f"meter_{unit}", 0) / expected
        for unit in range(1, case.devices + 1)
        if f"meter_{unit}" != silent
    ]
    worst, whole = min(shares), sum(shares) / len(shares)
    return f"the other {len(shares)} keep {whole:.1%} of their polls, the worst {worst:.1%}", worst >= 0.97


def show_recompute(*, as_json: bool) -> bool:
    """Measure the figures of a year and say whether they are within their bounds."""
    command = [sys.executable, "-m", "bench.recompute"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    rows = (
        (f"{found['cpu_s']:.1f} CPU s for {found['windows']:,} windows", found["cpu_s"] <= MOST_YEAR_CPU_S),
        (f"{found['cycle_cpu_s'] * 1000:.0f} CPU ms for one look at new readings", True),
        (f"{found['peak_mb']} MB at most", True),
    )
    if as_json:
        print(json.dumps({"case": RECOMPUTE, **found}))
    else:
        print(f"{RECOMPUTE:9} hourly consumption of a year, 100 meters, {found['readings']:,} readings")
        for text, good in rows:
            print(f"          {'within' if good else 'BEYOND'}  {text}")
    return all(good for _, good in rows)


def show_inventory(*, as_json: bool) -> bool:
    """Measure the inventories of three years and say whether they are within their bound."""
    command = [sys.executable, "-m", "bench.inventory"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    is_within = bool(found["cpu_s"] <= MOST_INVENTORY_CPU_S)
    if as_json:
        print(json.dumps({"case": INVENTORY, **found}))
    else:
        print(f"{INVENTORY:9} months and years of three years, 100 meters, {found['entries']} ledger entries")
        print(
            f"          {'within' if is_within else 'BEYOND'}  {found['cpu_s']:.2f} CPU s for "
            f"{found['windows']:,} windows to {found['inventories']} inventories, {found['peak_mb']} MB"
        )
    return is_within


def show_parts(*, as_json: bool) -> bool:
    """Measure single parts and say whether they are within their bounds."""
    command = [sys.executable, "-m", "bench.parts"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if as_json:
        print(json.dumps({"case": PARTS, **found}))
    else:
        print(f"{PARTS:9} CPU of single parts")
        for name, spent in found.items():
            print(f"          {'within' if spent <= MOST_PART_MS[name] else 'BEYOND'}  {name} {spent:.0f} ms")
    return all(spent <= MOST_PART_MS[name] for name, spent in found.items())


def show_seals(*, as_json: bool) -> bool:
    """Measure sealing and verifying and say whether they are within their bounds."""
    command = [sys.executable, "-m", "bench.seals"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    rows = []
    for name in ("seal", "verify"):
        spent = found[f"{name}_cpu_s"] / found["readings"] * 1e6
        rows.append((f"{name} {spent:.2f} CPU s per million readings", spent <= MOST_SEAL_CPU_S))
    rows.append((f"{found['book_mb'] / found['days'] * 365:.0f} MB of seals a year", True))
    if as_json:
        print(json.dumps({"case": SEALS, **found}))
    else:
        print(f"{SEALS:9} {found['days']} days of 100 meters, {found['readings']:,} readings")
        for text, good in rows:
            print(f"          {'within' if good else 'BEYOND'}  {text}")
    return all(good for _, good in rows)


def show_page(seconds: float, *, as_json: bool) -> bool:
    """Measure the page on the demo's three years and say whether it is within its bounds."""
    command = [sys.executable, "-m", "bench.page", str(seconds)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    more = found["reading_share"] - found["idle_share"]
    rows = [
        (
            f"{path:11} {cost['bytes'] / 1000:5.1f} kB cold, all charts after {cost['ms']} ms",
            cost["bytes"] <= MOST_PAGE_BYTES and cost["ms"] <= MOST_PAGE_MS,
        )
        for path, cost in found["pages"].items()
    ]
    text = (
        f"{more:.2%} of a core for {found['readers']} readers of live values (idle {found['idle_share']:.2%})"
    )
    rows.append((text, more <= MOST_LIVE_SHARE))
    if as_json:
        print(json.dumps({"case": PAGE, **found}))
    else:
        print(f"{PAGE:9} the demo with three years, the page as a role of its own")
        for text, good in rows:
            print(f"          {'within' if good else 'BEYOND'}  {text}")
    return all(good for _, good in rows)


def main() -> None:
    """Run the cases and exit with 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [*(case.name for case in CASES), RECOMPUTE, INVENTORY, PARTS, SEALS, PAGE]
    parser.add_argument("--case", action="append", choices=names)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--base-port", type=int, default=23000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if shutil.which("mosquitto") is None:
        raise SystemExit("mosquitto is not installed: scripts/system-packages mosquitto:mosquitto")
    within = True
    for case in CASES:
        if given.case and case.name not in given.case:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = run(case, given.seconds, Path(folder), given.base_port)
        rows = judge(case, found)
        within &= all(good for _, good in rows)
        if given.json:
            print(json.dumps({"case": case.name, **found}))
            continue
        print(f"{case.name:9} {case.says}")
        for text, good in rows:
            print(f"          {'within' if good else 'BEYOND'}  {text}")
    if not given.case or RECOMPUTE in given.case:
        within &= show_recompute(as_json=given.json)
    if not given.case or INVENTORY in given.case:
        within &= show_inventory(as_json=given.json)
    if not given.case or PARTS in given.case:
        within &= show_parts(as_json=given.json)
    if not given.case or SEALS in given.case:
        within &= show_seals(as_json=given.json)
    if not given.case or PAGE in given.case:
        within &= show_page(given.seconds, as_json=given.json)
    if not within:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
