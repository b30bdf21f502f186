"""The checks over every route that the whole page has."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from agent.http import public_routes
from dashboard.access.access import Access
from dashboard.access.passwords import Passwords, hasher_of
from dashboard.access.roles import Role
from dashboard.app import PageApp
from tests.dashboard.access.door import CHEAP, HOST, PASSWORD, Browser, Time
from tests.dashboard.made import MadeSource

OPEN_TO_ALL = {"/login", "/setup", "/prefs", "/healthz", "/metrics", "/static/{name}"}
JSON = {"accept": "application/json"}


class Nothing:
    """A status that nobody asks for."""

    def status(self) -> None:
        raise AssertionError


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageApp]:
    folder: Path = tmp_path_factory.mktemp("page")
    passwords = Passwords(hasher_of(CHEAP))
    access = Access.open(folder, Time(), is_tls=False, allowed_hosts=(), passwords=passwords)
    app = PageApp(MadeSource(), access, Time(), public=public_routes(Nothing()))  # type: ignore[arg-type]
    yield app
    app.close()
    access.close()


def browser(page: PageApp) -> Browser:
    transport = httpx.ASGITransport(page.asgi, client=("10.0.0.1", 1))
    headers = {"origin": f"http://{HOST}", "accept-language": "en"}
    return Browser(transport=transport, base_url=f"http://{HOST}", headers=headers)


def routes(page: PageApp) -> list[tuple[str, str, str, Role | None]]:
    """Return (method, path as written, path to ask for, needed role) of every route."""
    return [
        (method, route.path, re.sub(r"\{\w+(:row)?\}", "7", route.path), route.role)
        for route in page.routes
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


async def test_nobody_gets_anywhere_without_login_but_where_everybody_may(page: PageApp) -> None:
    found = routes(page)
    assert len(found) > 20
    assert {path for _, path, _, role in found if role is None} == OPEN_TO_ALL
    answered = set()
    for method, written, path, role in found:
        if role is None:
            continue
        answer = await browser(page).request(method, path, headers=JSON)
        assert answer.status_code == 401, (method, path)
        answered.add(written)
    assert {"/account", "/users", "/audit", "/events"} <= answered


async def test_no_role_gets_past_its_own_on_any_route(page: PageApp) -> None:
    wrong = []
    for role in (Role.VIEWER, Role.OPERATOR):
        page.access.store.add_user(role, role, at=1, password=hasher_of(CHEAP).hash(PASSWORD))
        known = browser(page)
        assert (await known.log_in(role)).status_code == 303
        for method, _, path, needed in routes(page):
            if needed is None or role.covers(needed):
                continue
            answer = await known.request(method, path, headers=JSON)
            if (answer.status_code, answer.json().get("code")) != (403, "role_too_low"):
                wrong.append((role, method, path, answer.status_code))
    assert wrong == []


async def test_every_change_needs_to_come_from_the_page_itself(page: PageApp) -> None:
    page.access.store.add_user("boss", Role.ADMIN, at=1, password=hasher_of(CHEAP).hash(PASSWORD))
    known = browser(page)
    assert (await known.log_in("boss")).status_code == 303
    csrf = (await known.hidden("/account"))["csrf"]
    changes = [path for method, _, path, _ in routes(page) if method != "GET"]
    assert len(changes) >= 10
    for path in changes:
        bare = await known.post(path, headers=JSON)
        foreign = {**JSON, "x-csrf-token": csrf, "origin": "http://evil.example"}
        for answer in (bare, await known.post(path, headers=foreign)):
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_request"), path


async def test_the_pages_of_access_stand_in_the_frame_of_the_others(page: PageApp) -> None:
    visitor = browser(page)
    login = await visitor.get("/login")
    assert "<h1>Log in</h1>" in login.text
    assert 'rel="stylesheet"' in login.text
    assert "登录" in (await visitor.get("/login", headers={"accept-language": "zh-CN"})).text
    page.access.store.add_user("frame", Role.ADMIN, at=1, password=hasher_of(CHEAP).hash(PASSWORD))
    assert (await visitor.log_in("frame")).status_code == 303
    for path in ("/account", "/users", "/audit", "/nothing"):
        text = (await visitor.get(path)).text
        assert 'action="/logout"' in text, path
        assert "<script>" not in text
        assert "style=" not in text


async def test_when_the_users_cannot_be_read_the_page_says_so(
    page: PageApp, caplog: pytest.LogCaptureFixture
) -> None:
    known = browser(page)
    known.cookies.set("ea_session", "x")
    held = sqlite3.connect(page.access.store._file.path, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    page.access.store._file._db.execute("PRAGMA busy_timeout = 10")
    try:
        answer = await known.get("/")
    finally:
        held.execute("ROLLBACK")
        held.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "users_unreadable")
    assert "another process" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert [record.name for record in caplog.records if record.levelname == "WARNING"] == [
        "dashboard.access.middleware"
    ]
