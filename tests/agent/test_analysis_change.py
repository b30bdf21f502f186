"""Figures follow another plant file as if it had always been that one, also when a kill comes between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import analysis
from domain.errors import StoreError
from domain.method import Method
from domain.periods import HOUR_MS, Shift, WorkingCalendar
from domain.plant import Plant, Point
from tests.agent.bundles import START
from tests.agent.test_analysis import DEVICES, Live

Change = Callable[[Plant, Method], tuple[Plant, Method]]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with closing(Live(tmp_path)) as running:
        running.until(START + 36 * HOUR_MS, step=36 * HOUR_MS)
        yield running


def point_changed(name: str, **values: Any) -> Change:
    """Return a change of one point."""

    def changed(point: Point) -> Point:
        return replace(point, **values) if point.id == name else point

    def change(plant: Plant, method: Method) -> tuple[Plant, Method]:
        devices = (replace(each, points=tuple(map(changed, each.points))) for each in plant.devices)
        return replace(plant, devices=tuple(devices)), method

    return change


def without_oven(plant: Plant, method: Method) -> tuple[Plant, Method]:
    return replace(plant, devices=tuple(each for each in plant.devices if each.id != "oven")), method


def longer_gaps(plant: Plant, method: Method) -> tuple[Plant, Method]:
    return plant, replace(method, gap_ms=7 * 60_000)


def other_shifts(plant: Plant, method: Method) -> tuple[Plant, Method]:
    early, late = Shift(name="e", start_min=375, end_min=1095), Shift(name="l", start_min=1095, end_min=375)
    return plant, replace(method, calendar=WorkingCalendar(day_start_min=375, shifts=(early, late)))


CHANGES = {
    "shares": point_changed("gas_line.volume", shares={"coil": 0.3, "sheet": 0.7}),
    "no carrier": point_changed("gas_main.volume", carrier=None),
    "rating": point_changed("gas_line.volume", rated_max_per_hour=30.0),
    "a device dropped": without_oven,
    "gap": longer_gaps,
    "calendar": other_shifts,
}


@pytest.mark.parametrize("change", [each for name, each in CHANGES.items() if name != "no carrier"])
def test_all_figures_follow_as_if_the_file_had_always_been_this(live: Live, change: Change) -> None:
    works = live.works
    works.plant, works.method = change(works.plant, works.method)
    live.analysis.take(works.plant, works.method)
    live.until(START + 37 * HOUR_MS, step=HOUR_MS)
    live.assert_as_computed_anew()


def test_a_kill_before_the_figures_follow_loses_none(live: Live) -> None:
    works = live.works
    for name in ("shares", "rating"):
        works.plant, works.method = CHANGES[name](works.plant, works.method)
    live.analysis.take(works.plant, works.method)
    live.restart()
    live.until(START + 37 * HOUR_MS, step=HOUR_MS)
    live.assert_as_computed_anew()


def test_a_point_that_counts_only_now_has_its_past(tmp_path: Path) -> None:
    with closing(Live(tmp_path)) as live:
        works = live.works
        live.analysis.take(*CHANGES["no carrier"](works.plant, works.method))
        live.until(START + 36 * HOUR_MS, step=36 * HOUR_MS)
        live.analysis.take(works.plant, works.method)
        live.until(START + 37 * HOUR_MS, step=HOUR_MS)
        live.assert_as_computed_anew()


def test_older_hours_follow_in_parts_also_over_a_kill_and_live_figures_stand_meanwhile(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "PART_MS", 6 * HOUR_MS)
    monkeypatch.setattr(analysis, "PART_S", 0.0)
    works, before = live.works, live.analysis.live
    works.plant, works.method = CHANGES["shares"](works.plant, works.method)
    live.analysis.take(works.plant, works.method)
    assert live.analysis.live is before is not None
    live.analysis.cycle()
    with pytest.raises(AssertionError):
        live.assert_as_computed_anew()
    live.restart()
    for _ in range(3):
        live.analysis.cycle()
        assert live.analysis.live is not None
    live.assert_as_computed_anew()


def test_a_change_that_cannot_be_noted_leaves_the_figures_as_they_were(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = live.works

    def full(*_: object) -> None:
        raise StoreError("notes", "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(works.dirty, "_write", full)
        with pytest.raises(StoreError):
            live.analysis.take(*CHANGES["gap"](works.plant, works.method))
    live.until(START + 37 * HOUR_MS, step=HOUR_MS)
    live.assert_as_computed_anew()


def test_a_device_that_comes_later_is_not_silent_since_the_begin(live: Live) -> None:
    works = live.works
    whole = works.plant
    live.analysis.take(*without_oven(works.plant, works.method))
    live.silent = {"oven"}
    live.until(START + 37 * HOUR_MS, step=HOUR_MS)
    live.analysis.take(whole, works.method)
    live.analysis.cycle()
    assert live.analysis.results is not None
    assert not [alert for alert in live.analysis.results.alerts if alert.code == "data.silent"]
    live.until(START + 38 * HOUR_MS, step=HOUR_MS)
    silent = [alert for alert in live.analysis.results.alerts if alert.code == "data.silent"]
    assert [alert.subject for alert in silent] == ["oven"]
    assert set(DEVICES) == {device.id for device in whole.devices}
