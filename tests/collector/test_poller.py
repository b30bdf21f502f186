"""The poller on fake time: every due poll leaves something, at its time, whatever the neighbours do."""

from __future__ import annotations

import math
import struct
from itertools import pairwise

import pytest

from domain.errors import BadAnswer, DeviceRefused
from domain.plant import Link, LinkKind
from domain.reading import Poll, Quality
from domain.registers import DataType, Space
from domain.units import SCALE_FACTOR
from tests.collector.fakes import START_S, Answer, Bench, FakeClock, device, failures, first_good, good
from tests.domain.registers import register

# Times


@pytest.mark.parametrize("interval_s", [1.0, 5.0, 0.25, 60.0, 7.0])
async def test_polls_fall_on_multiples_of_the_interval_and_none_is_missing(interval_s: float) -> None:
    bench = Bench([device(1, interval_s=interval_s)])
    await bench.run(100 * interval_s)
    polls = bench.polls("d1")
    assert 99 <= len(polls) <= 101
    assert len(good(polls)) == len(polls)
    interval_ms = int(interval_s * 1000)
    assert {poll.at % interval_ms for poll in polls} <= {0, 1, interval_ms - 1}
    steps = {later.at - earlier.at for earlier, later in pairwise(polls)}
    assert steps <= {interval_ms - 1, interval_ms, interval_ms + 1}


async def test_devices_of_other_intervals_on_one_link_all_keep_theirs() -> None:
    bench = Bench([device(1, interval_s=0.5), device(2, interval_s=1.0), device(3, interval_s=10.0)])
    await bench.run(60)
    assert [round(len(bench.polls(name)) / 10) for name in ("d1", "d2", "d3")] == [12, 6, 1]


async def test_a_clock_that_drifts_is_followed_without_a_jump_of_the_interval() -> None:
    bench = Bench([device(1)])

    def slewed(unit: int) -> float:
        bench.time.wall_s += 0.0005
        return 0.005

    bench.units.latency_s = slewed
    await bench.run(300)
    starts = [at for at, _ in bench.units.asked[1]]
    steps = [later - earlier for earlier, later in pairwise(starts)]
    assert all(0.99 < step < 1.01 for step in steps)
    assert all(min(poll.at % 1000, 1000 - poll.at % 1000) <= 10 for poll in bench.polls("d1"))


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 1800.3, -0.9, -7100.0])
async def test_a_clock_step_changes_no_interval_and_makes_no_instant_twice(step_s: float) -> None:
    """Fault 21."""
    bench = Bench([device(1), device(2)])
    bench.time.after(30.4, lambda: setattr(bench.time, "wall_s", bench.time.wall_s + step_s))
    await bench.run(120)
    for unit, name in ((1, "d1"), (2, "d2")):
        starts = [at for at, _ in bench.units.asked[unit]]
        steps = [later - earlier for earlier, later in pairwise(starts)]
        assert all(0.94 <= step <= 1.06 for step in steps)
        polls = bench.polls(name)
        assert 114 <= len(polls) <= 126
        assert not bench.gaps(name)
        assert all(later.at > earlier.at for earlier, later in pairwise(polls))
        flagged = [poll.quality_of("p") is Quality.CLOCK_STEPPED for poll in polls]
        assert all(poll.values["p"] == 5.0 for poll in polls)
        assert not any(flagged[:30])
        if abs(step_s) > 1:
            assert all(flagged[32:88])
        assert any(flagged[-5:]) == (step_s < -1)


class HostClock(FakeClock):
    """Follows the host at once, also back."""

    def now_ms(self) -> int:
        return int(self.time.wall_s * 1000)


@pytest.mark.parametrize("slept_s", [0.0, 5.0, 500.0])
async def test_a_clock_that_goes_far_back_is_followed_and_instants_do_not_stand_still(slept_s: float) -> None:
    """Booted years ahead, then the clock is set: the polls must not wait for those years."""
    bench = Bench([device(1)])
    bench.poller._clock = HostClock(bench.time)

    def set_back() -> None:
        bench.time.wall_s -= 8000
        bench.time.run(slept_s)

    bench.time.after(30.4, set_back)
    await bench.run(120 + slept_s)
    polls = [poll for poll in bench.polls("d1") if good([poll])]
    before, after = polls[:29], polls[33:]
    assert after[0].at < before[-1].at - 7_000_000
    assert len(after) >= 80
    assert all(950 <= later.at - earlier.at <= 1050 for earlier, later in pairwise(after))
    for gap in bench.gaps("d1"):
        assert after[0].at - 520_000 <= gap.since < gap.until <= after[0].at


async def test_a_clock_that_goes_a_little_back_makes_no_instant_twice() -> None:
    bench = Bench([device(1)])
    bench.poller._clock = HostClock(bench.time)
    bench.time.after(30.4, lambda: setattr(bench.time, "wall_s", bench.time.wall_s - 3600))
    await bench.run(120)
    polls = bench.polls("d1")
    assert all(later.at > earlier.at for earlier, later in pairwise(polls))


async def test_a_step_by_an_uneven_time_ends_with_polls_on_the_grid_again() -> None:
    bench = Bench([device(1)])
    bench.time.after(10, lambda: setattr(bench.time, "wall_s", bench.time.wall_s + 100.43))
    await bench.run(90)
    assert all(min(poll.at % 1000, 1000 - poll.at % 1000) <= 3 for poll in bench.polls("d1")[-20:])


# What is due leaves something


async def test_polls_that_could_not_begin_leave_overrun_each_at_their_instants() -> None:
    bench = Bench([device(1), device(2)], link=Link(id="l", kind=LinkKind.TCP, timeout_s=5.0))
    bench.units.latency_s = lambda unit: 3.3 if unit == 1 and len(bench.units.asked[1]) == 5 else 0.005
    await bench.run(60)
    for name in ("d1", "d2"):
        polls = bench.polls(name)
        assert 59 <= len(polls) <= 61
        assert 2 <= failures(polls).count(Quality.OVERRUN) <= 3
        assert all(1 <= later.at - earlier.at <= 1400 for earlier, later in pairwise(polls))
    for (at, item), health in [(item, bench.poller.health) for item in bench.items]:
        assert isinstance(item, Poll)
        if good([item]):  # a value is never stamped with another instant than that of its request
            started = [s for s, _ in bench.units.asked[int(item.device[1:])] if s <= at][-1]
            assert item.at == pytest.approx(1000 * (START_S + started - 5000), abs=2)
        assert [entry.polls for entry in health] == [len(bench.polls("d1")), len(bench.polls("d2"))]


async def test_a_host_that_slept_leaves_one_gap_and_goes_on() -> None:
    bench = Bench([device(1)])
    bench.time.after(20, lambda: bench.time.run(500))
    await bench.run(560)
    (gap,) = bench.gaps("d1")
    assert gap.quality is Quality.OVERRUN
    polls = bench.polls("d1")
    before = [poll.at for poll in polls if poll.at < gap.since]
    after = [poll.at for poll in polls if poll.at >= gap.until]
    assert len(before) + len(after) == len(polls)
    assert gap.since - before[-1] == pytest.approx(1000, abs=2)
    assert after[0] - gap.until <= 1000
    assert gap.until - gap.since == pytest.approx(499_000, abs=2000)


async def test_a_host_that_was_suspended_while_its_wall_clock_ran_leaves_a_gap_in_the_stores_eyes() -> None:
    """The monotonic clock of Linux stands still in a suspend: the jump of the wall clock is flagged."""
    bench = Bench([device(1)])
    bench.time.after(20, lambda: setattr(bench.time, "wall_s", bench.time.wall_s + 500))
    await bench.run(30)
    polls = bench.polls("d1")
    assert polls[-1].quality_of("p") is Quality.CLOCK_STEPPED


@pytest.mark.parametrize("count", [1, 3])
async def test_every_poll_of_a_device_that_never_answers_leaves_its_reason(count: int) -> None:
    bench = Bench([device(unit) for unit in range(1, count + 1)])
    bench.units.answer = lambda unit, space, address, number: None
    await bench.run(120)
    for unit in range(1, count + 1):
        polls = bench.polls(f"d{unit}")
        assert 118 <= len(polls) <= 121
        assert set(failures(polls)) <= {Quality.NO_ANSWER, Quality.OVERRUN}
        assert failures(polls).count(Quality.NO_ANSWER) >= 100
        assert all(not poll.values for poll in polls)


# Backoff


async def test_a_failing_device_is_asked_ever_more_rarely_and_found_within_a_minute() -> None:
    bench = Bench([device(1)])
    bench.units.answer = lambda unit, space, address, count: None if bench.time.mono_s < 5600 else b"\0\5"
    await bench.run(700)
    tries = [at for at, _ in bench.units.asked[1] if at < 5600]
    rests = [later - earlier for earlier, later in pairwise(tries)]
    assert rests[:6] == pytest.approx([1, 2, 4, 8, 16, 32], abs=1.2)
    assert all(rest == pytest.approx(60, abs=1.5) for rest in rests[6:])
    back = first_good(bench, "d1")
    assert back - 5600 <= 62
    health = bench.poller.health[0]
    assert health.failing_since is None
    assert health.failures_in_a_row == 0
    assert health.last_good_at is not None


async def test_the_failure_is_logged_once_and_the_recovery_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench = Bench([device(1)])
    bench.units.answer = lambda unit, space, address, count: None if bench.time.mono_s < 5060 else b"\0\5"
    await bench.run(150)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "device=d1" in caplog.text


async def test_a_slow_interval_is_never_backed_off_beyond_itself() -> None:
    bench = Bench([device(1, interval_s=900.0)])
    bench.units.answer = lambda unit, space, address, count: None
    await bench.run(9100)
    assert 10 <= len(bench.units.asked[1]) <= 11


async def test_bad_answers_are_counted_by_kind() -> None:
    bench = Bench([device(1)])
    bench.units.answer = lambda unit, space, address, count: BadAnswer("d1", "is short", kind="length")
    await bench.run(4.5)
    assert bench.poller.health[0].bad_answers == {"length": 3}  # of the first, second and fourth poll
    assert bench.poller.health[0].failures["bad_answer"] == 5


# Refused blocks and scale factors


async def test_a_refused_block_keeps_the_values_of_the_others() -> None:
    registers = (
        register(DataType.U16, 0, name="a", unit="kW"),
        register(DataType.U16, 100, name="b", unit="kW"),
        register(DataType.I16, 200, name="sf", unit=SCALE_FACTOR),
        register(DataType.U16, 300, name="c", unit="kW", scale_register="sf"),
    )
    bench = Bench([device(1, registers=registers)])

    def refuse(at: int) -> None:
        def answer(unit: int, space: Space, address: int, count: int) -> Answer:
            if address == at:
                return DeviceRefused("d1", 2, space=space, address=address, count=count)
            return b"\0\1" if address == 200 else b"\0\5" * count

        bench.units.answer = answer

    refuse(100)
    bench.time.after(5, lambda: refuse(200))
    await bench.run(11)
    polls = bench.polls("d1")
    assert (polls[0].values, polls[0].quality) == (
        {"a": 5.0, "b": None, "c": 50.0}, {"b": Quality.ILLEGAL_ADDRESS},
    )  # fmt: skip
    assert polls[0].words == {"a": "0005", "c": "0005"}
    assert (polls[-1].values, polls[-1].quality) == (
        {"a": 5.0, "b": 5.0, "c": None}, {"c": Quality.ILLEGAL_ADDRESS},
    )  # fmt: skip
    assert polls[-1].words == {"a": "0005", "b": "0005"}
    assert bench.poller.health[0].good == len(polls)
    assert "the device has no sf (holding 200..200)" in bench.poller.health[0].last_error


@pytest.mark.parametrize(
    ("code", "quality"),
    [(2, Quality.ILLEGAL_ADDRESS), (11, Quality.GATEWAY_TARGET), (0x77, Quality.UNKNOWN_EXCEPTION)],
)
async def test_a_device_that_refuses_everything_has_failed_with_that_reason(
    code: int, quality: Quality
) -> None:
    bench = Bench([device(1)])
    bench.units.answer = lambda unit, space, address, count: DeviceRefused(
        "d1", code, space=space, address=address, count=count
    )
    await bench.run(10)
    assert set(failures(bench.polls("d1"))) == {quality}
    assert len(bench.units.asked[1]) <= 5


# Values (fault 30)


async def test_not_a_number_infinity_and_impossible_values_are_flagged_one_by_one() -> None:
    registers = tuple(
        register(DataType.F32, 2 * place, name=name, unit="kW") for place, name in enumerate("abcd")
    )
    bench = Bench([device(1, registers=registers, minimum=0.0, maximum=100.0)])
    bench.units.answer = lambda *_: struct.pack(">4f", math.nan, math.inf, 100.5, 99.5)
    await bench.run(3)
    poll = bench.polls("d1")[-1]
    assert poll.values == {"a": None, "b": None, "c": None, "d": 99.5}
    assert poll.quality == {
        "a": Quality.NOT_AVAILABLE, "b": Quality.OUT_OF_RANGE, "c": Quality.OUT_OF_RANGE,
    }  # fmt: skip
    assert poll.words == {"a": "7fc00000", "b": "7f800000", "c": "42c90000", "d": "42c70000"}


# Manners


async def test_the_pause_between_requests_is_kept() -> None:
    registers = (register(DataType.U16, 0, name="a"), register(DataType.U16, 50, name="b"))
    link = Link(id="l", kind=LinkKind.SERIAL, path="x", pause_s=0.02)
    bench = Bench([device(1, registers=registers), device(2, registers=registers)], link=link)
    await bench.run(20)
    starts = sorted(at for asked in bench.units.asked.values() for at, _ in asked)
    assert all(later - earlier >= 0.0249 for earlier, later in pairwise(starts))


async def test_a_stopped_poller_closes_its_link() -> None:
    bench = Bench([device(1)])
    await bench.run(3)
    assert bench.units.closed == 1


async def test_a_link_without_devices_does_nothing() -> None:
    bench = Bench([])
    await bench.run(10.0)
    assert not bench.units.asked
    assert bench.units.closed == 1
