"""Pages alone: any source, any role, no login. `python -m tests.dashboard.served PORT` shows a made one."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent.clock import PlantClock
from dashboard.assets import static
from dashboard.page import Reader
from dashboard.pages import PageSpec
from dashboard.site import Site, keep_prefs
from dashboard.source import Source


def site_of(source: Source, *, role: str = "admin") -> Site:
    """Return the site of a source whose clock stands where the source's does."""
    now = source.now().at
    clock = PlantClock(wall=lambda: now / 1000, monotonic=lambda: 0.0)
    reader = Reader(name="Li", role=role, csrf="token")
    return Site(source, clock, reader_of=lambda _: reader, is_still_known=_always)


async def _always(request: Request) -> bool:
    return True


def app_of(source: Source, *, role: str = "admin") -> Starlette:
    """Return an application with every page of the registry, its parts, assets and live values."""
    site = site_of(source, role=role)

    async def session(request: Request) -> Response:
        return JSONResponse({"user": "Li"})

    routes = [Route("/static/{name}", static), Route("/events", site.events), Route("/prefs", keep_prefs)]
    routes.append(Route("/session", session))
    for spec in site.pages:
        routes.append(Route(spec.path, partial(_show, site, spec)))
        routes += [
            Route(f"/part/{spec.name}/{part}", partial(_part, site, spec, part)) for part in spec.parts
        ]
    return Starlette(routes=routes)


def asked_of(app: ASGIApp, path: str, **headers: str) -> httpx.Response:
    """Return the answer of an application to one GET, in English unless a header says otherwise."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers={"accept-language": "en", **headers})

    return asyncio.run(ask())


async def _show(site: Site, spec: PageSpec, request: Request) -> Response:
    return await site.show(request, spec)


async def _part(site: Site, spec: PageSpec, part: str, request: Request) -> Response:
    return await site.show(request, spec, part=part)


def main() -> None:
    """Serve a made source on loopback."""
    from tests.dashboard.made import MadeSource

    uvicorn.run(app_of(MadeSource()), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
