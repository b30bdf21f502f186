"""Figures through the control socket are those of the store, and what goes wrong there is said in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.analysis import Analysis
from agent.analysis_routes import analysis_routes
from agent.control import control_client, control_socket
from agent.figures import Figures, _Remote, figures
from agent.http import make_server
from domain.errors import StoreError
from domain.periods import DAY_MS, PeriodKind
from domain.result_rows import encode
from tests.agent.figured import FIRST, NOW, Figured

if TYPE_CHECKING:
    from agent.analysing import Analysing

TWO_WEEKS = FIRST + 14 * DAY_MS


@dataclass
class Part:
    """As much of a running agent's analytics as the routes touch."""

    analysis: Analysis


async def _healthz(_: Request) -> Response:
    return Response()


@contextmanager
def serving(plant: Figured, part: Part | None) -> Iterator[None]:
    """Answer on the control socket of the plant's state folder, as a running agent does."""
    routes = [Route("/healthz", _healthz), *analysis_routes(lambda: cast("Analysing | None", part))]
    server = make_server(routes)
    listener = control_socket(plant.folder / "state")
    thread = Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def remote(plant: Figured) -> Iterator[Figures]:
    """Give figures as a command gets them from a running agent."""
    with plant.analysis() as analysis, serving(plant, Part(analysis)), figures(plant.loaded) as asked:
        assert isinstance(asked, _Remote)
        yield asked


def days_of(asked: Figures) -> list[Any]:
    """Return the intensities of every day."""
    return asked.results("intensity", since=FIRST, until=NOW, period=PeriodKind.DAY, subject="coil")


def test_results_are_the_same_through_the_socket_and_from_the_store(watched: Figured) -> None:
    with figures(watched.loaded) as local:
        days, alerts, tracks = (
            days_of(local),
            local.results("alert"),
            local.results("track"),
        )
    assert (len(days), len(tracks)) == (78, 1)
    assert alerts
    with remote(watched) as there:
        assert days_of(there) == days
        assert there.results("alert") == alerts
        assert there.results("track") == tracks
        assert there.results("intensity", period=PeriodKind.DAY, subject="sheet") == []


def test_a_fit_and_a_recomputation_are_the_same_through_the_socket(watched: Figured) -> None:
    steps: list[tuple[int, int]] = []
    with figures(watched.loaded) as local:
        fit = local.fit("coil", FIRST, FIRST + 63 * DAY_MS)
        windows = local.recompute(FIRST, TWO_WEEKS, lambda *step: steps.append(step))
    assert fit[0] is not None
    far: list[tuple[int, int]] = []
    with remote(watched) as there:
        assert there.fit("coil", FIRST, FIRST + 63 * DAY_MS) == fit
        assert there.recompute(FIRST, TWO_WEEKS, lambda *step: far.append(step)) == windows
    assert steps == far == [(14 * DAY_MS, 14 * DAY_MS)]


def test_an_inventory_is_the_same_through_the_socket(fresh: Figured) -> None:
    assert fresh.run("factor", "adopt").returncode == 0
    with remote(fresh) as there:
        far = there.inventory("2026-10", fresh=True)
        with pytest.raises(StoreError, match=r"no inventory of 2026-13; there are 2026-09 to 2026-12"):
            there.inventory("2026-13", fresh=False)
    with figures(fresh.loaded) as local:
        assert encode(local.inventory("2026-10", fresh=True)) == encode(far)
    assert far.inventory.lines


def test_what_is_asked_wrongly_of_an_agent_is_said_in_words(watched: Figured) -> None:
    with remote(watched) as there:
        with pytest.raises(StoreError, match="no results 'gossip'"):
            there.results("gossip")
        with pytest.raises(StoreError, match=r"no process 'sheet'.*knows coil"):
            there.fit("sheet", FIRST, NOW)
        with pytest.raises(StoreError, match="is not understood"):
            there.results("intensity", since=-1)
        with pytest.raises(StoreError, match="nothing was read before 2026-09-15 00:00"):
            there.recompute(0, FIRST, lambda *_: None)
    with (
        serving(watched, None),
        figures(watched.loaded) as there,
        pytest.raises(StoreError, match=r"holds no store.*--role store"),
    ):
        there.results("alert")


def test_a_request_that_is_none_is_refused(watched: Figured) -> None:
    with (
        watched.analysis() as analysis,
        serving(watched, Part(analysis)),
        control_client(watched.folder / "state") as client,
    ):
        for query in ("kind=alert&since=soon", "period=decade&kind=alert", "", "kind=alert&a=b"):
            assert client.get(f"/results?{query}").status_code == 400
        assert client.post("/recompute", content=b"{").status_code == 400
        assert client.post("/fit", json={"process": 1}).status_code == 400
        assert client.post("/inventory", json={"name": 2026}).status_code == 400


@pytest.mark.parametrize("is_amid", [False, True])
def test_an_agent_that_leaves_is_said_in_words(*, is_amid: bool) -> None:
    def leaves(request: httpx.Request) -> httpx.Response:
        if is_amid:
            return httpx.Response(200, content=b'{"done": 1, "of": 2}\n')
        raise httpx.ReadError("gone", request=request)

    with httpx.Client(transport=httpx.MockTransport(leaves), base_url="http://agent") as client:
        with pytest.raises(StoreError, match="left before the end"):
            _Remote(client).recompute(FIRST, NOW, lambda *_: None)
        if not is_amid:
            with pytest.raises(StoreError, match="left before the end"):
                _Remote(client).results("alert")


def test_a_fit_sees_a_reset_that_was_declared_a_moment_ago(watched: Figured) -> None:
    with figures(watched.loaded) as asked:
        before, _ = asked.fit("coil", FIRST, FIRST + 63 * DAY_MS)
    args = ("--old-final", "9000", "--new-start", "1000", "--why", "w")
    done = watched.run("event", "reset", "gas_coil.volume_reference", "--at", "2026-10-07T08:00", *args)
    assert done.returncode == 0, done.stderr
    with figures(watched.loaded) as asked:
        after, _ = asked.fit("coil", FIRST, FIRST + 63 * DAY_MS)
    assert before is not None
    assert after is not None
    assert before.data_hash != after.data_hash
