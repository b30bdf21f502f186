"""The made plant is a source like the agent's, and its figures hold together."""

from __future__ import annotations

from collections import defaultdict

import pytest

from dashboard.source import Source
from domain.declared import Refused
from domain.now import Freshness
from domain.periods import PeriodKind
from domain.plant import Carrier
from domain.result_rows import rows_of
from domain.results import Results
from domain.windows import Grade
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.making.hours import at

TODAY = at("2026-11-22")


@pytest.fixture(scope="module")
def source() -> Source:
    """mypy holds it against the protocol here."""
    return MadeSource()


def test_two_made_plants_say_the_same(source: Source) -> None:
    other = MadeSource()
    assert other.now() == source.now()
    assert other.results("track") == source.results("track")
    assert other.alerts() == source.alerts()


def test_a_month_is_the_sum_of_its_days(source: Source) -> None:
    since, until = at("2026-10-01"), at("2026-11-01")
    months = source.results("intensity", since=since, until=until, period=PeriodKind.MONTH)
    days = source.results("intensity", since=since, until=until, period=PeriodKind.DAY)
    assert [each.process for each in months] == ["coil", "sheet"]
    for month in months:
        mine = [each for each in days if each.process == month.process]
        assert len(mine) == 31
        assert sum(each.gas_nm3 for each in mine) == pytest.approx(month.gas_nm3)
        assert sum(each.output for each in mine) == pytest.approx(month.output)
        states = month.production_nm3 + month.idle_nm3 + month.startup_nm3 + month.off_nm3
        assert states == pytest.approx(month.gas_nm3)


def test_the_year_of_the_track_is_the_year_of_the_intensity(source: Source) -> None:
    (year,) = source.results("intensity", since=at("2026-01-01"), period=PeriodKind.YEAR, subject="coil")
    (track,) = source.results("track", subject="coil-2026")
    assert (track.year, track.year_to_date) == (2026, pytest.approx(year.ratio))
    assert track.year_to_date > track.target


def test_what_is_of_no_period_has_the_subject_that_the_agent_keeps_it_under(source: Source) -> None:
    kinds = {
        "tracks": tuple(source.results("track")),
        "watches": tuple(source.results("watch")),
        "alerts": tuple(source.results("alert")),
        "findings": tuple(source.results("finding")),
    }
    no_periods = dict.fromkeys(("intensities", "balances", "pv", "heat"), ())
    names = rows_of(Results(since=0, until=NOW, **(kinds | no_periods)))
    for kind in ("track", "watch", "alert", "finding"):
        assert names[kind]
        for row in names[kind]:
            assert source.results(kind, subject=row.subject), (kind, row.subject)
    assert source.results("track", subject="coil") == ()
    assert source.results("alert", subject="coil") == ()


def test_what_flows_in_flows_out(source: Source) -> None:
    flows = source.flows(since=TODAY, until=NOW)
    out: dict[str, float] = defaultdict(float)
    for link in flows.links:
        assert link.kwh > 0.0
        if not link.is_recovered:
            out[link.source] += link.kwh
    sums = {each.carrier: each for each in flows.sums}
    for carrier in (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV):
        assert out[carrier] == pytest.approx(sums[carrier].kwh)
    assert sum(out.values()) == pytest.approx(flows.total_kwh)
    known = {node.id for node in flows.nodes}
    assert all(link.source in known and link.target in known for link in flows.links)
    assert flows.is_complete


def test_the_steps_of_a_change_add_up(source: Source) -> None:
    change = source.change(2026)
    assert change.before is not None
    assert change.after is not None
    assert sum(step.nm3 for step in change.steps) == pytest.approx(change.after - change.before)


def test_the_cusum_rises_from_the_planted_onset_by_the_planted_share(source: Source) -> None:
    cusum = source.cusum("coil")
    assert cusum is not None
    assert cusum.onset is not None
    onset = cusum.since.index(cusum.onset)
    total = [each for each in cusum.total if each is not None]
    rise = total[-1] - total[onset - 1]
    (drift,) = (each for each in source.alerts() if each.id == cusum.alert)
    assert drift.nm3_per_day is not None
    assert rise == pytest.approx(drift.nm3_per_day * (len(total) - onset), rel=0.1)
    assert rise > 5 * max(abs(each) for each in total[:onset]) / 3


def test_the_windows_of_a_day_are_the_gas_of_the_day(source: Source) -> None:
    since, until = at("2026-11-18"), at("2026-11-19")
    (day,) = source.results("intensity", since=since, until=until, period=PeriodKind.DAY, subject="sheet")
    windows = source.windows("gas_sheet.volume_reference", since=since, until=until)
    assert len(windows) == 24
    assert sum(each.amount_nm3 or 0.0 for each in windows) == pytest.approx(day.gas_nm3)


def test_every_grade_can_be_looked_at(source: Source) -> None:
    grades = {
        window.grade
        for point in ("gas_coil.volume_reference", "gas_sheet.volume_reference", "plc_coil.produced_mass")
        for window in source.windows(point, since=at("2026-10-30"), until=NOW)
    }
    assert grades == set(Grade)


def test_an_alert_taken_over_is_recorded_and_a_reason_is_asked_for() -> None:
    source = MadeSource()
    alert = source.alerts()[0].id
    with pytest.raises(Refused) as refused:
        source.acknowledge(alert, who="li", why=" ")
    assert refused.value.subject == "why"
    assert source.recorded == []
    source.acknowledge(alert, who="li", why="burner service comes")
    assert source.alerts()[0].state == "acknowledged"
    assert source.alerts()[0].steps[-1].who == "li"
    assert [each.action for each in source.recorded] == ["acknowledge"]


def test_states_are_as_asked_for() -> None:
    source = MadeSource(stale={"heat_sheet"}, ahead={"pv_1"}, standing={"coil"}, names={"gas_coil": "<b>"})
    now = {each.carrier: each for each in source.now().carriers}
    assert now[Carrier.HEAT].freshness is Freshness.STALE
    assert now[Carrier.HEAT].stale == ("heat_sheet.heat_energy",)
    assert now[Carrier.PV].freshness is Freshness.AHEAD
    assert now[Carrier.GAS].freshness is Freshness.GOOD
    assert source.now().standing == ("coil",)
    assert not source.flows(since=TODAY, until=NOW).is_complete
    assert source.plant.device("gas_coil").label["en"] == "<b>"
    coil = source.results("intensity", since=NOW - 3_600_000, period=PeriodKind.HOUR, subject="coil")
    assert all(each.output == 0.0 and each.ratio is None for each in coil)


def test_an_empty_plant_knows_nothing_and_says_so() -> None:
    source = MadeSource(empty=True)
    assert source.now().figures_at is None
    assert all(each.rate is None and each.freshness is Freshness.WAITING for each in source.now().carriers)
    assert source.results("intensity") == ()
    assert source.alerts() == ()
    assert source.cusum("coil") is None
    assert source.flows(since=TODAY, until=NOW).total_kwh is None
    assert source.load(since=TODAY, until=NOW, step_ms=300_000).at == ()
