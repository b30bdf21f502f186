"""What was planted in the demo's past is found in it, and a plant that is another one is told from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from agent.carbon_history import PastCloser, carbon_past, declare_past
from agent.compared import Compared, Truths, compare, truths_of
from agent.compared_carbon import CarbonPast, compare_carbon
from agent.history import declared_events, history_since
from agent.hourly import Hourly
from agent.margins import joined
from agent.shipped_factors import adopt
from analytics.baseline import fit
from analytics.declared import declare
from analytics.meters import needed
from analytics.prepared import Prepared, prepare
from analytics.whole import analyse
from config import Loaded, load
from domain.carbon_entries import AluminiumLot
from domain.ledger import BaselineApproved, BaselineFitted, Body, Entry
from domain.periods import DAY_MS, PeriodKind, PlantCalendar
from domain.reading import Gap, Quality, Reading
from domain.results import Results
from domain.series import Series, no_series
from domain.windows import Windows
from simulators.history import chapters
from simulators.plant import PlantSimulator
from simulators.planted import planted
from simulators.scenario import Effect, Scenario, shipped_scenario
from storage.ledger import SqliteLedger

START = 1_795_345_387_123
YEAR_2025 = 1_735_660_800_000


class Held:
    """Readings in memory."""

    def __init__(self, readings: Mapping[str, Series]) -> None:
        self._readings = readings

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        return {point: self._readings[point].between(since, until) for point in points}

    def last_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        return self._good(points, at, -1)

    def next_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        return self._good(points, at, 0)

    def _good(self, points: Sequence[str], at: int, step: int) -> Mapping[str, Reading]:
        found = {}
        for point in points:
            own = self._readings[point]
            good, value = own.at[own.has_value], own.value[own.has_value]
            i = int(np.searchsorted(good, at, side="right")) + step
            if 0 <= i < len(good):
                found[point] = Reading(
                    point=point, at=int(good[i]), value=float(value[i]), quality=Quality.GOOD
                )
        return found

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Past:
    """The demo's past, computed once."""

    loaded: Loaded
    windows: Mapping[str, Windows]
    prepared: Prepared
    results: Results
    truths: Truths
    carbon: CarbonPast
    """Its entries are in the results: months and years closed, one restated, one invoice late."""

    def compared(self, *effects: Effect) -> dict[str, Compared]:
        """Return the rows against a plant in which other things happened, by what they are about."""
        other = simulated(self.loaded, Scenario(effects=effects))
        happened = planted(self.loaded.plant, other, since=START - 70 * DAY_MS, until=START)
        return self.against(replace(self.truths, planted=happened))

    def against(self, truths: Truths) -> dict[str, Compared]:
        rows = compare(truths, self.results, self.windows, self.prepared.calendar)
        return {row.what: row for row in rows}


def simulated(loaded: Loaded, scenario: Scenario, seed: int = 1) -> PlantSimulator:
    return PlantSimulator(loaded.plant, now_ms=lambda: START, seed=seed, scenario=scenario)


def entries(bodies: Sequence[Body]) -> list[Entry]:
    return [
        Entry(number=number, at=START, who="test", why="", body=body)
        for number, body in enumerate(bodies, start=1)
    ]


def carbon_closed(
    loaded: Loaded, prepared: Prepared, bodies: Sequence[Body], carbon: CarbonPast, folder: Path
) -> Prepared:
    """Return the figures with everything that was declared for carbon, as the demo begins."""
    with closing(SqliteLedger(folder / "ledger.sqlite")) as ledger:
        ledger.add(bodies, who="test", why="", at=START)
        adopt(ledger, at=START)
        declare_past(carbon.entries, ledger, at=START, late=False)
        closer = PastCloser(loaded, ledger, at=START)

        def now() -> Prepared:
            return replace(prepared, declared=declare(ledger.entries(), loaded.method))

        months = closer.close(now(), PeriodKind.MONTH, known=ledger.last())
        declare_past(carbon.entries, ledger, at=START, late=True)
        assert closer.restate(now(), known=ledger.last()) == 1
        assert closer.restate(now(), known=ledger.last()) == 0
        assert (months, closer.close(now(), PeriodKind.YEAR, known=ledger.last())) == (33, 2)
        return now()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    loaded = load(Path(__file__).parents[2] / "config/examples/demo.toml", {})
    plant, method, since = loaded.plant, loaded.method, history_since(loaded.plant)
    simulator = simulated(loaded, shipped_scenario("demo"))
    calendar = PlantCalendar(ZoneInfo(plant.time_zone))
    parts: dict[str, Series] = {}
    for chapter in chapters(plant, simulator, calendar, since=since, until=START):
        for part in chapter.series:
            parts[part.point] = joined(parts.get(part.point, no_series(part.point)), part)
    bodies: list[Body] = list(declared_events(plant, simulator, since=since, until=START))
    declared = declare(entries(bodies), method)
    found = Hourly(Held(parts), method).compute(
        needed(plant),
        since,
        START,
        calendar=calendar,
        events=declared.meter_events,
        horizon=START,
    )
    windows = {each.point: each for each in found}
    prepared = prepare(plant, method, declared, windows, since=since, until=START)
    for rows in prepared.rows.values():
        baseline, _ = fit(rows, since=since, until=YEAR_2025)
        assert baseline is not None
        assert baseline.failures == ()
        approved = BaselineApproved(baseline=baseline.id, process=rows.process, valid_from=since)
        bodies += [BaselineFitted(baseline=baseline), approved]
    carbon = carbon_past(plant, simulator, calendar, since=since, until=START, seed=1)
    prepared = carbon_closed(loaded, prepared, bodies, carbon, tmp_path_factory.mktemp("past"))
    results = analyse(prepared, now=START, hours_since=START)
    truths = truths_of(plant, simulator, windows, since=since, until=START)
    return Past(
        loaded=loaded, windows=windows, prepared=prepared, results=results, truths=truths, carbon=carbon
    )


def test_everything_that_was_planted_is_found(past: Past) -> None:
    rows = past.against(past.truths)
    assert list(rows) == [
        "coil improves",
        "sheet improves",
        "coil drifts",
        "gas_sheet.volume_reference exchange",
        "heat_sheet.heat_energy reset",
        "em_utilities.active_energy_import wrap",
        "power_room cut off",
        "gas, 4 counters",
        "electricity, 6 counters",
    ]
    assert [row for row in rows.values() if not row.agrees] == []


def test_a_drift_of_another_size_line_or_time_is_not_the_one_that_was_found(past: Past) -> None:
    def drift(line: str, percent: float, since: str) -> Compared:
        effect = Effect(kind="drift", line=line, percent=percent, since=since)
        return past.compared(effect)[f"{line} drifts"]

    assert drift("coil", 6.0, "-24d").agrees
    assert drift("coil", 6.0, "-28d").agrees
    assert not drift("coil", 3.0, "-24d").agrees
    assert not drift("coil", 9.0, "-24d").agrees
    assert not drift("coil", 6.0, "-60d").agrees
    assert drift("sheet", 6.0, "-24d").found == "no open alert"


def test_what_happened_to_other_meters_or_on_other_days_was_not_found(past: Past) -> None:
    effects = (
        Effect(kind="exchange", device="gas_sheet", register="volume_reference", since="-50d", declared=True),
        Effect(kind="exchange", device="heat_coil", register="heat_energy", since="-33d"),
        Effect(kind="outage", link="power_room", since="-15d", until="-14d17h"),
        Effect(kind="outage", link="workshop", since="-10d", until="-9d17h"),
    )
    rows = past.compared(*effects)
    assert [what for what, row in rows.items() if row.agrees and "improves" not in what] == [
        "gas, 4 counters",
        "electricity, 6 counters",
    ]


def test_an_outage_of_another_length_is_not_the_one_that_was_found(past: Past) -> None:
    effect = Effect(kind="outage", link="power_room", since="-10d", until="-9d20h")
    assert not past.compared(effect)["power_room cut off"].agrees


def test_consumption_of_another_plant_is_not_this_plants(past: Past) -> None:
    other = simulated(past.loaded, shipped_scenario("demo"), seed=2)
    rows = past.against(truths_of(past.loaded.plant, other, past.windows, since=START - DAY_MS, until=START))
    assert [row.what for row in rows.values() if row.what.endswith("counters") and row.agrees] == []


def test_a_window_that_counts_too_much_is_told(past: Past) -> None:
    point = "gas_coil.volume_reference"
    amount = past.windows[point].amount.copy()
    amount[5000] *= 1.5
    wrong = replace(past.windows[point], amount=amount)
    other = replace(past, windows={**past.windows, point: wrong})
    assert not other.against(past.truths)["gas, 4 counters"].agrees


def test_results_without_alerts_and_findings_agree_with_nothing_planted(past: Past) -> None:
    silent = replace(past, results=replace(past.results, alerts=(), findings=()))
    rows = silent.against(past.truths)
    assert [what for what, row in rows.items() if row.agrees] == [
        "gas, 4 counters",
        "electricity, 6 counters",
    ]


def test_another_rate_of_improvement_is_not_the_one_that_was_found(past: Past) -> None:
    def told(rate: float) -> bool:
        other = tuple(
            replace(each, size=rate) if (each.kind, each.subject) == ("improvement", "coil") else each
            for each in past.truths.planted
        )
        return past.against(replace(past.truths, planted=other))["coil improves"].agrees

    assert told(0.024)
    assert not told(0.020)
    assert not told(0.028)


def test_the_true_inventory_and_the_faults_in_its_entries_are_found(past: Past) -> None:
    rows = {row.what: row for row in compare_carbon(past.carbon, past.results.inventories)}
    assert list(rows)[:4] == [
        "Scope 1", "Scope 2, location-based", "Scope 2, market-based", "Scope 3, category 1",
    ]  # fmt: skip
    assert len(rows) == 9
    assert [row for row in rows.values() if not row.agrees] == []


def test_another_plant_emitted_otherwise(past: Past) -> None:
    hotter = replace(past.carbon.months[7], gas_m3=past.carbon.months[7].gas_m3 * 1.001)
    months = (*past.carbon.months[:7], hotter, *past.carbon.months[8:])
    rows = compare_carbon(replace(past.carbon, months=months), past.results.inventories)
    assert {row.what for row in rows if not row.agrees} == {"Scope 1"}


def test_an_inventory_without_its_last_month_or_lot_is_told(past: Past) -> None:
    kept = [each for each in past.results.inventories if each.period.name != past.carbon.months[-1].name]
    rows = {row.what: row for row in compare_carbon(past.carbon, kept)}
    assert not rows["Scope 3, category 1"].agrees
    lots = [each for each in past.carbon.entries if isinstance(each.body, AluminiumLot)]
    fewer = [each for each in past.carbon.entries if each is not lots[40]]
    rows = {
        row.what: row for row in compare_carbon(replace(past.carbon, entries=fewer), past.results.inventories)
    }
    assert not rows["Scope 3, category 1"].agrees
