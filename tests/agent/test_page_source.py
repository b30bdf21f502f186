"""What the page is told is what the agent has computed, stored and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from agent import page_now
from agent.page_now import freshness_of
from agent.page_source import LocalSource
from agent.storing import open_store
from config import load
from dashboard.page import Asked
from dashboard.views import flows
from dashboard.views.overview_flows import flows_card
from dashboard.words import words_of
from domain.now import Freshness
from domain.periods import DAY_MS, HOUR_MS, PeriodKind
from domain.plant import Carrier
from domain.ports import Envelope
from domain.reading import Poll, Quality, Reading
from domain.results import AlertState
from domain.series import Series
from domain.windows import Flag
from tests.agent import figured
from tests.agent.figured import DRIFT_DAY, FIRST, GAS, MASS, NOW, Figured, planted_days
from tests.agent.paged import paged, parts_of

TODAY = FIRST + 77 * DAY_MS
MINUTE_MS = 60_000
FLOW = "gas_coil.flow_reference"


def flow() -> Series:
    """Return the flow of the gas meter in the last ten minutes."""
    at = np.arange(NOW - 10 * MINUTE_MS, NOW, 10_000, dtype=np.int64) + 5000
    good = np.full(len(at), Quality.GOOD, dtype=np.uint8)
    return Series(point=FLOW, at=at, value=np.full(len(at), 140.0), quality=good)


@pytest.fixture(scope="module")
def source(watched_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSource]:
    """Give the plant that is held against a baseline, for questions that change nothing."""
    folder = figured.copy(watched_once, tmp_path_factory.mktemp("paged") / "plant")
    with closing(open_store(load(folder / "plant.toml", {}))) as store:
        store.fill("flow", [flow()])
    with pytest.MonkeyPatch.context() as monkeypatch, paged(Figured(folder, monkeypatch)) as found:
        yield found


def test_days_are_those_that_were_planted(source: LocalSource) -> None:
    days = source.results("intensity", since=FIRST, until=TODAY, period=PeriodKind.DAY, subject="coil")
    output, gas = planted_days()
    assert [each.output for each in days] == pytest.approx(output[:77].tolist())
    assert [each.gas_nm3 for each in days] == pytest.approx(gas[:77].tolist())


def test_a_track_tells_where_its_sums_end(source: LocalSource) -> None:
    [track] = source.results("track")
    assert (track.year, track.until) == (2026, TODAY)
    assert track.output_to_date == pytest.approx(planted_days()[0][:77].sum())


def test_an_open_period_is_as_of_the_last_cycle(fresh: Figured) -> None:
    with parts_of(fresh) as parts:
        source = LocalSource(parts)
        [today] = source.results("intensity", since=TODAY, period=PeriodKind.DAY)
        live = parts.analysis.live
        assert live is not None
        assert parts.store.results("intensity", since=TODAY, until=NOW, period=PeriodKind.DAY)
        parts.store.replace_results("intensity", [], since=TODAY, until=NOW, period=PeriodKind.DAY)
        assert source.results("intensity", since=TODAY, period=PeriodKind.DAY) == (today,)
        assert source.results("intensity", since=TODAY, period=PeriodKind.DAY, subject="sheet") == ()
        source.close()


def test_before_the_first_figures_answers_are_empty_and_no_errors(fresh: Figured) -> None:
    with paged(fresh, cycles=0) as source:
        assert source.results("intensity") == ()
        assert source.cusum("coil") is None
        assert source.model_rows("coil").rows == ()
        assert source.flows(since=FIRST, until=NOW).codes == ("figures.none",)
        assert source.change(2026).codes == ("figures.none",)
        assert source.alerts() == ()
        assert source.windows(GAS, since=FIRST, until=NOW) == ()
        [none] = source.amounts((GAS,), since=FIRST, until=NOW)
        assert none.amount is None and none.is_pending
        assert source.load(since=FIRST, until=NOW, step_ms=DAY_MS).at == ()
        assert all(not each.flags for of in source.completeness(since=FIRST, until=NOW) for each in of.days)
        now = source.now()
        assert (now.figures_at, now.open_alerts) == (None, 0)
        assert len(now.carriers[0].spark) == 96


def test_now_tells_rates_devices_and_what_waits(source: LocalSource) -> None:
    now = source.now()
    assert now.at == NOW
    [gas] = now.carriers
    assert (gas.carrier, gas.unit, gas.points, gas.at) == (Carrier.GAS, "Nm3/h", (FLOW,), NOW - 5000)
    assert (gas.rate, gas.freshness, gas.stale) == (140.0, Freshness.GOOD, ())
    assert gas.spark[-2] == pytest.approx(planted_days()[1][77] / 24, rel=1e-6)
    assert len(gas.spark) == 96
    newest = int(np.arange(FIRST, NOW, 900_000)[-1])
    assert [(each.device, each.last_good_at, each.freshness) for each in now.devices] == [
        ("gas_coil", NOW - 5000, Freshness.GOOD), ("plc_coil", newest, Freshness.STALE),
    ]  # fmt: skip
    assert now.open_alerts == sum(each.is_waiting for each in source.alerts()) > 0
    assert (now.figures_at, now.standing, now.reasons) == (NOW - 5000, (), ())


def test_gas_of_the_hour_is_held_against_the_model(source: LocalSource) -> None:
    [gas] = source.now().carriers
    assert gas.basis == "model"
    assert gas.expected is not None
    assert gas.compared is not None
    assert gas.compared / gas.expected == pytest.approx(1.08, abs=0.04)
    output, burnt = planted_days()
    assert gas.compared == pytest.approx(burnt[77] / 24, rel=0.2)
    assert gas.expected == pytest.approx((240 + 30 * output[77]) / 24, rel=0.2)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        pytest.param(None, Freshness.WAITING, id="never"),
        pytest.param(1_000_000 - 30_000, Freshness.GOOD, id="three intervals"),
        pytest.param(1_000_000 - 30_001, Freshness.STALE, id="more than three intervals"),
        pytest.param(1_000_000 + 20_000, Freshness.GOOD, id="two intervals ahead"),
        pytest.param(1_000_000 + 20_001, Freshness.AHEAD, id="more than two intervals ahead"),
    ],
)
def test_a_device_is_as_fresh_as_its_newest_good_reading(at: int | None, said: Freshness) -> None:
    assert freshness_of(at, 10.0, 1_000_000) is said


def flow_polls(*polls: tuple[int, float | None]) -> list[Envelope]:
    """Return polls of the gas meter's flow: (how long ago, value); none is no answer."""
    return [
        Envelope(
            journal="j1",
            seq=NOW - ago,
            received_ms=NOW - ago,
            item=Poll(
                device="gas_coil",
                at=NOW - ago,
                values={"flow_reference": value},
                quality={} if value is not None else {"flow_reference": Quality.NO_ANSWER},
            ),
        )
        for ago, value in polls
    ]


def test_a_stopped_device_is_as_old_as_its_last_value_whenever_somebody_asked(fresh: Figured) -> None:
    def seen(source: LocalSource) -> tuple[int | None, float | None, int | None]:
        source.look()
        now = source.now()
        [gas], [device] = now.carriers, [each for each in now.devices if each.device == "gas_coil"]
        return device.last_good_at, gas.rate, gas.at

    with parts_of(fresh, cycles=0) as parts, closing(LocalSource(parts)) as source:
        parts.store.write(flow_polls((92_000, 100.0)))
        assert seen(source) == (NOW - 92_000, 100.0, NOW - 92_000)
        parts.store.write(flow_polls((50_000, 130.0), (40_000, 131.0), (30_000, None), (20_000, None)))
        assert seen(source) == (NOW - 40_000, 131.0, NOW - 40_000)
        parts.store.write(flow_polls((15_000, 140.0)))
        assert seen(source) == (NOW - 15_000, 140.0, NOW - 15_000)
        parts.store.write(flow_polls((12_000, 141.0), (10_000, None)))
        assert seen(source) == (NOW - 12_000, 141.0, NOW - 12_000)


def test_an_outage_is_searched_once_and_now_and_then_again(
    fresh: Figured, monkeypatch: pytest.MonkeyPatch
) -> None:
    with parts_of(fresh, cycles=0) as parts, closing(LocalSource(parts)) as source:
        parts.store.write(flow_polls((50_000, 130.0), (30_000, None)))
        source.look()
        asked: list[str] = []
        find = parts.store.last_good

        def counted(points: Sequence[str], at: int) -> Mapping[str, Reading]:
            asked.extend(points)
            return find(points, at)

        monkeypatch.setattr(parts.store, "last_good", counted)
        source.look()
        source.look()
        assert FLOW not in asked
        parts.store.write(flow_polls((20_000, 140.0), (10_000, None)))
        monkeypatch.setattr(page_now, "_AGAIN_S", 0.0)
        source.look()
        assert FLOW in asked
        [gas] = source.now().carriers
        assert (gas.rate, gas.at) == (140.0, NOW - 20_000)


def test_an_outage_is_noticed_while_nobody_asks(fresh: Figured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_now, "_IDLE_S", 0.01)
    with parts_of(fresh, cycles=0) as parts, closing(LocalSource(parts)) as source:
        parts.store.write(flow_polls((92_000, 100.0)))
        source.look()
        noticed, find = Event(), parts.store.last_good

        def told(points: Sequence[str], at: int) -> Mapping[str, Reading]:
            found = find(points, at)
            if FLOW in points:
                noticed.set()
            return found

        monkeypatch.setattr(parts.store, "last_good", told)
        parts.store.write(flow_polls((50_000, 130.0), (30_000, None)))
        assert noticed.wait(10.0)
        source.close()  # what it was about to write down is written down
        [gas] = source.now().carriers
        assert (gas.rate, gas.at) == (130.0, NOW - 50_000)


def test_stamp_changes_with_the_ledger_only_when_something_was_recorded(watched: Figured) -> None:
    with paged(watched) as source:
        before = source.now().stamp
        source.look()
        assert source.now().stamp == before
        alert = next(each for each in source.alerts() if each.is_waiting)
        source.acknowledge(alert.id, who="Li", why="on my way")
        source.look()
        assert source.now().stamp != before


@pytest.mark.parametrize("step_ms", [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS])
def test_load_in_steps_is_what_was_planted(source: LocalSource, step_ms: int) -> None:
    since = TODAY - DAY_MS
    load = source.load(since=since, until=TODAY, step_ms=step_ms)
    assert load.at == tuple(range(since, TODAY, step_ms))
    assert load.gas.values == pytest.approx([planted_days()[1][76] / 24] * len(load.at), rel=1e-6)
    assert load.gas_expected is not None


def test_load_of_many_days_is_what_was_planted(source: LocalSource) -> None:
    load = source.load(since=FIRST, until=TODAY, step_ms=DAY_MS)
    assert load.gas.values == pytest.approx((planted_days()[1][:77] / 24).tolist(), rel=1e-6)


def test_overview_and_page_of_flows_say_the_same_of_today(source: LocalSource) -> None:
    asked = Asked(
        path="/",
        query={},
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of("en"),
    )
    assert NOW % HOUR_MS, "within an hour"
    card, page = flows_card(source, asked), flows.build(source, asked)
    assert card.finding == page.finding
    assert card.links == page.links
    assert (card.carriers, card.total, card.beside) == (page.carriers, page.total, page.beside)


def test_load_ends_now(source: LocalSource) -> None:
    load = source.load(since=TODAY, until=TODAY + DAY_MS, step_ms=5 * MINUTE_MS)
    assert (load.until, load.at[-1]) == (NOW, NOW // 300_000 * 300_000)
    assert source.load(since=NOW, until=NOW + DAY_MS, step_ms=300_000).at == ()


def test_a_drift_is_told_with_its_size_and_cost_a_day(source: LocalSource) -> None:
    found = source.alerts()
    [drift] = [each for each in found if each.alert is not None and each.alert.code == "drift.up"]
    assert drift.state == "open"
    assert drift.nm3_per_day is not None
    assert drift.cost_per_day == pytest.approx(3.6 * drift.nm3_per_day, rel=1e-3)
    waiting = [each.is_waiting for each in found]
    assert waiting == sorted(waiting, reverse=True)
    assert all(each.alert.state is AlertState.OPEN for each in found if each.is_waiting and each.alert)


def test_cusum_and_model_rows_are_of_the_baseline_in_use(source: LocalSource) -> None:
    [used] = [each for each in source.baselines() if each.is_in_use]
    cusum = source.cusum("coil", since=FIRST + DRIFT_DAY * DAY_MS)
    assert cusum is not None
    assert (cusum.baseline, cusum.since[0]) == (used.baseline.id, FIRST + DRIFT_DAY * DAY_MS)
    rows = source.model_rows("coil")
    assert rows.baseline == used.baseline.id
    assert len(rows.rows) == 78


def test_windows_are_told_as_read_and_in_nm3_with_their_versions(source: LocalSource) -> None:
    day = source.windows(GAS, since=TODAY - DAY_MS, until=TODAY)
    assert sum(each.amount or 0.0 for each in day) == pytest.approx(planted_days()[1][76])
    assert [each.amount_nm3 for each in day] == pytest.approx([each.amount for each in day])
    assert {each.versions for each in day} == {1}
    assert len(source.versions(GAS, day[0].since)) == 1
    *_, last = source.windows(GAS, since=TODAY, until=NOW)
    assert last.flags & Flag.OPEN
    assert last.versions == 0
    assert {each.amount_nm3 for each in source.windows(MASS, since=TODAY, until=NOW)} == {None}


def test_amounts_are_the_sums_of_the_windows(source: LocalSource) -> None:
    span = (TODAY - 40 * DAY_MS, NOW)
    gas, mass, flow_ = source.amounts((GAS, MASS, FLOW), since=span[0], until=span[1])
    of_gas, of_mass = (source.windows(each, since=span[0], until=span[1]) for each in (GAS, MASS))
    assert gas.amount == pytest.approx(sum(each.amount_nm3 or 0.0 for each in of_gas))
    assert mass.amount == pytest.approx(sum(each.amount or 0.0 for each in of_mass))
    assert (gas.point, gas.unit, mass.unit) == (GAS, "Nm3", "t")
    assert (gas.windows, gas.missing) == (len(of_gas), sum(each.amount_nm3 is None for each in of_gas))
    assert (flow_.amount, flow_.windows) == (None, 0), "a mean is no amount"
    with pytest.raises(KeyError):
        source.amounts(("gas_none.volume",), since=span[0], until=span[1])


def test_windows_reach_back_further_than_the_figures_of_the_last_cycle(fresh: Figured) -> None:
    with parts_of(fresh) as parts:
        source = LocalSource(parts)
        parts.analysis.recent = parts.analysis.prepared(since=TODAY, until=NOW)
        since = TODAY - 10 * DAY_MS
        assert len(source.windows(GAS, since=since, until=TODAY)) == 240
        assert source.amounts((GAS,), since=since, until=TODAY)[0].windows == 240
        device = next(each for each in source.completeness(since=since, until=TODAY) if each.device in GAS)
        assert [each.coverage for each in device.days] == [pytest.approx(1.0)] * 10
        source.close()


def test_readings_are_cut_where_more_were_found_than_asked_for(source: LocalSource) -> None:
    cut = source.readings(GAS, since=TODAY, until=NOW, limit=3)
    assert (cut.at, cut.is_cut) == (tuple(range(TODAY, TODAY + 2_700_000, 900_000)), True)
    assert set(cut.quality) == {"good"}
    whole = source.readings(GAS, since=TODAY, until=TODAY + 2_700_000, limit=3)
    assert (whole.at, whole.is_cut) == (cut.at, False)
    assert source.readings("no.where", since=TODAY, until=NOW).at == ()


def test_every_point_is_told_with_its_newest_reading(source: LocalSource) -> None:
    points = {each.point: each for each in source.points_now()}
    assert list(points) == [point.id for point in source.plant.points]
    assert points[GAS].quality == "good"
    assert points[GAS].value == source.readings(GAS, since=TODAY, until=NOW).value[-1]
    [silent] = {
        (each.value, each.at, each.quality) for name, each in points.items() if name not in (GAS, MASS, FLOW)
    }
    assert silent == (None, None, "")


def test_entries_are_told_newest_first_with_what_they_say(source: LocalSource) -> None:
    entries = source.entries(limit=2)
    assert [each.number for each in entries] == sorted((each.number for each in entries), reverse=True)
    [approved] = [each for each in source.entries() if each.kind == "baseline_approved"]
    assert (approved.subject, approved.who, approved.why) == ("coil", "Wang", "nine weeks")
    assert "approved from 2026-11-17" in approved.text
    assert not approved.is_voided


def test_flows_change_and_completeness_are_of_this_plant(source: LocalSource) -> None:
    flows = source.flows(since=TODAY - DAY_MS, until=TODAY)
    [gas] = [each for each in flows.sums if each.carrier is Carrier.GAS]
    assert gas.amount == pytest.approx(planted_days()[1][76])
    assert source.change(2026).year == 2026
    days = source.completeness(since=TODAY - DAY_MS, until=TODAY)
    assert [each.device for each in days] == ["gas_coil", "plc_coil"]
    assert [[day.coverage for day in each.days] for each in days] == [[1.0], [1.0]]


def test_calendar_and_paths_are_the_plants_own(source: LocalSource) -> None:
    assert source.calendar().day_of(NOW) == date(2026, 12, 1)
    assert source.carbon_paths() == ()
    assert source.gaps(since=FIRST, until=NOW) == ()
