"""What nobody's browser sends: odd names, odd bodies; and a page whose agent cannot be asked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
import pytest

from dashboard.access.access import Access
from dashboard.access.passwords import Passwords, hasher_of
from dashboard.access.store import name_key
from dashboard.app import PageApp
from domain.errors import StoreUnavailable
from domain.periods import PlantCalendar
from tests.dashboard.access.door import CHEAP, HOST, PASSWORD, House, Time
from tests.dashboard.made import MadeSource

FORM = "application/x-www-form-urlencoded"
RIGHT = b"name=wang&password=" + PASSWORD.replace(" ", "+").encode()


@pytest.mark.parametrize("name", ["wang\x00", "\x00", "wang\ud800", "\udcff", "w\u202eang", "wang\x1b[2J"])
def test_a_name_that_cannot_be_written_is_nobodys(house: House, name: str) -> None:
    house.add("wang")
    assert name_key(name) == ""
    assert house.access.store.user(name) is None


def test_a_name_is_found_however_a_keyboard_parts_it(house: House) -> None:
    house.add("李 明")
    for name in ("李\u3000明", "李\u00a0明", " 李 明 "):
        assert house.access.store.user(name) is not None


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"csrf=CSRF&" + RIGHT, FORM, 303),
        (b"csrf=x&csrf=CSRF&name=x&" + RIGHT, FORM, 303),
        (b"csrf=CSRF&" + RIGHT, FORM.upper() + "; charset=utf-16", 303),
        (b"csrf=CSRF&csrf=x&" + RIGHT, FORM, 403),
        (b"csrf=CSRF&" + RIGHT + b"%00", FORM, 403),
        (b"csrf=CSRF&name=%ED%A0%80&password=%ED%A0%80", FORM, 403),
        (b"csrf=CSRF&name=\xff\xfe\x00&password=\xff", FORM, 403),
        (b"csrf=CSRF;name=wang;password=x", FORM, 403),
        (b"csrf=CSRF" + b"&" * 7000, FORM, 403),
        (b"csrf=CSRF&" + b"a=1&" * 1900 + RIGHT, FORM, 403),
        (b"csrf=CSRF&" + b"a=1&" * 10_000 + RIGHT, FORM, 413),
        (b'{"csrf": "CSRF"}', "application/json", 403),
        (
            b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nCSRF\r\n--x--',
            "multipart/form-data",
            403,
        ),
        (b"csrf=CSRF&" + RIGHT, ";;," + FORM, 403),
    ],
)
async def test_an_odd_form_logs_nobody_in(house: House, body: bytes, kind: str, status: int) -> None:
    house.add("wang")
    browser = house.browser()
    csrf = (await browser.hidden("/login"))["csrf"]
    sent = body.replace(b"CSRF", csrf.encode())
    answer = await browser.post("/login", content=sent, headers={"content-type": kind})
    assert answer.status_code == status
    assert ("ea_session" in answer.cookies) == (status == 303)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


class Deaf(MadeSource):
    """An agent that cannot be asked."""

    def calendar(self) -> PlantCalendar:
        raise StoreUnavailable("agent.sock", "does not answer", "start the agent")


async def test_when_no_page_can_be_drawn_the_answer_still_says_why(tmp_path: Path) -> None:
    passwords = Passwords(hasher_of(CHEAP))
    with closing(
        Access.open(tmp_path, Time(), is_tls=False, allowed_hosts=(), passwords=passwords)
    ) as access:
        page = PageApp(Deaf(), access, Time())
        transport = httpx.ASGITransport(page.asgi)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            answers = [await client.get("/login"), await client.post("/login")]
        page.close()
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "not_now")
        assert answer.json()["detail"] == "agent.sock: does not answer; start the agent"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
