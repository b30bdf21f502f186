"""Why an agent is not ready, where waiting for it in real time would take too long."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent import application
from agent.application import Application
from agent.clock import PlantClock
from config import load
from tests.e2e.brokers import section
from tests.e2e.harness import Meters, make_works
from tests.mosquitto import Mosquitto


async def test_a_collector_whose_store_acknowledges_nothing_is_not_ready(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "UNHEARD_S", 0.5)
    works = make_works(tmp_path, section(mosquitto, tmp_path))
    with Meters(works):
        app = Application(load(works.file, {}), PlantClock(), roles=("collector",))
        running = asyncio.create_task(app.run())
        try:
            async with asyncio.timeout(20):
                while not any("the store acknowledges nothing" in reason for reason in app.status().reasons):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert app.status().live
            assert not app.status().ready
        finally:
            app.request_stop()
            await running
