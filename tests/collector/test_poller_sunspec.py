"""Devices whose models must be found first, polled on fake time beside others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from domain.errors import DeviceRefused
from domain.reading import Quality
from domain.registers import DataType, Space
from simulators.answering import Refusal
from simulators.device import SimulatedDevice
from simulators.effects import Rescale, Source
from tests.collector.fakes import Answer, Bench, biggest_gap_s, device, failures, good
from tests.collector.sunspec_works import device_of, inverter
from tests.domain.registers import register

WALK_READS = 4
"""Marker, common model, model 103, end."""


class Site:
    """Simulated units behind a bench; what is asked in two words and no block is a step of a walk."""

    def __init__(self, bench: Bench, units: dict[int, SimulatedDevice]) -> None:
        self.bench, self.units = bench, units
        self.asked: list[tuple[int, int, int]] = []
        """(unit id, address, count) of each request."""
        bench.units.answer = self.answer

    def answer(self, unit_id: int, space: Space, address: int, count: int) -> Answer:
        self.asked.append((unit_id, address, count))
        if unit_id not in self.units:
            return b"\0\5" * count
        try:
            return self.units[unit_id].read(space, address, count)
        except Refusal as refusal:
            return DeviceRefused("u", refusal.code, space=space, address=address, count=count)

    def walks(self, unit_id: int) -> int:
        return sum(
            (unit, count) == (unit_id, 2) and at in (0, 40000, 50000) for unit, at, count in self.asked
        )


def simulated(
    bench: Bench, base: int = 40000, power: Callable[[int], float] = lambda at_ms: 6.123
) -> SimulatedDevice:
    sources = {
        "ac_power": Source(read=power, maximum=10.0),
        "ac_energy": Source(read=lambda at_ms: at_ms / 3.6e6 % 1e5, maximum=1e5),
    }
    return SimulatedDevice(inverter(), sources, now_ms=bench.clock.now_ms, sunspec_base=base)


def benched(*more: int, base: int = 40000) -> tuple[Bench, Site, SimulatedDevice]:
    """Return an inverter of unit 1 beside plain meters."""
    bench = Bench([device_of(inverter(), name="pv"), *(device(unit) for unit in more)])
    unit = simulated(bench, base)
    return bench, Site(bench, {1: unit}), unit


async def test_a_device_is_walked_once_and_then_polled_in_one_read() -> None:
    bench, site, _ = benched()
    await bench.run(20)
    polls = bench.polls("pv")
    assert len(good(polls)) == len(polls) >= 19
    assert {poll.values["ac_power"] for poll in polls} == {6.123}
    assert len(site.asked) == WALK_READS + len(polls)
    assert {count for _, _, count in site.asked[WALK_READS:]} == {27}


async def test_values_are_right_while_the_scale_factor_changes_at_every_poll() -> None:
    bench, _, unit = benched()
    unit.rescales["ac_power_sf"] = Rescale(since_ms=0, by=2)
    unit.rescales["ac_energy_sf"] = Rescale(since_ms=1000, by=3, every_ms=1000)
    await bench.run(60)
    polls = bench.polls("pv")
    assert len(polls) >= 59
    for poll in polls:
        assert poll.values == {name: unit.expected(name, poll.at) for name in ("ac_power", "ac_energy")}
    powers = [poll.values["ac_power"] for poll in polls]
    assert set(powers) == {6.123, 6.1}
    assert all(earlier != later for earlier, later in pairwise(powers))


@pytest.mark.parametrize("latency_s", [0.02, 0.3])
async def test_neighbours_keep_their_interval_while_a_device_is_walked(latency_s: float) -> None:
    bench, _, _ = benched(2, 3)
    bench.units.latency_s = lambda unit: latency_s if unit == 1 else 0.005
    await bench.run(30)
    for name in ("d2", "d3"):
        assert biggest_gap_s(bench, name) <= 1.02 + latency_s
        assert not failures(bench.polls(name))
    polls = bench.polls("pv")
    assert failures(polls) == [Quality.OVERRUN] * (0 if latency_s < 0.1 else 1)
    assert len(good(polls)) >= 27


async def test_two_devices_that_are_walked_at_once_do_not_wait_for_each_other() -> None:
    bench = Bench([device_of(inverter(), unit, name=f"pv{unit}") for unit in (1, 2)])
    Site(bench, {1: simulated(bench), 2: simulated(bench, 0)})
    await bench.run(5)
    for name in ("pv1", "pv2"):
        assert not failures(bench.polls(name))
        assert len(good(bench.polls(name))) >= 4


async def test_a_chain_that_moved_gives_no_wrong_value_and_is_found_again() -> None:
    """A model came in before ours, so that its old place still answers, with other words."""
    bench, site, _ = benched()
    moved = SimulatedDevice(
        inverter(register(DataType.U16, 5, name="other", unit="code", model=102)),
        {"ac_power": Source(read=lambda at_ms: 5.0, maximum=10.0)},
        now_ms=bench.clock.now_ms,
    )
    bench.time.after(10.5, lambda: site.units.update({1: moved}))
    await bench.run(20)
    polls = bench.polls("pv")
    assert {poll.values.get("ac_power") for poll in polls} == {6.123, None, 5.0}
    assert failures(polls) == [Quality.BAD_ANSWER]
    assert site.walks(1) == 2
    assert "no longer at 40070" not in bench.poller.health[0].last_error
    assert bench.poller.health[0].bad_answers == {"sunspec": 1}


async def test_a_chain_at_another_base_is_found_after_the_refusal() -> None:
    bench, site, _ = benched()
    bench.time.after(10.5, lambda: site.units.update({1: simulated(bench, 0)}))
    await bench.run(20)
    assert failures(bench.polls("pv")) == [Quality.ILLEGAL_ADDRESS]
    assert len(good(bench.polls("pv"))) >= 18


async def test_a_device_that_was_away_is_walked_again_when_it_is_back() -> None:
    bench, site, unit = benched()
    site_answer = bench.units.answer
    bench.units.answer = lambda *asked: None if 5 < bench.time.mono_s - 5000 < 15 else site_answer(*asked)
    await bench.run(60)
    assert site.walks(1) == 2
    assert good(bench.polls("pv"))[-1].values["ac_power"] == 6.123
    assert unit.hostility is None


async def test_an_address_that_is_always_refused_does_not_bring_a_walk_each_poll() -> None:
    hole = register(DataType.U16, 900, name="hole", unit="code")
    bench = Bench([device_of(inverter(hole), name="pv")])
    site = Site(bench, {1: simulated(bench)})
    await bench.run(30)
    assert site.walks(1) == 2
    assert {poll.quality_of("hole") for poll in good(bench.polls("pv"))} == {Quality.ILLEGAL_ADDRESS}


async def test_a_dead_device_costs_one_timeout_an_attempt_and_its_neighbours_nothing() -> None:
    bench, site, _ = benched(2)
    answer = site.answer
    bench.units.answer = lambda *asked: None if asked[0] == 1 else answer(*asked)
    await bench.run(120)
    assert biggest_gap_s(bench, "d2") <= 1.3
    assert len(failures(bench.polls("pv"))) >= 118
    starts = [at for at, _ in bench.units.asked[1]]
    assert all(later - earlier >= 0.9 for earlier, later in pairwise(starts))


async def test_a_device_with_other_models_says_which() -> None:
    bench, site, _ = benched()
    words = {(Space.HOLDING, 40070): 203}
    site.units[1] = SimulatedDevice(inverter(), {}, now_ms=bench.clock.now_ms, extra_words=words)
    await bench.run(4)
    assert "models 1, 203 from 40000, and profile inverter reads 103" in bench.poller.health[0].last_error
    assert set(failures(bench.polls("pv"))) == {Quality.BAD_ANSWER}


async def test_a_point_of_a_model_that_the_device_has_not_is_not_available_in_every_poll() -> None:
    strings = register(DataType.U16, 12, name="string_current", unit="A", model=160)
    bench = Bench([device_of(inverter(strings), name="pv")])
    Site(bench, {1: simulated(bench)})
    await bench.run(10)
    polls = bench.polls("pv")
    assert len(polls) >= 9
    assert all(poll.values["string_current"] is None and poll.values["ac_power"] == 6.123 for poll in polls)
    assert {poll.quality_of("string_current") for poll in polls} == {Quality.NOT_AVAILABLE}


async def test_a_device_without_sunspec_says_what_to_look_at() -> None:
    bench = Bench([device_of(inverter(), name="pv")])
    await bench.run(10)
    assert set(failures(bench.polls("pv"))) == {Quality.BAD_ANSWER}
    assert "is SunSpec enabled" in bench.poller.health[0].last_error
