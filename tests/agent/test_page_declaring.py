"""What a person records through the page is in the ledger as if typed; what is refused names its field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from agent.page_source import LocalSource
from domain.declared import AlertPicture, Refused
from domain.ledger import AlertAction, AlertEntry, Body, MeterEvent, Production
from domain.periods import HOUR_MS
from storage.ledger import SqliteLedger
from tests.agent import figured
from tests.agent.figured import GAS, NOW, Figured
from tests.agent.paged import paged

Ask = Callable[[LocalSource], object]
WHO, WHY = "Li", "seen on the spot"


@pytest.fixture
def source(watched: Figured) -> Iterator[LocalSource]:
    """Give a plant of one's own that is held against a baseline."""
    with paged(watched) as found:
        yield found


@pytest.fixture(scope="module")
def shared(watched_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSource]:
    """Give such a plant for what leaves its alerts and baselines as they are."""
    folder = figured.copy(watched_once, tmp_path_factory.mktemp("refusing") / "plant")
    with pytest.MonkeyPatch.context() as monkeypatch, paged(Figured(folder, monkeypatch)) as found:
        fitting(found, date(2026, 9, 15), date(2026, 11, 9))
        yield found


def waiting(source: LocalSource) -> AlertPicture:
    """Return the drift that is open."""
    return next(each for each in source.alerts() if each.alert and each.alert.code == "drift.up")


def body_of(source: LocalSource, number: int) -> Body:
    """Return what an entry of the ledger says."""
    return source._parts.ledger.entries()[number - 1].body


def test_an_alert_is_taken_over_once_and_is_so_in_ledger_and_list(
    source: LocalSource, watched: Figured
) -> None:
    drift = waiting(source)
    [number] = source.acknowledge(drift.id, who="Li", why="  on\nmy way ")
    entry = watched.entries()[number - 1]
    assert isinstance(entry.body, AlertEntry)
    assert (entry.body.action, entry.who, entry.why, entry.at) == (
        AlertAction.ACKNOWLEDGED, "Li", "on my way", NOW,
    )  # fmt: skip
    after = waiting(source)
    assert (after.state, after.is_waiting) == ("acknowledged", True)
    assert [(step.action, step.who) for step in after.steps] == [("acknowledged", "Li")]
    with pytest.raises(Refused, match="Li has acknowledged it") as refused:
        source.acknowledge(drift.id, who="Wang", why=WHY)
    assert refused.value.subject == "alert"


def test_an_alert_is_closed_with_its_cause_and_waits_no_more(source: LocalSource) -> None:
    before = source.now().open_alerts
    source.close_alert(waiting(source).id, cause="burner", who=WHO, why=WHY, is_permanent=True)
    after = waiting(source)
    assert (after.state, after.steps[-1].cause) == ("closed", "burner")
    source.look()
    assert source.now().open_alerts == before - 1


def test_an_exchange_is_recorded_with_its_indexes(shared: LocalSource) -> None:
    [number] = shared.declare_exchange(
        GAS, at="2026-11-30T08:00", old_final=123.5, new_start=0.0, certificate="C-1", who=WHO, why=WHY
    )
    body = body_of(shared, number)
    assert isinstance(body, MeterEvent)
    assert (body.point, body.old_final, body.new_start, body.certificate) == (GAS, 123.5, 0.0, "C-1")
    [entry] = shared.entries(limit=1)
    assert (entry.kind, entry.subject, entry.number) == ("exchange", GAS, number)


def test_output_is_recorded_in_the_unit_of_the_process(shared: LocalSource) -> None:
    [number] = shared.state_production(
        "coil",
        since="2026-11-30T08:00",
        until="2026-11-30T20:00",
        quantity=30_000,
        unit="kg",
        who=WHO,
        why=WHY,
    )
    body = body_of(shared, number)
    assert isinstance(body, Production)
    assert (body.quantity, body.unit, body.until - body.since) == (30.0, "t", 12 * HOUR_MS)


def test_a_baseline_is_fitted_then_approved_then_in_use(source: LocalSource) -> None:
    first = source.baselines()[0].baseline.id
    [_] = source.fit_baseline("coil", first=date(2026, 9, 15), last=date(2026, 11, 9), who=WHO, why="")
    fitted = source.baselines()[0]
    assert (fitted.baseline.id != first, fitted.is_in_use, fitted.fitted_by) == (True, False, WHO)
    source.approve_baseline(fitted.baseline.id, valid_from="2026-11-20", who="Wang", why=WHY)
    approved = source.baselines()[0]
    assert (approved.is_in_use, approved.approved_by) == (True, "Wang")
    assert sum(each.is_in_use for each in source.baselines()) == 1
    assert source.fit_baseline("coil", first=date(2026, 9, 15), last=date(2026, 11, 9), who=WHO, why="") == ()


def test_what_somebody_else_records_in_between_is_looked_at_again(
    source: LocalSource, watched: Figured, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = source._parts.ledger
    add, drift = ledger.add, waiting(source)
    body = AlertEntry(alert=drift.id, action=AlertAction.CLOSED, at=NOW, subject="coil", cause="leak")

    def late(*args: object, **given: object) -> object:
        monkeypatch.undo()
        with closing(SqliteLedger(watched.folder / "state" / "ledger.sqlite")) as other:
            other.add([body], who="Wang", why="quicker", at=NOW)
        return add(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "add", late)
    with pytest.raises(Refused, match="Wang has closed it"):
        source.acknowledge(drift.id, who="Li", why=WHY)


def exchanging(source: LocalSource, **given: object) -> object:
    """Declare an exchange with something of it otherwise."""
    told = {"point": GAS, "at": "2026-11-30T08:00", "old_final": 1.0, "new_start": 0.0, "certificate": ""}
    named = told | {"who": WHO, "why": WHY} | given
    point = str(named.pop("point"))
    return source.declare_exchange(point, **named)  # type: ignore[arg-type]


def stating(source: LocalSource, **given: object) -> object:
    """State output with something of it otherwise."""
    told = {"since": "2026-11-30T08:00", "until": "2026-11-30T20:00", "quantity": 30.0, "unit": "t"}
    named = {"process": "coil"} | told | {"who": WHO, "why": WHY} | given
    process = str(named.pop("process"))
    return source.state_production(process, **named)  # type: ignore[arg-type]


def fitting(source: LocalSource, first: date, last: date, process: str = "coil") -> object:
    """Fit a baseline."""
    return source.fit_baseline(process, first=first, last=last, who=WHO, why="")


@pytest.mark.parametrize(
    ("field", "words", "ask"),
    [
        pytest.param("who", "empty", lambda s: exchanging(s, who=" "), id="nobody"),
        pytest.param("who", "at most 100", lambda s: exchanging(s, who="x" * 101), id="a name without end"),
        pytest.param("why", "empty", lambda s: exchanging(s, why="\n"), id="no reason"),
        pytest.param("why", "cannot be printed", lambda s: exchanging(s, why="a\x1bb"), id="an escape"),
        pytest.param("point", "not the id", lambda s: exchanging(s, point="gas_coil.volume"), id="no point"),
        pytest.param("point", "no counter", lambda s: exchanging(s, point="gas_coil.flow_reference"),
                     id="a flow"),
        pytest.param("at", "no time", lambda s: exchanging(s, at="2026-11-30"), id="an exchange of a day"),
        pytest.param("at", "future", lambda s: exchanging(s, at="2027-11-30T08:00"), id="one to come"),
        pytest.param("at", "soon", lambda s: exchanging(s, at="soon"), id="no instant"),
        pytest.param("old_final", "no index", lambda s: exchanging(s, old_final=-1.0), id="below zero"),
        pytest.param("new_start", "no number", lambda s: exchanging(s, new_start=float("nan")), id="NaN"),
        pytest.param("process", "not the id", lambda s: stating(s, process="coill"), id="no process"),
        pytest.param("quantity", "below zero", lambda s: stating(s, quantity=-1.0), id="less than none"),
        pytest.param("quantity", "", lambda s: stating(s, quantity=1e9), id="more than the counter counts"),
        pytest.param("unit", "", lambda s: stating(s, unit="m2"), id="another unit"),
        pytest.param("since", "", lambda s: stating(s, since="x"), id="a begin that is none"),
        pytest.param("until", "", lambda s: stating(s, until="2026-11-30T08:00"), id="an empty span"),
        pytest.param("until", "", lambda s: stating(s, until="2026-12-09T08:00"), id="output to come"),
        pytest.param("process", "not the id", lambda s: fitting(s, date(2026, 9, 15), date(2026, 10, 1), "x"),
                     id="a model of nothing"),
        pytest.param("last", "before", lambda s: fitting(s, date(2026, 10, 2), date(2026, 10, 1)),
                     id="turned round"),
        pytest.param("last", "not over", lambda s: fitting(s, date(2026, 10, 2), date(2026, 12, 1)),
                     id="today"),
        pytest.param("first", "", lambda s: fitting(s, date(2026, 10, 2), date(2026, 10, 3)), id="two days"),
        pytest.param("baseline", "not the id",
                     lambda s: s.approve_baseline("coil-0", valid_from="", who=WHO, why=WHY),
                     id="no baseline"),
        pytest.param("valid_from", "before the end", lambda s: s.approve_baseline(
            s.baselines()[0].baseline.id, valid_from="2026-10-01", who=WHO, why=WHY), id="valid too early"),
        pytest.param("alert", "not the id", lambda s: s.acknowledge("drift", who=WHO, why=WHY),
                     id="no alert"),
        pytest.param("cause", "empty", lambda s: s.close_alert(waiting(s).id, cause=" ", who=WHO, why=WHY),
                     id="no cause"),
    ],
)  # fmt: skip
def test_refused_input_names_its_field_and_nothing_is_recorded(
    shared: LocalSource, field: str, words: str, ask: Ask
) -> None:
    before = shared.entries(limit=1)
    with pytest.raises(Refused) as refused:
        ask(shared)
    assert refused.value.subject == field
    assert words in f"{refused.value.problem}; {refused.value.hint}"
    assert refused.value.hint
    assert shared.entries(limit=1) == before


def test_only_a_drift_is_closed_as_the_new_normal(shared: LocalSource) -> None:
    body = AlertEntry(alert="silent-gas_coil", action=AlertAction.RAISED, at=NOW, subject="gas_coil")
    shared._parts.ledger.add([body], who="energy-agent", why="no reading", at=NOW)
    with pytest.raises(Refused, match="no drift") as refused:
        shared.close_alert(body.alert, cause="x", who=WHO, why=WHY, is_permanent=True)
    assert refused.value.subject == "is_permanent"


def test_output_is_stated_once(shared: LocalSource) -> None:
    span = {"since": "2026-11-28T08:00", "until": "2026-11-28T20:00"}
    stating(shared, **span)
    with pytest.raises(Refused, match="says so already") as refused:
        stating(shared, **span)
    assert refused.value.subject == "quantity"
