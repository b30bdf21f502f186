"""Only what has changed is written to the store, and what is no longer said is taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.kept import KeptResults
from domain.findings import Finding
from domain.periods import DAY_MS, HOUR_MS, Period, PeriodKind
from domain.ports import ResultRow
from domain.result_rows import KINDS, decode
from domain.results import Balance, Evidence, Intensity, Results
from storage.duckdb import DuckStore
from tests.analytics.made import START

END = 2**53
NOTHING = Evidence(shares={}, coverage=1.0, is_complete=True)


class Recording(DuckStore):
    """A store that remembers what it is asked to replace."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, {})
        self.calls: list[tuple[str, str | None, str | None, int, int, int]] = []

    def replace_results(
        self,
        kind: str,
        rows: Sequence[ResultRow],
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> None:
        self.calls.append((kind, period, subject, since, until, len(rows)))
        super().replace_results(kind, rows, since=since, until=until, period=period, subject=subject)

    def all(self, kind: str) -> list[Any]:
        return [decode(kind, row.body) for row in self.results(kind, since=0, until=END)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Recording]:
    with closing(Recording(tmp_path / "store.duckdb")) as opened:
        yield opened


def intensity(
    number: int, gas: float, *, process: str = "coil", kind: PeriodKind = PeriodKind.HOUR
) -> Intensity:
    length = HOUR_MS if kind is PeriodKind.HOUR else DAY_MS
    since = START + number * length
    names = (
        "output", "gas_kwh", "co2_kg", "ratio", "expected_nm3", "index", "normalised", "saving_nm3",
        "base_nm3", "marginal_nm3", "production_nm3", "idle_nm3", "startup_nm3", "off_nm3",
    )  # fmt: skip
    return Intensity(
        process=process,
        period=Period(since=since, until=since + length, kind=kind, name=str(number)),
        output_unit="t",
        gas_nm3=gas,
        production_h=0.0,
        idle_h=0.0,
        startup_h=0.0,
        evidence=NOTHING,
        **dict.fromkeys(names),
    )


def results(*intensities: Intensity, **more: Any) -> Results:
    names = ("tracks", "watches", "alerts", "balances", "pv", "heat", "findings")
    return Results(
        since=START, until=START + DAY_MS, intensities=intensities, **{**dict.fromkeys(names, ()), **more}
    )


def keep(store: Recording, said: Results, *, hours_since: int = 0) -> int:
    """Keep results and return how many calls that took."""
    store.calls.clear()
    KeptResults(store).keep(said, hours_since=hours_since)
    return len(store.calls)


def everything() -> Results:
    hours = [
        intensity(number, 10.0 * number, process=name) for name in ("coil", "sheet") for number in range(24)
    ]
    balance = Balance(
        carrier="gas",
        period=Period(since=START, until=START + DAY_MS, kind=PeriodKind.DAY, name="d"),
        main=1.0, subs=1.0, unallocated=0.0, share=0.0, evidence=NOTHING,
    )  # fmt: skip
    finding = Finding(code="a.b", key="k", problem="p", remedy="r", since=START, until=START + 1)
    return results(
        *hours, intensity(0, 2760.0, kind=PeriodKind.DAY), balances=(balance,), findings=(finding,)
    )


def test_results_are_kept_as_they_were_said(store: Recording) -> None:
    said = everything()
    keep(store, said)
    assert sorted(map(repr, store.all("intensity"))) == sorted(map(repr, said.intensities))
    assert store.all("balance") == list(said.balances)
    assert store.all("finding") == list(said.findings)


def test_the_same_results_again_write_nothing(store: Recording) -> None:
    assert keep(store, everything()) > 0
    assert keep(store, everything()) == 0


def test_only_the_span_that_changed_is_written(store: Recording) -> None:
    said = everything()
    keep(store, said)
    changed = [
        replace(each, gas_nm3=-1.0)
        if each.process == "coil" and each.period.kind is PeriodKind.HOUR and each.period.name in ("5", "7")
        else each
        for each in said.intensities
    ]
    assert keep(store, replace(said, intensities=tuple(changed))) == 1
    assert store.calls == [("intensity", "hour", "coil", START + 5 * HOUR_MS, START + 7 * HOUR_MS + 1, 3)]
    assert sorted(map(repr, store.all("intensity"))) == sorted(map(repr, changed))


def test_rows_that_are_no_longer_said_are_removed(store: Recording) -> None:
    said = everything()
    keep(store, said)
    fewer = [each for each in said.intensities if each.period.name != "3" and each.process == "coil"]
    keep(store, results(*fewer))
    assert sorted(map(repr, store.all("intensity"))) == sorted(map(repr, fewer))
    for kind in set(KINDS) - {"intensity"}:
        assert store.all(kind) == []


def test_hours_before_those_computed_stay(store: Recording) -> None:
    said = everything()
    keep(store, said)
    since = START + 20 * HOUR_MS
    late = [
        replace(each, gas_nm3=0.5)
        for each in said.intensities
        if each.period.kind is PeriodKind.HOUR and each.period.since >= since
    ]
    keep(store, replace(said, intensities=(*late, said.intensities[-1])), hours_since=since)
    kept = {
        (each.process, each.period.name): each.gas_nm3
        for each in store.all("intensity")
        if each.period.kind is PeriodKind.HOUR
    }
    assert len(kept) == 48
    assert kept["coil", "19"] == 190.0
    assert kept["coil", "20"] == 0.5


def test_an_hour_that_began_before_the_instant_asked_for_is_kept_too(store: Recording) -> None:
    """What is computed anew begins amid an hour; the whole hour is another one."""
    keep(store, results(*(intensity(number, 1.0) for number in range(4))))
    again = results(intensity(2, 9.0), intensity(3, 9.0))
    keep(store, again, hours_since=START + 2 * HOUR_MS + 600_000)
    assert [each.gas_nm3 for each in store.all("intensity")] == [1.0, 1.0, 9.0, 9.0]


def test_open_periods_are_written_alone(store: Recording) -> None:
    keep(store, everything())
    store.calls.clear()
    KeptResults(store).keep_open([intensity(23, 77.0), intensity(0, 2800.0, kind=PeriodKind.DAY)])
    assert [call[:2] for call in store.calls] == [("intensity", "day"), ("intensity", "hour")]
    kept = {
        (each.process, each.period.kind, each.period.name): each.gas_nm3 for each in store.all("intensity")
    }
    assert kept["coil", "hour", "23"] == 77.0
    assert kept["coil", "day", "0"] == 2800.0
    assert kept["coil", "hour", "22"] == 220.0
    assert kept["sheet", "hour", "23"] == 230.0
    assert len(kept) == 49
    KeptResults(store).keep_open([])
    assert len(store.all("intensity")) == 49
