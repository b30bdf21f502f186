"""A scan of the demo plant: every simulated device is found and its profile is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from agent.scan_file import ScanFile, what_is_scanned
from agent.scan_running import Found, ScanAsked, ScanResult, run_scan
from collector.inquiry import Catalogue
from collector.scanning import Unit
from config import load
from config.profiles import BUILT_IN, load_catalogue
from domain.plant import Link
from simulators.plant import PlantSimulator
from tests.simulators.wire import Clock

DEMO = Path(__file__).parents[2] / "config/examples/demo.toml"
DAY_MS = 1_767_582_000_000
"""11:00 in the plant's zone on a working day: meters count and the sun shines."""


class Silent:
    """Nobody watches."""

    def begins(self, link: Link, todo: int, of: int, estimate_s: float) -> None: ...

    def looks_at(self, unit_id: int, left_s: float) -> None: ...

    def saw(self, found: Found | None, unit: Unit) -> None: ...

    def counts(self, units: int) -> None: ...


async def test_every_device_of_the_demo_plant_is_found_and_named(tmp_path: Path) -> None:
    plant = load(DEMO, {}).plant
    free = replace(plant, links=tuple(replace(link, port=0) for link in plant.links))
    clock, library = Clock(DAY_MS), Catalogue(load_catalogue([BUILT_IN]).profiles.values())
    async with PlantSimulator(free, now_ms=clock, seed=1) as simulator:

        async def scan(link: Link) -> ScanResult:
            units = tuple(range(1, 6))
            asked = ScanAsked(link=replace(link, timeout_s=0.3), baudrates=(0,), units=units, settle_s=0.0)
            file = ScanFile.open(tmp_path / link.id, what_is_scanned(link, (0,), units))
            try:
                return await run_scan(asked, library, file, Silent())
            finally:
                file.close()

        results = await asyncio.gather(*(scan(link) for link in simulator.plant.links))
        assert set(simulator.requests) <= {1, 2, 3, 4}
    found = {
        (result.link.id, one.unit.unit_id): one.recognition.best.profile.id if one.recognition.best else None
        for result in results
        for one in result.found
    }
    assert found == {(device.link, device.unit_id): device.profile.id for device in plant.devices}
