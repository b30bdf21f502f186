"""What is checked of every request: its host, its origin, its size; and what every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dashboard.access.headers import LARGEST
from dashboard.access.hosts import Hosts, local_path
from dashboard.access.roles import Role
from tests.dashboard.access.door import HOST, House

FORM = "application/x-www-form-urlencoded"


async def csrf_of(browser: httpx.AsyncClient) -> str:
    return str((await browser.get("/")).json()["csrf"])


async def test_a_change_needs_the_token_of_the_session(house: House) -> None:
    browser = await house.as_(Role.OPERATOR)
    other = await house.as_(Role.OPERATOR)
    csrf = await csrf_of(browser)
    path = "/alerts/a/ack"
    assert (
        (await browser.post(path, data={"csrf": csrf, "why": "wind & rain"}))
        .json()["body"]
        .endswith("why=wind+%26+rain")
    ), "the body is still there"
    assert (await browser.post(path, headers={"x-csrf-token": csrf}, json={"a": 1})).status_code == 200
    for wrong in ("", "x", csrf + "x", await csrf_of(other)):
        assert (await browser.post(path, data={"csrf": wrong})).status_code == 403
        assert (await browser.post(path, headers={"x-csrf-token": wrong})).status_code == 403
    assert (await browser.post(path)).status_code == 403
    assert (await browser.post(path, json={"csrf": csrf})).status_code == 403
    assert "nothing was changed" in (await browser.post(path)).text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": f"http://{HOST}"}, 200),
        ({"origin": f"http://{HOST.upper()}"}, 200),
        ({"referer": f"http://{HOST}/alerts"}, 200),
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": f"http://{HOST}.evil.example"}, 403),
        ({"origin": f"ftp://{HOST}"}, 403),
        ({"origin": "http://[::"}, 403),
        ({"referer": f"http://evil.example/?{HOST}"}, 403),
        ({"referer": f"http://{HOST}@evil.example/"}, 403),
        ({"origin": "http://evil.example", "referer": f"http://{HOST}/"}, 403),
    ],
)
async def test_a_change_must_come_from_this_page(house: House, headers: dict[str, str], status: int) -> None:
    browser = await house.as_(Role.OPERATOR)
    csrf = await csrf_of(browser)
    del browser.headers["origin"]
    answer = await browser.post("/alerts/a/ack", headers={**headers, "x-csrf-token": csrf})
    assert answer.status_code == status


async def test_a_login_that_another_page_sends_is_refused(house: House) -> None:
    house.add("wang")
    browser = house.browser(origin="http://evil.example")
    assert (await browser.log_in("wang")).status_code == 403
    assert "ea_session" not in browser.cookies
    bare = house.browser()
    answer = await bare.post("/login", data={"name": "wang", "password": "correct horse battery"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1", True), ("127.0.0.1:1", True), ("localhost:8080", True), ("LOCALHOST", True),
        ("[::1]:8080", True), ("127.4.4.4:80", True), ("plant.example", True), ("Plant.Example:443", True),
        ("plant.example.", True), ("evil.example", False), ("plant.example.evil.example", False),
        ("", False), ("localhost:99999999", False), ("localhost@evil.example", False), ("[::2]", False),
        ("127.0.0.1.evil.example", False), ("0.0.0.0", False), ("localhost evil", False),
    ],
)  # fmt: skip
def test_only_own_and_allowed_names_are_known(host: str, *, is_known: bool) -> None:
    assert Hosts(["plant.example"]).allows(host) is is_known


def test_an_allowed_address_is_known() -> None:
    hosts = Hosts(["192.168.1.5", "fd00::5"])
    assert hosts.allows("192.168.1.5:8443")
    assert hosts.allows("[fd00::5]:8443")


async def test_a_foreign_host_gets_nothing_even_where_everybody_may_go(house: House) -> None:
    for path in ("/healthz", "/login", "/", "/static/app.css"):
        answer = await house.browser().get(path, headers={"host": "evil.example"})
        assert answer.status_code == 421
        assert "http.allowed_hosts" in answer.text


async def test_every_answer_carries_the_headers(house: House) -> None:
    browser = await house.as_(Role.VIEWER)
    answers = [
        await browser.get("/"),
        await browser.get("/nothing"),
        await browser.get("/users"),
        await browser.post("/logout"),
        await browser.get("/static/app.css"),
        await house.browser().get("/api/v1/now"),
        await house.browser().get("/healthz", headers={"host": "evil.example"}),
        await house.browser().post("/login", content=b"x" * (LARGEST + 1)),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 403, 403, 200, 401, 421, 413]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "strict-transport-security" not in answer.headers
    assert [answer.headers["cache-control"] for answer in answers] == [
        "no-cache" if answer.url.path.startswith("/static/") else "no-store" for answer in answers
    ]


async def test_under_tls_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    with House(tmp_path, is_tls=True) as house:
        browser = house.browser()
        assert "max-age=31536000" in (await browser.get("/login")).headers["strict-transport-security"]
        house.add("wang")
        browser.headers["origin"] = f"http://{HOST}"
        assert (await browser.log_in("wang")).status_code == 403, "an origin without TLS is another one"


async def test_a_body_that_does_not_say_its_size_is_cut_off(house: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 65536 + 2):
            yield b"x" * 65536

    browser = await house.as_(Role.OPERATOR)
    csrf = await csrf_of(browser)
    headers = {"x-csrf-token": csrf, "content-type": FORM}
    assert (await browser.post("/alerts/a/ack", content=endless(), headers=headers)).status_code == 413
    assert (await browser.post("/alerts/a/ack", content=endless())).status_code == 403
    lying = {**headers, "content-length": "-5"}
    assert (await browser.post("/alerts/a/ack", headers=lying)).status_code == 413


async def test_a_form_of_very_many_fields_is_no_form(house: House) -> None:
    browser = await house.as_(Role.OPERATOR)
    csrf = await csrf_of(browser)
    body = "&".join(["a=1"] * 5000) + f"&csrf={csrf}"
    answer = await browser.post("/alerts/a/ack", content=body, headers={"content-type": FORM})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/alerts?x=1#y", "/alerts?x=1#y"), ("/", "/"), ("", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("\\\\evil.example", "/"), ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"), ("/\tx", "/"), ("/%0d%0aSet-Cookie:a", "/%0d%0aSet-Cookie:a"),
        ("/\r\nSet-Cookie: a", "/"), (" /x", "/"), ("evil.example", "/"), ("/login?next=/x", "/"),
        ("/" + "x" * 5000, "/"), ("///evil.example", "/"), ("/é", "/"),
    ],
)  # fmt: skip
def test_after_login_only_this_page_is_next(target: str, goes_to: str) -> None:
    assert local_path(target) == goes_to


async def test_the_login_goes_on_to_what_was_asked_and_never_elsewhere(house: House) -> None:
    house.add("wang")
    answer = await house.browser().log_in("wang", next="/account?x=1")
    assert answer.headers["location"] == "/account?x=1"
    answer = await house.browser().log_in("wang", next="//evil.example")
    assert answer.headers["location"] == "/"
    browser = await house.as_(Role.VIEWER)
    assert (await browser.get("/login?next=https://evil.example")).headers["location"] == "/"
