"""Forms sent to a made plant without login: what comes back, what was recorded, what the audit was told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dashboard.actions import Actions
from dashboard.pages import PageSpec
from dashboard.site import Site
from dashboard.source import Source
from domain.errors import StoreUnavailable
from tests.dashboard.made import MadeSource
from tests.dashboard.parsed import Node, Tree
from tests.dashboard.served import site_of

Told = tuple[str, str, str, str]


@dataclass(frozen=True)
class Desk:
    """A browser at the made plant."""

    app: Starlette
    told: list[Told]

    def send(self, path: str, language: str = "en", **fields: str) -> httpx.Response:
        """Send a form."""
        return asyncio.run(self._ask("POST", path, language, fields))

    def send_at_once(self, times: int, path: str, **fields: str) -> list[httpx.Response]:
        """Send a form several times before the first one is answered."""

        async def send() -> list[httpx.Response]:
            return await asyncio.gather(*(self._ask("POST", path, "en", fields) for _ in range(times)))

        return asyncio.run(send())

    def look(self, path: str) -> Node:
        """Return a page as a tree."""
        answer = asyncio.run(self._ask("GET", path, "en", {}))
        assert answer.status_code == 200, answer.text
        return Tree(answer.text).root

    async def _ask(self, method: str, path: str, language: str, fields: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://plant") as client:
            return await client.request(
                method, path, data=fields or None, headers={"accept-language": language}
            )


@contextmanager
def desk_of(
    source: Source, role: str = "operator", *, told: list[Told] | None = None, unwritable: str = ""
) -> Iterator[Desk]:
    """Give a browser of somebody with this role; `unwritable` is an outcome that the audit cannot take."""
    told = [] if told is None else told

    async def audit(request: Request, action: str, subject: str, outcome: str, detail: str) -> None:
        if outcome == unwritable:
            raise StoreUnavailable("access.sqlite", "users: disk is full", "make room")
        told.append((action, subject, outcome, detail))

    site = _site(role)
    site.source = source
    routes: list[BaseRoute] = [
        Route(path, endpoint, methods=["POST"]) for path, endpoint, _ in Actions(site, audit).routes()
    ]
    routes += [Route(spec.path, partial(_show, site, spec)) for spec in site.pages]
    yield Desk(Starlette(routes=routes), told)


@cache
def _site(role: str) -> Site:
    """Return one site a role: its templates are compiled once."""
    return site_of(MadeSource(), role=role)


async def _show(site: Site, spec: PageSpec, request: Request) -> Response:
    return await site.show(request, spec)


def field(page: Node, name: str) -> Node:
    """Return the control of a form."""
    (found,) = page.all(lambda node: node.attributes.get("name") == name)
    return found


def fault_of(page: Node, name: str) -> str:
    """Return what is said to be wrong with a field: what its control is described by."""
    wrong = page.all(lambda node: node.attributes.get("aria-invalid") == "true")
    (control,) = [node for node in wrong if node.attributes["name"] == name]
    assert "autofocus" in control.attributes
    described = control.attributes["aria-describedby"].split()[0]
    (found,) = page.all(lambda node: node.attributes.get("id") == described)
    return found.text
