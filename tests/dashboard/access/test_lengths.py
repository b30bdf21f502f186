"""How much of what anybody sends is looked at: normalising costs the square of a run of accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal

import pytest

from dashboard.access import passwords, store
from dashboard.access.headers import LARGEST, SMALL
from dashboard.access.passwords import LONGEST, Passwords, check_password, hasher_of
from dashboard.access.roles import Role
from dashboard.access.said import Refused
from dashboard.access.store import LONGEST_NAME, LONGEST_TYPED, name_key
from tests.dashboard.access.door import CHEAP, PASSWORD, House

ACCENTS = "a" + "\u0300\u0327" * 20_000
"""In no canonical order: each accent goes past all that stand before it."""


class Counting:
    """unicodedata, and how many characters it was given at once."""

    def __init__(self) -> None:
        self.most = 0

    def normalize(self, form: Literal["NFC", "NFKC"], text: str) -> str:
        self.most = max(self.most, len(text))
        return unicodedata.normalize(form, text[: LONGEST + 1])


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    counting = Counting()
    for module in (passwords, store):
        monkeypatch.setattr(module, "unicodedata", counting)
    yield counting
    assert counting.most <= LONGEST + 1


async def test_a_login_looks_at_no_more_of_a_name_than_a_name_may_have(
    house: House, counted: Counting
) -> None:
    house.add("wang")
    assert await house.access.check(ACCENTS, "x", "10.0.0.1") is None
    assert counted.most <= LONGEST_TYPED
    assert await house.access.check("wang", ACCENTS, "10.0.0.1") is None
    assert counted.most <= LONGEST + 1


async def test_no_other_door_looks_at_more(house: House, counted: Counting) -> None:
    number = house.add("wang", Role.ADMIN)
    assert house.access.store.user(ACCENTS) is None
    for add in (
        lambda: house.access.store.add_user(ACCENTS, Role.VIEWER, at=1),
        lambda: house.access.store.add_token(ACCENTS, b"x", who="wang", at=1),
        lambda: check_password(ACCENTS, "wang"),
    ):
        with pytest.raises(Refused, match="too long"):
            add()
    await house.access.passwords.hash(ACCENTS)
    assert house.access.store.user_by_id(number).name == "wang"
    assert counted.most > 0


def test_a_name_that_is_longer_than_any_is_nobodys() -> None:
    name = "\u1f82" * LONGEST_NAME
    typed = unicodedata.normalize("NFD", name)
    assert len(typed) == LONGEST_TYPED
    assert name_key(typed) == name_key(name)
    assert name_key(typed + "x") != name_key(name)


async def test_a_long_password_that_was_taken_is_the_one_that_logs_in() -> None:
    keeper = Passwords(hasher_of(CHEAP))
    grows = "\u0958 " * (LONGEST // 2)  # one character that is two when composed
    with pytest.raises(Refused, match="too long"):
        check_password(grows, "wang")
    longest = (PASSWORD * LONGEST)[:LONGEST]
    check_password(longest, "wang")
    kept = await keeper.hash(longest)
    assert (await keeper.verify(kept, longest)).is_right
    assert not (await keeper.verify(kept, longest + "x")).is_right
    keeper.close()


@pytest.mark.parametrize("path", ["/login", "/setup"])
async def test_who_is_not_logged_in_sends_little(house: House, path: str) -> None:
    browser = house.browser()
    assert (await browser.post(path, content=b"x" * (SMALL + 1))).status_code == 413
    assert (await browser.post(path, content=b"x" * SMALL)).status_code == 403
    assert (await browser.post(path + "/", content=b"x" * (SMALL + 1))).status_code == 303


async def test_a_form_is_small_for_everybody(house: House) -> None:
    browser = await house.as_(Role.OPERATOR)
    csrf = (await browser.get("/")).json()["csrf"]
    headers = {"x-csrf-token": csrf}
    assert LARGEST == 64 * 1024
    path = "/alerts/a/ack"
    assert (await browser.post(path, content=b"x" * LARGEST, headers=headers)).status_code == 200
    assert (await browser.post(path, content=b"x" * (LARGEST + 1), headers=headers)).status_code == 413
