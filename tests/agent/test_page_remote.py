"""A page in a process of its own is told what the agent knows, and outlives it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.application import Application
from agent.clock import PlantClock
from agent.control import control_client
from agent.page_remote import RemoteSource
from agent.page_source import LocalSource
from agent.page_wire import METHODS, RECORDING
from config import load
from dashboard.source import Source
from domain.declared import Refused
from domain.errors import StoreError
from domain.now import Freshness
from domain.periods import DAY_MS, PeriodKind
from domain.result_rows import KINDS
from tests.agent import figured
from tests.agent.figured import FIRST, GAS, MASS, NOW, Figured
from tests.agent.paged import answering, once_it_answers, paged, remote
from tests.e2e.harness import Agent, wait_for

Ask = Callable[[Source], Any]
TODAY = FIRST + 77 * DAY_MS
WHO = {"who": "Li", "why": "as seen"}
QUESTIONS: dict[str, Ask] = {
    "acknowledge": lambda s: s.acknowledge("drift", **WHO),
    "alerts": lambda s: s.alerts(),
    "approve_baseline": lambda s: s.approve_baseline("coil-0", valid_from="", **WHO),
    "amounts": lambda s: s.amounts((GAS, MASS), since=TODAY - DAY_MS, until=NOW),
    "baselines": lambda s: s.baselines(),
    "calendar": lambda s: s.calendar(),
    "carbon_paths": lambda s: s.carbon_paths(),
    "change": lambda s: s.change(2026),
    "carbon_book": lambda s: s.carbon_book(),
    "close_period": lambda s: s.close_period("2026-11", shown="", approver="Wang", **WHO),
    "close_alert": lambda s: s.close_alert("drift", cause="x", is_permanent=True, **WHO),
    "completeness": lambda s: s.completeness(since=TODAY - 3 * DAY_MS, until=NOW),
    "cusum": lambda s: s.cusum("coil", since=FIRST),
    "declare_carbon": lambda s: s.declare_carbon("fuel_use", {"fuel": "coal"}, **WHO),
    "declare_exchange": lambda s: s.declare_exchange(
        GAS, at="soon", old_final=1.0, new_start=0.0, certificate="", **WHO
    ),
    "entries": lambda s: s.entries(limit=5),
    "fit_baseline": lambda s: s.fit_baseline("coil", first=date(2026, 10, 2), last=date(2026, 10, 1), **WHO),
    "flows": lambda s: s.flows(since=TODAY - DAY_MS, until=TODAY),
    "gaps": lambda s: s.gaps(since=FIRST, until=NOW),
    "load": lambda s: s.load(since=TODAY, until=NOW, step_ms=300_000),
    "model_rows": lambda s: s.model_rows("coil"),
    "now": lambda s: s.now(),
    "points_now": lambda s: s.points_now(),
    "readings": lambda s: s.readings(GAS, since=TODAY, until=NOW, limit=3),
    "results": lambda s: s.results("intensity", since=TODAY, period=PeriodKind.DAY, subject="coil"),
    "restate_period": lambda s: s.restate_period("2026-10", shown="", approver="Wang", **WHO),
    "restatement": lambda s: s.restatement("2026-10"),
    "state_production": lambda s: s.state_production(
        "coil", since="x", until="y", quantity=1.0, unit="t", **WHO
    ),
    "versions": lambda s: s.versions(GAS, TODAY),
    "windows": lambda s: s.windows(GAS, since=TODAY, until=NOW),
}  # fmt: skip


@pytest.fixture(scope="module")
def both(
    watched_once: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LocalSource, RemoteSource]]:
    """Give what answers inside an agent, and what answers beside it over its socket."""
    folder = figured.copy(watched_once, tmp_path_factory.mktemp("both") / "plant")
    with pytest.MonkeyPatch.context() as monkeypatch:
        plant = Figured(folder, monkeypatch)
        with paged(plant) as local, answering(plant, local), remote(plant) as far:
            yield local, far


def answer(ask: Ask, source: Source) -> tuple[str, ...]:
    """Return what is answered, or refused, as text: NaN is itself there."""
    try:
        return (repr(ask(source)),)
    except Refused as error:
        return ("refused", error.subject, error.problem, error.hint)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_answer_is_the_same_over_the_socket(name: str, both: tuple[LocalSource, RemoteSource]) -> None:
    local, far = both
    once_it_answers(far.now)
    said = answer(QUESTIONS[name], far)
    assert said == answer(QUESTIONS[name], local)
    assert (said[0] == "refused") == (name in RECORDING)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_results_of_every_kind_are_the_same_over_the_socket(
    kind: str, both: tuple[LocalSource, RemoteSource]
) -> None:
    local, far = both
    assert far.results(kind) == local.results(kind)
    assert isinstance(far.results(kind), tuple)


def test_plant_and_method_are_those_of_the_file(both: tuple[LocalSource, RemoteSource]) -> None:
    local, far = both
    assert (far.plant, far.method) == (local.plant, local.method)


def test_what_is_not_known_is_not_known_over_the_socket_either(
    both: tuple[LocalSource, RemoteSource],
) -> None:
    for source in both:
        with pytest.raises(KeyError, match="sheet"):
            source.model_rows("sheet")


def test_what_is_recorded_over_the_socket_is_in_the_ledger(watched: Figured) -> None:
    with paged(watched) as local, answering(watched, local), remote(watched) as far:
        drift = next(each for each in far.alerts() if each.is_waiting)
        [number] = far.acknowledge(drift.id, **WHO)
    assert watched.entries()[number - 1].who == "Li"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("close", b"{}", 404, id="a method that only the agent's own code has"),
        pytest.param("plant", b"{}", 404, id="a property"),
        pytest.param("__init__", b"{}", 404, id="a name of Python"),
        pytest.param("versions", b'{"point": "x"}', 400, id="too few arguments"),
        pytest.param("versions", b'{"point": "x", "since": "y"}', 400, id="an argument of another type"),
        pytest.param("alerts", b'{"self": 1}', 400, id="an argument too many"),
        pytest.param("alerts", b"[", 400, id="no JSON"),
    ],
)
def test_nothing_but_the_questions_of_the_page_is_answered(
    watched: Figured, path: str, body: bytes, status: int
) -> None:
    with (
        paged(watched, cycles=0) as local,
        answering(watched, local),
        control_client(watched.folder / "state") as client,
    ):
        assert client.post(f"/page/{path}", content=body).status_code == status


def test_an_agent_without_a_store_says_whom_to_ask(watched: Figured) -> None:
    with answering(watched, None), remote(watched) as far, pytest.raises(StoreError, match="role store"):
        far.alerts()


def test_while_the_agent_is_away_everything_says_so_and_it_goes_on_by_itself(watched: Figured) -> None:
    with paged(watched) as local, remote(watched) as far:
        with pytest.raises(StoreError, match="energy-agent run"):
            far.now()
        for is_killed in (True, False):
            with answering(watched, local, is_killed=is_killed):
                assert once_it_answers(far.now).at == NOW
                assert far.trouble() is None
                assert far.alerts() == local.alerts()
            with pytest.raises(StoreError, match="energy-agent run"):
                far.alerts()
            with pytest.raises(StoreError, match="does not answer"):
                gone(far)


def gone(source: RemoteSource) -> None:
    """Wait until the last answer is no longer believed."""
    for _ in range(1000):
        source.now()
        time.sleep(0.01)


async def test_the_page_alone_is_live_without_an_agent_and_ready_with_one(
    running: Agent, tmp_path: Path
) -> None:
    nobody = {"ENERGY_AGENT_HTTP__PORT": "0", "ENERGY_AGENT_AGENT__STATE_DIR": str(tmp_path / "none")}
    assert await health(nobody, running) == (200, 503, "energy-agent run")
    opened = {path.name for path in (tmp_path / "none").glob("*")}
    assert not opened & {"agent.lock", "agent.sock", "journal.sqlite", "readings.duckdb", "ledger.sqlite"}
    somebody = {"ENERGY_AGENT_HTTP__PORT": "0"}
    assert await health(somebody, running) == (200, 200, "")
    assert running.status() is not None, "the other agent's socket is gone"


async def health(environment: dict[str, str], running: Agent) -> tuple[int, int, str]:
    """Return (status of live, of ready, the cure if there is one) of a page alone."""
    app = Application(load(running.works.file, environment), PlantClock(), roles=("dashboard",))
    started = asyncio.Event()
    task = asyncio.create_task(app.run(started=started.set))
    await started.wait()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{app.http_port}", trust_env=False) as client:
            while "has not answered yet" in (await client.get("/healthz")).text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            live, ready = await client.get("/healthz"), await client.get("/healthz?ready")
    finally:
        app.request_stop()
        await task
    reasons = " ".join(ready.json()["reasons"])
    return (
        live.status_code,
        ready.status_code,
        "energy-agent run" if "energy-agent run" in reasons else reasons,
    )


def test_a_running_agent_tells_its_devices_and_their_rates(running: Agent) -> None:
    source = RemoteSource(load(running.works.file, {}), every_s=0.1)
    try:
        wait_for("every device to be fresh", lambda: all_fresh(source))
        now = source.now()
        assert {each.device for each in now.devices} >= {"gas_main", "em_main"}
        assert [each.rate is not None for each in now.carriers] == [True] * len(now.carriers)
    finally:
        source.close()


def all_fresh(source: RemoteSource) -> bool:
    """Say whether each device has spoken just now."""
    return {each.freshness for each in once_it_answers(source.now).devices} == {Freshness.GOOD}
