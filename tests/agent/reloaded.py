"""A running agent in this process, its simulated meters, and a plant file that tests rewrite."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.application import Application
from agent.clock import PlantClock
from agent.reloading import PlantFile, Reload, Reloading
from config.profiles import BUILT_IN
from domain.reading import Gap, Poll
from tests.e2e.harness import Meters, Works, make_works

PROFILES = ("fuxin_gas_meter", "suto_s401", "siemens_pac3200", "solaredge_sunspec_103", "delta_dvp_es2")


@dataclass
class Reloaded:
    """The parts that a test looks at."""

    app: Application
    works: Works
    meters: Meters
    running: asyncio.Task[None]
    whole: str
    """The plant file with every meter."""
    items: list[Poll | Gap] = field(default_factory=list)
    """What the collector handed on."""

    @property
    def reloading(self) -> Reloading:
        assert self.app.reloading is not None
        return self.app.reloading

    def without(self, device: str, *points: str) -> str:
        """Return the whole plant file without a device and its points."""
        text = _cut(self.whole, f'[[devices]]\nid = "{device}"')
        for point in points:
            text = _cut(text, f'[[points]]\npoint = "{device}.{point}"')
        return text

    async def write(self, text: str) -> Reload:
        """Change the plant file and reload it."""
        self.works.file.write_text(text)
        return await self.reloading.reload(who="test")

    @property
    def accepted(self) -> dict[str, int]:
        """Return how many connections each link has ever taken."""
        return {link: listener.accepted for link, listener in self.meters.simulator.listeners.items()}  # type: ignore[union-attr]

    async def polled(self, device: str, count: int = 2) -> list[Poll]:
        """Wait for more polls of a device and return them."""
        start = len(self.items)

        def fresh() -> list[Poll]:
            return [each for each in self.items[start:] if isinstance(each, Poll) and each.device == device]

        await self.until(f"{count} polls of {device}", lambda: len(fresh()) >= count)
        return fresh()

    async def until(self, what: str, holds: Callable[[], object]) -> None:
        """Wait for something."""
        try:
            async with asyncio.timeout(15):
                while not holds():
                    if self.running.done():
                        await self.running  # says why
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not within 15 s: {what}") from None


def _cut(text: str, head: str) -> str:
    start = text.index(head)
    return text[:start] + text[text.index("\n[", start + 2) + 1 :]


def profiles_beside(folder: Path) -> Path:
    """Return a folder with the few profiles that the works need, which is quicker to read than all."""
    built_in = folder / "profiles"
    built_in.mkdir()
    for name in PROFILES:
        shutil.copy(BUILT_IN / f"{name}.toml", built_in)
    return built_in


@asynccontextmanager
async def reloaded(folder: Path) -> AsyncIterator[Reloaded]:
    """Run an agent of five meters that all answer; its file does not name `gas_coil` at first."""
    works = make_works(folder)
    text = works.file.read_text()
    for device, meaning in (("gas_main", 'role = "main"'), ("gas_coil", 'process = "coil"')):
        head = f'point = "{device}.volume_reference"'
        text = text.replace(head, f'{head}\ncarrier = "gas"\n{meaning}')
    works.file.write_text(text)
    built_in = profiles_beside(folder)
    with Meters(works) as meters:
        file = PlantFile(path=works.file, environ={}, built_in=built_in)
        whole = works.file.read_text()
        works.file.write_text(
            _cut(_cut(whole, '[[devices]]\nid = "gas_coil"'), '[[points]]\npoint = "gas_coil.')
        )
        app = Application(file.read(), PlantClock(), file=file)
        running = asyncio.create_task(app.run())
        found = Reloaded(app, works, meters, running, whole)
        try:
            await found.until("polling", lambda: app.collecting)
            assert app.collecting is not None
            app.collecting.taps.append(found.items.append)
            await found.until("ready", lambda: app.status().ready and app.status().store.readings)  # type: ignore[union-attr]
            yield found
        finally:
            app.request_stop()
            await running
