"""A page with one route of each kind behind the real checks, and browsers that visit it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Literal

import httpx
import jinja2
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from dashboard.access.access import Access
from dashboard.access.guard import Guarded, Page, protect
from dashboard.access.passwords import Cost, Passwords, hasher_of
from dashboard.access.roles import Role
from dashboard.access.routes import access_routes
from dashboard.access.sessions import visitor_of
from dashboard.site import TEMPLATES, environment
from dashboard.words import words_of

HOST = "127.0.0.1:8080"
PASSWORD = "correct horse battery"
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
BASE = "<!doctype html><title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}"
_FIELD = re.compile(r'name="(csrf|token)" value="([^"]*)"')


class Time:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.at = 1_790_000_000_000
        self.mono = 1000.0

    def go(self, seconds: float) -> None:
        self.at += round(seconds * 1000)
        self.mono += seconds

    def now_ms(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.mono

    def real_seconds(self, seconds: float) -> float:
        return seconds

    async def sleep(self, seconds: float) -> None:
        self.go(seconds)

    def is_doubtful(self) -> bool:
        return False


class Counting(PasswordHasher):
    """A real hasher that counts how often it checks a password."""

    def __init__(self) -> None:
        super().__init__(time_cost=CHEAP.passes, memory_cost=CHEAP.memory_kib, parallelism=CHEAP.lanes)
        self.checks: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.checks.append(str(hash))
        return super().verify(hash, password)


class House:
    """A page with its users."""

    def __init__(self, folder: Path, *, is_tls: bool = False, hasher: PasswordHasher | None = None) -> None:
        self.time = Time()
        self.folder = folder
        self.access = Access.open(
            folder,
            self.time,
            is_tls=is_tls,
            allowed_hosts=("plant.example",),
            passwords=Passwords(hasher or hasher_of(CHEAP)),
        )
        self.routes: list[Guarded] = [*sample_routes(), *access_routes(self.access, self.render)]
        self.app = protect(Starlette(routes=self.routes), self.routes, self.access, self.render)

    def __enter__(self) -> House:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.access.close()

    def render(
        self, request: Request, template: str, values: Mapping[str, object], *, status_code: int = 200
    ) -> Response:
        return HTMLResponse(templates().get_template(template).render(values), status_code=status_code)

    def browser(self, address: str = "10.0.0.1", **headers: str) -> Browser:
        """Give a browser of its own at an address."""
        scheme = "https" if self.access.is_tls else "http"
        return Browser(
            transport=httpx.ASGITransport(self.app, client=(address, 40000)),
            base_url=f"{scheme}://{HOST}",
            headers={"origin": f"{scheme}://{HOST}", **headers},
        )

    def add(self, name: str, role: Role = Role.VIEWER) -> int:
        """Make a user whose password is PASSWORD."""
        hashed = hasher_of(CHEAP).hash(PASSWORD)
        return self.access.store.add_user(name, role, at=self.time.at, password=hashed).id

    async def as_(self, role: Role, address: str = "10.0.0.1") -> Browser:
        """Give a browser in which a user of this role has logged in."""
        if self.access.store.user(role) is None:
            self.add(role, role)
        browser = self.browser(address)
        assert (await browser.log_in(role)).status_code == 303
        return browser

    def actions(self) -> list[tuple[str, str, str]]:
        """Return (action, subject, outcome) of the audit, oldest first."""
        return [(row.action, row.subject, row.outcome) for row in reversed(self.access.store.audit())]


@cache
def templates() -> jinja2.Environment:
    """Return the real templates in a frame of their own, in English."""
    found = environment(words_of("en"))
    base = jinja2.DictLoader({"base.html": BASE})
    found.loader = jinja2.ChoiceLoader([base, jinja2.FileSystemLoader(TEMPLATES)])
    return found


class Browser(httpx.AsyncClient):
    """A browser that fills in forms as people do."""

    async def hidden(self, path: str) -> dict[str, str]:
        """Return the hidden fields of a page's forms."""
        return dict(_FIELD.findall((await self.get(path)).text))

    async def fill(self, page: str, to: str | None = None, **fields: str) -> httpx.Response:
        """Load a page, fill in its form and send it."""
        hidden = await self.hidden(page)
        return await self.post(to or page.partition("?")[0], data={**hidden, **fields})

    async def log_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Log in."""
        return await self.fill("/login", name=name, password=password, **more)


def sample_routes() -> list[Guarded]:
    """Return a route of each kind."""

    async def who(request: Request) -> Response:
        visitor = visitor_of(request)
        body = (await request.body()).decode()
        return JSONResponse({"user": visitor.user, "role": visitor.role, "csrf": visitor.csrf, "body": body})

    def page(path: str, role: Role | None, *methods: str, endpoint: Callable[..., object] = who) -> Page:
        return Page(path, endpoint, role=role, methods=methods or ("GET",))

    return [
        page("/", Role.VIEWER),
        page("/healthz", None),
        page("/api/v1/now", Role.VIEWER),
        page("/api/v1/entries", Role.OPERATOR, "POST"),
        page("/alerts/{id}/ack", Role.OPERATOR, "POST"),
        page("/baselines/{id}/approve", Role.ADMIN, "POST"),
        page("/static/{name}", None),
    ]
