"""Addresses that nobody means, on every route that takes something from its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from dashboard.access.access import Access
from dashboard.access.passwords import Passwords, hasher_of
from dashboard.access.roles import Role
from dashboard.app import PageApp
from tests.dashboard.access.door import CHEAP, HOST, PASSWORD, Browser, House, Time
from tests.dashboard.made import MadeSource

ABSURD = (
    "9" * 5000, "9" * 20, "9223372036854775808", "-1", "0", "٣", "x" * 5000, "\x00", "\ud800", "..", "%",
    '"><script>', "a\r\nSet-Cookie: x=1", "\n", "1/../2", "{number}",
)  # fmt: skip
_FROM_PATH = re.compile(r"{\w+(?::\w+)?}")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageApp]:
    folder: Path = tmp_path_factory.mktemp("absurd")
    passwords = Passwords(hasher_of(CHEAP))
    access = Access.open(folder, Time(), is_tls=False, allowed_hosts=(), passwords=passwords)
    access.store.add_user("boss", Role.ADMIN, at=1, password=hasher_of(CHEAP).hash(PASSWORD))
    app = PageApp(MadeSource(), access, Time())
    yield app
    app.close()
    access.close()


def browser(page: PageApp) -> Browser:
    transport = httpx.ASGITransport(page.asgi, raise_app_exceptions=False, client=("10.0.0.1", 1))
    return Browser(transport=transport, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})


def addresses(page: PageApp) -> list[tuple[str, str, str]]:
    """Return (method, address, part of the path) of every absurd request."""
    return [
        (method, quote(part, safe="", errors="surrogatepass").join(_FROM_PATH.split(route.path)), part)
        for route in page.routes
        if _FROM_PATH.search(route.path)
        for method in sorted(route.methods or ())
        for part in ABSURD
        if method != "HEAD"
    ]


def whole(answer: httpx.Response) -> bool:
    """Say whether an answer is not our fault, and carries what every answer does."""
    return (
        answer.status_code < 500
        and "default-src 'none'" in answer.headers.get("content-security-policy", "")
        and answer.headers.get("x-content-type-options") == "nosniff"
        and "x=1" not in answer.headers.get("set-cookie", "")
    )


async def test_nobody_gets_an_error_of_ours_by_an_absurd_address(page: PageApp) -> None:
    asked = addresses(page)
    assert len({method + path for method, path, _ in asked}) > 500
    stranger = browser(page)
    for method, path, part in asked:
        answer = await stranger.request(method, path)
        assert whole(answer), (method, path[:60], part[:20], answer.status_code)
        assert answer.status_code in (401, 303, 404, 403, 405), (method, path[:60], answer.status_code)


async def test_neither_does_an_admin(page: PageApp) -> None:
    admin = browser(page)
    assert (await admin.log_in("boss")).status_code == 303
    csrf = (await admin.hidden("/account"))["csrf"]
    wrong = []
    for method, path, part in addresses(page):
        answer = await admin.request(method, path, headers={"x-csrf-token": csrf})
        if not whole(answer) or (answer.status_code == 200 and len(part) > 100):
            wrong.append((method, path[:60], part[:20], answer.status_code))
    assert wrong == []


class Torn(House):
    """A page that cannot even say that somebody may not see it."""

    def render(
        self, request: Request, template: str, values: Mapping[str, object], *, status_code: int = 200
    ) -> Response:
        raise ArithmeticError


async def test_a_fault_of_the_guard_itself_carries_the_headers_and_no_details(tmp_path: Path) -> None:
    with Torn(tmp_path) as house:
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            answer = await client.post("/login")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.json()["code"] == "fault"
    assert "Arithmetic" not in answer.text
