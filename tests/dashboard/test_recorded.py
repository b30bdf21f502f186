"""Between a form and the ledger: clicked twice, crashed between two files, with an audit that is full."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from typing import Literal

import pytest

from dashboard import typed
from dashboard.actions import LONGEST_FIELD
from dashboard.once import Once
from domain.declared import Refused
from domain.errors import StoreUnavailable
from tests.dashboard.made import MadeSource
from tests.dashboard.parsed import Tree
from tests.dashboard.posting import Told, desk_of, fault_of, field
from tests.dashboard.test_forms import OUTPUT, Refusing

PATH = "/declare/production"


class Slow(MadeSource):
    """A ledger that answers when it is told to; it keeps what the audit knew when it was asked."""

    def __init__(self, told: list[Told]) -> None:
        super().__init__()
        self.told = told
        self.known: list[list[Told]] = []
        self.gate = threading.Event()

    def _record(self, action: str, subject: str, *, who: str, why: str, **facts: object) -> tuple[int, ...]:
        self.known.append(list(self.told))
        self.gate.wait(0.2)
        return super()._record(action, subject, who=who, why=why, **facts)


def test_the_audit_knows_of_a_deed_before_the_ledger_is_asked() -> None:
    told: list[Told] = []
    source = Slow(told)
    source.gate.set()
    with desk_of(source, told=told) as desk:
        assert desk.send(PATH, **OUTPUT).status_code == 303
    assert source.known == [[("ledger.production", "coil", "begun", "")]]


def test_without_audit_nothing_is_recorded_and_the_page_says_so() -> None:
    source = MadeSource()
    with desk_of(source, unwritable="begun") as desk:
        answer = desk.send(PATH, **OUTPUT)
    assert answer.status_code == 503
    assert not source.recorded
    page = Tree(answer.text).root
    assert "nothing was recorded: users: disk is full; make room" in page.text
    assert field(page, "quantity").attributes["value"] == OUTPUT["quantity"]


def test_what_was_recorded_is_confirmed_when_the_audit_is_full_after_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = MadeSource()
    with desk_of(source, unwritable="done") as desk:
        assert desk.send(PATH, **OUTPUT).status_code == 303
        assert [told[2] for told in desk.told] == ["begun"]
    assert len(source.recorded) == 1
    (record,) = [each for each in caplog.records if each.name == "dashboard.actions"]
    assert "outcome=done detail='ledger entry 43'" in record.getMessage()


def test_a_ledger_that_fails_is_told_from_one_that_refuses() -> None:
    for error, outcome in (
        (Refused("why", "says nothing", "say it"), "refused"),
        (StoreUnavailable("ledger", "is locked", "try again"), "failed"),
    ):
        with desk_of(Refusing(error)) as desk:
            desk.send(PATH, **OUTPUT)
            assert [told[2] for told in desk.told] == ["begun", outcome]


def test_clicks_at_once_wait_for_the_first_and_are_answered_as_it_was() -> None:
    told: list[Told] = []
    source = Slow(told)
    with desk_of(source, told=told) as desk:
        answers = desk.send_at_once(8, PATH, **OUTPUT)
    assert {(each.status_code, each.headers["location"]) for each in answers} == {
        (303, "/declare/production?done=production&entries=43#done")
    }
    assert [each[2] for each in told] == ["begun", "done"]
    assert len(source.recorded) == 1


class Counted:
    """Records when it is let, and counts how often."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count = 0
        self.gate = asyncio.Event()
        self.error = error

    async def __call__(self) -> int:
        self.count += 1
        count = self.count
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return count


async def test_a_click_that_asked_earlier_and_comes_later_is_the_same_click() -> None:
    once, record = Once[int](), Counted()
    record.gate.set()
    assert [await once("form", record, now) for now in (5_000, 4_999, 5_001)] == [1, 1, 1]
    assert await once("form", record, 5_000 + 10 * 60_000) == 2
    assert await once("another", record, 5_000) == 3


async def test_clicks_at_once_are_refused_once_and_may_come_again() -> None:
    error = Refused("unit", "is none", "write t")
    once, record = Once[int](), Counted(error)
    clicks = [asyncio.create_task(once("form", record, 1)) for _ in range(8)]
    await asyncio.sleep(0)
    record.gate.set()
    assert await asyncio.gather(*clicks, return_exceptions=True) == [error] * 8
    assert record.count == 1
    with pytest.raises(Refused):
        await once("form", record, 2)
    assert record.count == 2


async def test_whoever_stops_waiting_stops_nobody() -> None:
    once, record = Once[int](), Counted()
    first, second = (asyncio.create_task(once("form", record, 1)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    record.gate.set()
    assert await second == 1
    assert first.cancelled()
    assert await once("form", record, 2) == 1


def test_a_field_that_nobody_types_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    def counting(form: Literal["NFKC"], text: str) -> str:
        given.append(len(text))
        return unicodedata.normalize(form, text[:LONGEST_FIELD])

    monkeypatch.setattr(typed, "normalize", counting)
    accents = "a" + "\u0300\u0327" * 10_000
    source = MadeSource()
    with desk_of(source) as desk:
        answer = desk.send(PATH, **{**OUTPUT, "why": accents})
        assert desk.send(PATH + "?why=" + "\u0300\u0327" * 2000).status_code == 422
        assert desk.send(PATH, **OUTPUT).status_code == 303
    assert answer.status_code == 422
    assert fault_of(Tree(answer.text).root, "why") == "has 20,001 characters; write at most 2,000"
    assert max(given) <= LONGEST_FIELD
    assert len(source.recorded) == 1
