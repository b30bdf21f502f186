"""Doubts about windows, METHOD 1: nothing about an honest plant, and what was planted in one that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from analytics.counters import consumption
from analytics.gauges import means
from analytics.plausibility import window_findings
from domain.findings import Finding, Severity
from domain.ledger import MeterEvent, MeterEventKind
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS
from domain.plant import Carrier, MeterRole, Point
from domain.series import series_of
from domain.windows import Flag, Grade, Windows
from tests.analytics.made import NAN, START, hours, plant, point
from tests.analytics.readings import GAP, MINUTE

FEEDER = point("em", Carrier.ELECTRICITY, MeterRole.MAIN)
PV = point("pv", Carrier.PV)
GAS = replace(point("gas", Carrier.GAS, unit="m3"), shares={"coil": 1.0})
OUTPUT = replace(point("line", Carrier.PRODUCTION, unit="t"), shares={"coil": 1.0})
SPEED = replace(
    point("speed", Carrier.PRODUCTION, device="line", unit="m/min", is_counter=False), shares={"coil": 1.0}
)
OVEN = point("oven", unit="C", is_counter=False)
METHOD = Method()


def found(*windows: Windows, points: tuple[Point, ...] = (), **other: Any) -> list[Finding]:
    """Return the findings about the points, whose windows are given in the same order."""
    chosen = points or (GAS,)
    named = {each.id: replace(own, point=each.id) for each, own in zip(chosen, windows, strict=True)}
    return list(window_findings(plant(*chosen), METHOD, named, **other))


def codes(*windows: Windows, points: tuple[Point, ...] = ()) -> list[str]:
    return [each.code for each in found(*windows, points=points)]


def span(finding: Finding) -> tuple[float, float | None]:
    """Return since and until in hours after START."""
    assert finding.since is not None
    until = None if finding.until is None else (finding.until - START) / HOUR_MS
    return (finding.since - START) / HOUR_MS, until


# An honest plant


def test_an_honest_plant_gives_no_finding_and_exact_amounts() -> None:
    random = np.random.default_rng(7)
    at = START - 90_000 + np.arange(0, 10 * DAY_MS, MINUTE, dtype=np.int64)
    quality = np.zeros(len(at), np.uint8)
    edges = START + np.arange(0, 10 * 24 + 2) * HOUR_MS - HOUR_MS
    windows = {}
    points = (FEEDER, PV, GAS, OUTPUT, SPEED, OVEN)
    is_night = ((at - START) // HOUR_MS % 24 < 6).astype(np.float64)
    for each in points:
        level = random.uniform(1.0, 2.0, len(at))
        if each in (PV, GAS, OUTPUT, SPEED):
            level *= 1.0 - is_night
        if each.is_counter:
            readings = series_of(each.id, at, np.cumsum(level), quality)
            windows[each.id] = consumption(each, readings, edges, gap_ms=GAP)
            total = np.nansum(windows[each.id].amount)
            assert total == pytest.approx(readings.value[-1] - readings.value[0])
        else:
            windows[each.id] = means(each, series_of(each.id, at, level, quality), edges, gap_ms=GAP)
    assert window_findings(plant(*points), METHOD, windows) == ()


def test_no_windows_and_points_of_no_plant_give_nothing() -> None:
    assert window_findings(plant(GAS), METHOD, {"other.point": hours("other.point", [1.0])}) == ()
    assert found(hours("gas.gas", [])) == []


# Flags


@pytest.mark.parametrize(
    ("flag", "code", "severity"),
    [
        (Flag.RESET, "counter.reset_undeclared", Severity.ERROR),
        (Flag.RESET | Flag.EXCHANGE, "counter.event_unfit", Severity.ERROR),
        (Flag.RESET | Flag.WRAPS_UNKNOWN, "counter.wraps_unknown", Severity.ERROR),
        (Flag.EXCHANGE, "counter.exchange", Severity.INFO),
        (Flag.WRAP, "counter.wrap", Severity.INFO),
        (Flag.GAP, "counter.gap", Severity.WARNING),
        (Flag.BAD, "counter.bad_readings", Severity.INFO),
        (Flag.CONFLICT, "counter.conflict", Severity.WARNING),
        (Flag.SPIKE, "counter.spike", Severity.WARNING),
        (Flag.DOUBTFUL, "clock.doubtful", Severity.WARNING),
    ],
)
def test_a_flag_is_a_finding_with_its_span(flag: Flag, code: str, severity: Severity) -> None:
    flags = [Flag.NONE, Flag.NONE, flag, flag, Flag.NONE]
    (one,) = found(hours("gas.gas", [1.0, 1.0, NAN if flag & Flag.RESET else 1.0, 1.0, 1.0], flags=flags))
    assert (one.code, one.key, one.severity) == (code, "gas.gas", severity)
    assert span(one) == (2, 4)
    assert one.facts["windows"] == 2.0
    assert one.problem
    assert one.remedy


def test_flags_that_say_nothing_alone_are_no_finding() -> None:
    assert codes(hours("gas.gas", [1.0, 1.0], flags=[Flag.INTEGRATED, Flag.OPEN])) == []


def test_doubts_that_come_again_within_a_day_are_one_finding() -> None:
    flags = [Flag.NONE] * 100
    for hour in (3, 10, 30, 80):
        flags[hour] = Flag.SPIKE
    assert [span(each) for each in found(hours("gas.gas", [1.0] * 100, flags=flags))] == [(3, 31), (80, 81)]


def test_every_undeclared_reset_has_its_own_finding() -> None:
    flags = [Flag.NONE, Flag.RESET, Flag.NONE, Flag.RESET]
    assert len(found(hours("gas.gas", [1.0, NAN, 1.0, NAN], flags=flags))) == 2


def test_findings_of_a_gauge_are_named_as_such() -> None:
    assert codes(hours("oven.oven", [1.0, 1.0], flags=[Flag.BAD, Flag.NONE]), points=(OVEN,)) == [
        "gauge.bad_readings"
    ]


# Gaps


def test_a_gap_that_lasts_has_no_end_and_the_current_window_is_none_yet() -> None:
    late = Flag.GAP | Flag.OPEN
    flags = [Flag.NONE, Flag.OPEN, late, late]
    (one,) = found(hours("gas.gas", [1.0, 0.5, NAN, NAN], flags=flags, coverage=[1.0, 0.5, 0.0, 0.0]))
    assert span(one) == (2, None)
    assert one.facts["unseen_h"] == 1.0
    assert codes(hours("gas.gas", [1.0, NAN], flags=[Flag.NONE, late], coverage=[1.0, 0.0])) == []


def test_the_time_before_the_first_reading_is_no_gap() -> None:
    flags = [Flag.GAP, Flag.GAP, Flag.NONE, Flag.GAP, Flag.NONE]
    windows = hours("gas.gas", [NAN, NAN, 1.0, 1.0, 1.0], flags=flags, coverage=[0.0, 0.0, 0.5, 0.2, 1.0])
    (one,) = found(windows)
    assert span(one) == (3, 4)
    assert one.facts["unseen_h"] == pytest.approx(0.8)


def test_what_is_said_of_a_gap_is_true_of_it() -> None:
    late = Flag.GAP | Flag.OPEN

    def told(amount: list[float], flags: list[Flag], coverage: list[float]) -> list[str]:
        doubts = found(hours("gas.gas", amount, flags=flags, coverage=coverage))
        return [each.problem for each in doubts if each.code == "counter.gap"]

    (never,) = told([NAN] * 3, [late] * 3, [0.0] * 3)
    assert "nothing is known" in never
    bridged, after = told(
        [1.0, 1.0, NAN, NAN], [Flag.NONE, Flag.GAP | Flag.OPEN, late, late], [1.0, 0.2, 0.0, 0.0]
    )
    assert "its total is exact" in bridged
    assert "until it is read again" in after
    (held,) = told([1.0, NAN, 1.0], [Flag.NONE, Flag.GAP | Flag.RESET, Flag.NONE], [1.0, 0.0, 1.0])
    assert "held back" in held
    assert not any("exact" in each for each in (never, after, held))


@pytest.mark.parametrize(("days", "expected"), [(7, 0), (8, 1)])
def test_more_than_a_week_of_estimates_is_a_finding(days: int, expected: int) -> None:
    grades = [Grade.ESTIMATED] * (24 * days) + [Grade.MEASURED]
    windows = hours("gas.gas", [1.0] * len(grades), grade=grades, coverage=0.0)
    assert codes(windows) == ["counter.prolonged_estimation"] * expected


# Rated maximum


def test_a_counter_that_is_counted_without_a_rated_maximum_is_told_once() -> None:
    bare = replace(GAS, rated_max_per_hour=None)
    (one,) = found(hours("gas.gas", [1.0] * 99), points=(bare,))
    assert (one.code, one.key, one.severity) == ("counter.no_rated_maximum", "gas.gas", Severity.WARNING)
    assert (one.since, one.until) == (None, None)
    idle = replace(bare, carrier=None)
    assert codes(hours("gas.gas", [1.0] * 9), points=(idle,)) == []


# Stuck


def test_an_incoming_feeder_that_counts_nothing_is_stuck() -> None:
    (one,) = found(hours("em.em", [5.0] + [0.0] * 6 + [5.0]), points=(FEEDER,))
    assert one.code == "counter.stuck"
    assert span(one) == (1, 7)
    assert one.facts["standing_h"] == 6.0


def test_a_feeder_that_still_stands_has_no_end() -> None:
    (one,) = found(hours("em.em", [5.0] + [0.0] * 9), points=(FEEDER,))
    assert span(one) == (1, None)


def test_a_short_stand_or_one_that_nobody_watched_is_none() -> None:
    assert codes(hours("em.em", [5.0] + [0.0] * 5 + [5.0]), points=(FEEDER,)) == []
    assert codes(hours("em.em", [0.0] * 24, coverage=0.1), points=(FEEDER,)) == []


EXPORT = point("out", Carrier.ELECTRICITY, MeterRole.EXPORT, device="em")
SUB = point("sub", Carrier.ELECTRICITY)
NIGHT, SUNNY = [0.0] * 6, [8.0] * 9


def site(bought: list[float], exported: list[float], made: list[float], taken: list[float]) -> list[Finding]:
    """Return the findings about a site with PV on its roof, by the hour."""
    parts = zip(("em.em", "em.out", "pv.pv", "sub.sub"), (bought, exported, made, taken), strict=True)
    return found(*(hours(name, amount) for name, amount in parts), points=(FEEDER, EXPORT, PV, SUB))


def test_a_feeder_may_stand_on_a_sunny_sunday() -> None:
    bought = [2.0] * 6 + [0.0] * 9 + [2.0] * 6
    load, sun = [2.0] * 21, [*NIGHT, *SUNNY, *NIGHT]
    assert site(bought, [*NIGHT, *([6.0] * 9), *NIGHT], sun, load) == []
    # Without a counter of export that moves: what the sub-meters took came from the roof.
    assert site(bought, [0.0] * 21, sun, load) == []
    assert site(bought, [NAN] * 21, sun, load) == []


def test_a_feeder_that_stands_at_night_is_stuck_whatever_the_day_was_like() -> None:
    exported, sun = [*([6.0] * 9), *NIGHT], [*SUNNY, *NIGHT]
    (one,) = site([0.0] * 15, exported, sun, [2.0] * 15)
    assert (one.code, one.key) == ("counter.stuck", "em.em")
    assert one.facts["standing_h"] == 6.0
    (one,) = site([0.0] * 9, [0.0] * 9, [1.0] * 9, [2.0] * 9)
    assert one.facts["standing_h"] == 9.0
    (one,) = site([0.0] * 6, [0.0] * 6, NIGHT, [0.0] * 6)
    assert one.facts["standing_h"] == 6.0


@pytest.mark.parametrize("each", [PV, GAS, OUTPUT, point("sub", Carrier.ELECTRICITY)])
def test_what_may_stand_is_not_stuck(each: Point) -> None:
    assert codes(hours(each.id, [0.0] * 100), points=(each,)) == []


def test_gas_that_stands_while_its_process_makes_output_is_stuck() -> None:
    output = [0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    (one,) = found(hours("gas.gas", [0.0] * 10), hours("line.line", output), points=(GAS, OUTPUT))
    assert (one.code, one.key) == ("counter.stuck", "gas.gas")
    assert one.facts["standing_h"] == 6.0
    other = replace(OUTPUT, shares={"sheet": 1.0})
    assert codes(hours("gas.gas", [0.0] * 10), hours("line.line", output), points=(GAS, other)) == []


def test_output_that_stands_while_the_line_runs_is_stuck() -> None:
    speed = hours("line.speed", [30.0] * 8)
    assert codes(hours("line.line", [0.0] * 8), speed, points=(OUTPUT, SPEED)) == ["counter.stuck"]
    assert codes(hours("line.line", [0.0] * 8), hours("line.speed", [0.0] * 8), points=(OUTPUT, SPEED)) == []


def test_a_gauge_is_stuck_when_it_shows_one_value_for_long() -> None:
    windows = hours("oven.oven", [180.0] * 12, flags=Flag.STUCK)
    level = np.array([180.0] * 7 + [181.0] * 5)
    (one,) = found(replace(windows, minimum=level, maximum=level), points=(OVEN,))
    assert one.code == "gauge.stuck"
    assert span(one) == (0, 7)
    assert "180 C" in one.problem


# Calibration


def calibrated(day: int, valid_until: date | None, name: str = "gas.gas") -> MeterEvent:
    return MeterEvent(
        kind=MeterEventKind.CALIBRATION, point=name, at=START + day * DAY_MS, valid_until=valid_until
    )


def test_an_expired_calibration_is_a_finding_from_the_day_after() -> None:
    windows = hours("gas.gas", [1.0] * 240)
    assert found(windows, events=[calibrated(-300, date(2026, 12, 31)), calibrated(0, None)]) == []
    (one,) = found(windows, events=[calibrated(-300, date(2026, 1, 4))])
    assert one.code == "counter.calibration_expired"
    assert span(one) == (4 * 24, None)
    (one,) = found(windows, events=[calibrated(6, date(2028, 1, 1)), calibrated(-300, date(2026, 1, 4))])
    assert span(one) == (4 * 24, 6 * 24)
    renewed = [calibrated(2, date(2028, 1, 1)), calibrated(-300, date(2026, 1, 4))]
    assert found(windows, events=renewed) == []
    assert found(windows, events=[calibrated(-300, date(2026, 1, 4), "gas.other")]) == []


# From readings to findings


def test_planted_faults_are_found_each_once() -> None:
    at = START + np.arange(0, 3 * DAY_MS, MINUTE, dtype=np.int64)
    value = np.cumsum(np.full(len(at), 0.5))
    value[600] += 9999.0
    value[2000:] -= value[2000] - 3.0
    quality = np.zeros(len(at), np.uint8)
    quality[3000:3010] = 12
    keep = np.ones(len(at), np.bool_)
    keep[3600:3700] = False
    readings = series_of("gas.gas", at[keep], value[keep], quality[keep])
    meter = replace(GAS, rated_max_per_hour=120.0)
    windows = consumption(meter, readings, START + np.arange(0, 72) * HOUR_MS, gap_ms=GAP)
    doubts = found(windows, points=(meter,))
    assert sorted((each.code, span(each)) for each in doubts) == [
        ("counter.bad_readings", (49, 51)),
        ("counter.gap", (59, 62)),
        ("counter.reset_undeclared", (33, 34)),
        ("counter.spike", (9, 11)),
    ]
