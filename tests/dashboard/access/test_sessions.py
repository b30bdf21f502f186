"""Sessions: their cookie, how they begin, how they end."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from dashboard.access.roles import Role
from dashboard.access.sessions import ABSOLUTE_MS, IDLE_MS, visitor_of
from dashboard.access.store import FILE_NAME, MOST_SESSIONS
from tests.dashboard.access.door import PASSWORD, Browser, House

HOUR_S = 3600.0
NEW = "another long password"


async def is_in(browser: Browser) -> bool:
    return (await browser.get("/")).status_code == 200


def cookie_of(browser: Browser) -> str:
    return browser.cookies["ea_session"]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    house.add("wang")
    answer = await house.browser().log_in("wang")
    found = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("ea_session="))
    parts = {part.strip().lower() for part in found.split(";")}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert not any(part.startswith("domain") or part == "secure" for part in parts)


async def test_under_tls_the_cookie_is_secure_and_bound_to_this_host(tmp_path: Path) -> None:
    with House(tmp_path, is_tls=True) as house:
        house.add("wang")
        browser = house.browser()
        answer = await browser.log_in("wang")
        found = [c for c in answer.headers.get_list("set-cookie") if "ea_session" in c]
        assert [c.startswith("__Host-ea_session=") for c in found] == [True]
        assert "; Secure" in found[0]
        assert await is_in(browser)
        browser.cookies.set("ea_session", browser.cookies.pop("__Host-ea_session"))
        assert not await is_in(browser), "the plain name does not count"


async def test_a_login_makes_a_new_session_and_ends_the_one_before(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    first = cookie_of(browser)
    browser.cookies.clear()
    browser.cookies.set("ea_session", "planted")
    assert (await browser.log_in("viewer")).status_code == 303
    jar = browser.cookies.jar
    second = next(c.value for c in jar if c.name == "ea_session" and c.value != "planted")
    assert second not in (first, "planted")
    other = house.browser()
    other.cookies.set("ea_session", first)
    assert await is_in(other)
    # Somebody logs in again in the same browser, from a form that was open already.
    fresh = house.browser()
    fields = await fresh.hidden("/login")
    fresh.cookies.set("ea_session", first)
    answer = await fresh.post("/login", data={**fields, "name": "viewer", "password": PASSWORD})
    assert answer.status_code == 303
    assert not await is_in(other)


async def test_a_session_that_is_not_used_ends_after_eight_hours(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    for _ in range(3):
        house.time.go(7.9 * HOUR_S)
        assert await is_in(browser)
    house.time.go(IDLE_MS / 1000 + 1)
    assert not await is_in(browser)


async def test_a_session_that_is_used_all_the_time_ends_after_seven_days(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    for _ in range(23):
        house.time.go(7 * HOUR_S)
        alive = await is_in(browser)
    assert alive
    house.time.go(ABSOLUTE_MS / 1000 - 23 * 7 * HOUR_S + 1)
    assert not await is_in(browser)


async def test_when_a_session_was_seen_is_written_once_a_minute(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    user = house.access.store.user("viewer")
    assert user
    written = set()
    for _ in range(20):
        house.time.go(10)
        await is_in(browser)
        written.add(house.access.sessions.of(user.id)[0].seen)
    assert len(written) == 4


async def test_logging_out_ends_the_session_on_the_server(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    kept = cookie_of(browser)
    assert (await browser.fill("/account", "/logout")).status_code == 303
    assert "ea_session" not in browser.cookies
    browser.cookies.set("ea_session", kept)
    assert not await is_in(browser)
    assert house.actions()[-1] == ("logout", "viewer", "done")


async def test_a_new_password_ends_every_session_but_gives_this_browser_a_new_one(house: House) -> None:
    here, there = await house.as_(Role.VIEWER), await house.as_(Role.VIEWER)
    before = cookie_of(here)
    answer = await here.fill("/account", "/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert answer.headers["location"] == "/account?done=password"
    assert cookie_of(here) != before
    assert await is_in(here)
    assert not await is_in(there)
    assert (await there.log_in("viewer")).status_code == 403
    assert (await there.log_in("viewer", NEW)).status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"current": "wrong wrong wrong", "password": NEW, "again": NEW}, "current password is wrong"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "at least 12 characters"),
        ({"current": PASSWORD, "password": NEW, "again": NEW + "x"}, "type the same one twice"),
        ({"current": PASSWORD, "password": "x" * 20, "again": "x" * 20}, "too easy to guess"),
        ({"current": PASSWORD, "password": "ab c" * 300, "again": "ab c" * 300}, "at most 1024 characters"),
        ({}, "at least 12 characters"),
    ],
)
async def test_a_password_that_cannot_be_changed_says_why(
    house: House, fields: dict[str, str], said: str
) -> None:
    browser = await house.as_(Role.VIEWER)
    answer = await browser.fill("/account", "/account/password", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert PASSWORD not in answer.text
    assert (await house.browser().log_in("viewer")).status_code == 303


async def test_a_session_is_ended_by_its_owner_alone(house: House) -> None:
    here, there = await house.as_(Role.VIEWER), await house.as_(Role.VIEWER)
    admin = await house.as_(Role.ADMIN)
    viewer, owner = house.access.store.user("viewer"), house.access.store.user("admin")
    assert viewer
    assert owner
    newest = house.access.sessions.of(viewer.id)[0].id
    foreign = house.access.sessions.of(owner.id)[0].id
    await here.fill("/account", f"/account/sessions/{foreign}/end")
    assert (await admin.get("/")).status_code == 200
    await here.fill("/account", f"/account/sessions/{newest}/end")
    assert not await is_in(there)
    assert await is_in(here)


async def test_a_user_has_so_many_sessions_and_no_more(house: House) -> None:
    first = await house.as_(Role.VIEWER)
    user = house.access.store.user("viewer")
    assert user
    for _ in range(MOST_SESSIONS):
        house.time.go(1)
        house.access.sessions.begin(user, "10.0.0.2")
    assert len(house.access.sessions.of(user.id)) == MOST_SESSIONS
    assert not await is_in(first)


async def test_sessions_that_are_over_do_not_stay_in_the_file(house: House) -> None:
    await house.as_(Role.VIEWER)
    house.time.go(9 * HOUR_S)
    await house.as_(Role.VIEWER)
    with sqlite3.connect(house.folder / FILE_NAME) as db:
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    db.close()


async def test_a_session_of_one_install_is_none_in_another(house: House, tmp_path: Path) -> None:
    browser = await house.as_(Role.VIEWER)
    with House(tmp_path / "other") as other:
        other.add("viewer")
        stranger = other.browser()
        stranger.cookies.set("ea_session", cookie_of(browser))
        assert not await is_in(stranger)


async def test_requests_at_once_are_each_their_own_visitor(house: House) -> None:
    browsers = [await house.as_(role) for role in Role]
    answers = await asyncio.gather(*(browser.get("/") for browser in browsers for _ in range(5)))
    assert [answer.json()["user"] for answer in answers] == [role.value for role in Role for _ in range(5)]


def test_a_request_that_no_middleware_saw_is_nobodys() -> None:
    from starlette.requests import Request

    visitor = visitor_of(Request({"type": "http", "headers": [], "client": ("10.0.0.9", 1)}))
    assert visitor.is_anonymous
    assert visitor.address == "10.0.0.9"


async def test_a_look_whether_a_session_still_holds_does_not_keep_it_alive(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    token = cookie_of(browser)
    for _ in range(7):
        house.time.go(HOUR_S)
        assert house.access.by_session(token, "10.0.0.1", is_use=False) is not None
    house.time.go(HOUR_S)
    assert house.access.by_session(token, "10.0.0.1", is_use=False) is None
    assert not await is_in(browser)


async def test_a_full_disk_logs_nobody_out(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    house.time.go(3600)
    house.access.store._file.rows("PRAGMA query_only = 1")
    assert await is_in(browser)
