"""The ledger learns of each alert once: that it was raised, that it recovered, that it came back."""

from __future__ import annotations

from dataclasses import replace

from agent.alert_log import gone, last_actions, news_of, recent
from analytics.data_alerts import RECENT_MS
from analytics.declared import Declared, declare
from domain.findings import Severity
from domain.ledger import AlertAction, AlertEntry, Entry
from domain.method import Method
from domain.results import Alert, AlertKind, AlertState

RAISED, RECOVERED = AlertAction.RAISED, AlertAction.RECOVERED


def alert(name: str = "a", *, until: int | None = None) -> Alert:
    return Alert(
        id=name,
        kind=AlertKind.DATA,
        code="counter.gap",
        subject="gas.volume",
        severity=Severity.WARNING,
        since=100,
        detected=120,
        until=until,
        state=AlertState.OPEN if until is None else AlertState.RECOVERED,
        problem="p",
        remedy="r",
        facts={"unseen_h": 1.5},
    )


class Book:
    """A ledger of alerts."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    @property
    def declared(self) -> Declared:
        return declare(self.entries, Method())

    def hear(self, *alerts: Alert) -> list[tuple[str, AlertAction, int]]:
        """Write what is new and return it."""
        steps = [step for _, step in news_of(alerts, self.declared)]
        for step in steps:
            self.write(step)
        return [(step.alert, step.action, step.at) for step in steps]

    def write(self, step: AlertEntry) -> None:
        self.entries.append(Entry(number=len(self.entries) + 1, at=0, who="", why="", body=step))

    def do(self, action: AlertAction) -> None:
        self.write(AlertEntry(alert="a", action=action, at=1, subject="gas.volume"))


def test_an_alert_is_raised_once_however_often_it_is_said() -> None:
    book = Book()
    assert book.hear(alert()) == [("a", RAISED, 120)]
    for _ in range(3):
        assert book.hear(alert()) == []
    [entry] = book.entries
    assert isinstance(entry.body, AlertEntry)
    assert (entry.body.subject, entry.body.facts) == ("gas.volume", {"unseen_h": 1.5})


def test_it_recovers_once() -> None:
    book = Book()
    book.hear(alert())
    assert book.hear(alert(until=200)) == [("a", RECOVERED, 200)]
    assert book.hear(alert(until=200)) == []


def test_what_comes_back_is_raised_again_and_recovers_again() -> None:
    book = Book()
    told = [
        book.hear(each)
        for each in (alert(), alert(until=200), alert(), alert(), alert(until=300), alert(until=300))
    ]
    assert [[action for _, action, _ in step] for step in told] == [
        [RAISED], [RECOVERED], [RAISED], [], [RECOVERED], [],
    ]  # fmt: skip


def test_what_was_over_before_anybody_looked_is_raised_and_recovered_at_once() -> None:
    book = Book()
    assert book.hear(alert(until=200)) == [("a", RAISED, 120), ("a", RECOVERED, 200)]
    assert book.hear(alert(until=200)) == []


def test_what_people_did_is_no_reason_to_raise_it_again() -> None:
    book = Book()
    book.hear(alert())
    book.do(AlertAction.ACKNOWLEDGED)
    assert book.hear(alert()) == []
    book.do(AlertAction.CLOSED)
    assert book.hear(alert()) == []
    assert book.hear(alert(until=200)) == [("a", RECOVERED, 200)]


def test_an_alert_that_is_no_longer_said_is_not_touched() -> None:
    book = Book()
    book.hear(alert(), alert("b"))
    assert book.hear(alert("b")) == []


def test_the_last_thing_that_people_did_counts() -> None:
    book = Book()
    book.hear(alert())
    assert last_actions(book.declared) == {}
    book.do(AlertAction.CLOSED)
    book.do(AlertAction.ACKNOWLEDGED)
    book.hear(alert(until=200))
    assert last_actions(book.declared) == {"a": AlertAction.ACKNOWLEDGED}


def test_recent_are_open_ones_and_those_over_for_less_than_two_weeks() -> None:
    now = RECENT_MS + 200
    old, over, lasting = alert("old", until=199), alert("over", until=200), alert("open")
    unsaid = replace(alert("unsaid"), state=AlertState.RECOVERED)
    assert recent([old, over, lasting, unsaid], now=now) == [over, lasting]


def test_an_alert_that_is_no_longer_said_gets_an_end_once() -> None:
    book = Book()
    book.hear(alert("a"), alert("b"))
    [step] = gone([alert("b")], book.declared, now=900)
    assert (step.alert, step.action, step.at, step.subject) == ("a", RECOVERED, 900, "gas.volume")
    book.write(step)
    assert list(gone([alert("b")], book.declared, now=901)) == []
