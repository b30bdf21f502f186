"""The API alone over a made plant, without a login."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from agent.clock import PlantClock
from dashboard.api.routes import api_routes
from dashboard.source import Source
from tests.dashboard.made import MadeSource
from tests.dashboard.served import asked_of, site_of

Get = Callable[..., httpx.Response]


def api_of(source: Source) -> Starlette:
    """Return an application with the API of a source."""
    site, now = site_of(source), source.now().at
    clock = PlantClock(wall=lambda: now / 1000, monotonic=lambda: 0.0)
    return Starlette(routes=list[BaseRoute](api_routes(source, clock, site.render, version="1.2.3")))


@pytest.fixture(scope="session")
def made() -> MadeSource:
    return MadeSource()


@pytest.fixture(scope="session")
def get(made: MadeSource) -> Get:
    """Return what asks the API of the made plant."""
    app = api_of(made)

    def ask(path: str, **headers: str) -> httpx.Response:
        return asked_of(app, f"/api/v1/{path}", **headers)

    return ask
