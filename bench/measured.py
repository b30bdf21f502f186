"""The process that is measured: the collector alone, or collector and store, for a while.

python -m bench.measured JSON      what to run; prints what it cost as JSON
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from agent.clock import PlantClock
from agent.collecting import Collecting, open_journal
from agent.storing import Storing
from bench.plants import many_links, one_gateway
from bench.storing import duck_settings
from bus.mqtt import BrokerAddress
from domain.plant import Plant
from domain.reading import Gap, Poll


def cpu_s() -> float:
    """Return user and system CPU of this process with all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Witness:
    """Sees every poll: when it began against its time, and what it brought."""

    def __init__(self, interval_s: float) -> None:
        self.readings = 0
        self.polls = 0
        self.missed = 0
        self.late_ms: list[float] = []
        self.by_device: dict[str, int] = {}
        self._interval_ms = interval_s * 1000

    def see(self, item: Poll | Gap) -> None:
        """Count one."""
        if isinstance(item, Gap) or not item.values:
            self.missed += 1
            return
        self.polls += 1
        self.readings += len(item.values)
        self.by_device[item.device] = self.by_device.get(item.device, 0) + 1
        phase = item.at % self._interval_ms
        self.late_ms.append(min(phase, self._interval_ms - phase))

    def report(self) -> dict[str, Any]:
        """Return the counts and the lateness percentiles."""
        late = sorted(self.late_ms) or [0.0]
        return {
            "polls": self.polls,
            "readings": self.readings,
            "missed": self.missed,
            "late_p50_ms": late[len(late) // 2],
            "late_p99_ms": late[int(len(late) * 0.99)],
            "late_max_ms": late[-1],
            "devices": self.by_device,
        }


def make_plant(job: dict[str, Any]) -> Plant:
    """Return the plant of a job."""
    if job["shape"] == "gateway":
        return one_gateway(job["devices"], job["points"], port=job["base_port"], interval_s=job["interval_s"])
    return many_links(job["devices"], job["points"], base_port=job["base_port"], interval_s=job["interval_s"])


async def measure(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the job and return what it cost."""
    plant = make_plant(job)
    clock = PlantClock()
    address = BrokerAddress(host="127.0.0.1", port=job["broker_port"])
    collecting = Collecting(plant, open_journal(plant, folder), address, clock)
    storing = None
    if job["store"]:
        storing = Storing(duck_settings(plant, folder), address, clock)
        storing.start()
    collecting.start()
    task = asyncio.create_task(collecting.run())
    await asyncio.sleep(job["warm_s"])
    witness = Witness(job["interval_s"])
    collecting.taps.append(witness.see)
    cpu, wall = cpu_s(), time.monotonic()
    published = collecting.forwarder.health.published
    stored = storing.status().readings if storing else 0
    await asyncio.sleep(job["seconds"])
    spent, elapsed = cpu_s() - cpu, time.monotonic() - wall
    collecting.taps.remove(witness.see)
    report = witness.report() | {
        "cpu_s": spent,
        "seconds": elapsed,
        "published": collecting.forwarder.health.published - published,
        "dropped": dict(collecting.forwarder.health.dropped),
        "stored": storing.status().readings - stored if storing else 0,
    }
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await collecting.stop(2.0)
    if storing:
        await storing.stop()
    return report


def main() -> None:
    """Run the job given as JSON on the command line."""
    job = json.loads(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        profile_to = job.get("profile_to")
        if profile_to:
            profiler = cProfile.Profile()
            report = profiler.runcall(lambda: asyncio.run(measure(job, Path(folder))))
            profiler.dump_stats(profile_to)
        else:
            report = asyncio.run(measure(job, Path(folder)))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
