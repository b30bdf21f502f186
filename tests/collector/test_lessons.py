"""A running poller beside a profile that lies: what it reads, how soon, and what it says."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from domain.errors import DeviceRefused
from domain.plant import Device
from domain.reading import Poll, Quality
from domain.registers import DataType, Order, ReadableRange, Register, Space
from simulators.registers import words_of
from tests.collector.fakes import Answer, Bench, device, good
from tests.domain.registers import register

HOLE = ReadableRange(space=Space.HOLDING, first=0, end=20)
FREQUENCY = register(DataType.F32, 10, name="frequency", unit="Hz")
SAYS = (
    register(DataType.F32, 0, name="voltage_l1_n", unit="V"),
    register(DataType.F32, 2, name="voltage_l2_n", unit="V"),
    FREQUENCY,
)
SHOWS = {"voltage_l1_n": 230.0, "voltage_l2_n": 231.0, "frequency": 50.0}


def lying(*registers: Register, readable: tuple[ReadableRange, ...] = (HOLE,)) -> Device:
    found = device(1, registers=registers)
    return replace(found, profile=replace(found.profile, readable=readable))


class Meter:
    """A meter that has the registers of SAYS and refuses reads of anything else."""

    def __init__(self) -> None:
        self.words = {
            r.address + place: word for r in SAYS for place, word in enumerate(words_of(r, SHOWS[r.name]))
        }
        self.requests = 0

    def answer(self, unit: int, space: Space, address: int, count: int) -> Answer:
        self.requests += 1
        if not all(place in self.words for place in range(address, address + count)):
            return DeviceRefused("d1", 2, space=space, address=address, count=count)
        return b"".join(self.words[place].to_bytes(2, "big") for place in range(address, address + count))


async def polled(found: Device, meter: Meter, seconds: float) -> tuple[list[Poll], Bench]:
    bench = Bench([found])
    bench.units.answer = meter.answer
    await bench.run(seconds)
    return bench.polls("d1"), bench


async def test_a_hole_in_the_readable_range_costs_one_poll_and_is_blamed_on_the_profile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    meter = Meter()
    with caplog.at_level(logging.WARNING):
        polls, bench = await polled(lying(*SAYS), meter, 20)
    assert len(good(polls)) >= len(polls) - 1
    assert polls[-1].values == SHOWS
    assert meter.requests == 1 + 2 * (len(polls) - 1)
    assert "4..9 cannot be read, so correct [[readable]]" in bench.poller.health[0].last_error
    assert sum("profile and device disagree" in record.message for record in caplog.records) == 1


async def test_a_register_that_the_meter_has_not_leaves_the_others_alone_and_says_why() -> None:
    meter = Meter()
    extra = register(DataType.U16, 12, name="alarm", unit="code")
    polls, bench = await polled(lying(*SAYS, extra), meter, 300)
    last = polls[-1]
    assert last.values == {**SHOWS, "alarm": None}
    assert last.quality == {"alarm": Quality.ILLEGAL_ADDRESS}
    assert "the device has no alarm (holding 12..12)" in bench.poller.health[0].last_error
    asked_in_vain = meter.requests - 2 * len(polls)
    assert asked_in_vain < 20  # a few cuts, then within ever longer rests, once a minute


async def test_a_register_that_is_refused_only_while_the_meter_starts_up_comes_back() -> None:
    meter = Meter()
    word = meter.words.pop(10)
    bench = Bench([lying(*SAYS)])
    bench.units.answer = meter.answer
    bench.time.after(40, lambda: meter.words.update({10: word}))
    await bench.run(140)
    polls = bench.polls("d1")
    assert polls[20].quality == {"frequency": Quality.ILLEGAL_ADDRESS}
    assert polls[-1].values == SHOWS
    assert polls[-1].quality == {}
    assert bench.poller.health[0].last_error.count("frequency") == 0


async def test_values_that_make_sense_only_in_another_word_order_are_blamed_on_the_profile() -> None:
    turned = tuple(replace(r, word_order=Order.LITTLE) for r in SAYS)
    _, bench = await polled(lying(*turned, readable=()), Meter(), 5)
    said = bench.poller.health[0].last_error
    assert said.startswith("the profile, it seems: values make little sense")
    assert "with the other word_order" in said


async def test_a_meter_that_refuses_for_its_own_reasons_is_not_blamed_on_the_profile() -> None:
    bench = Bench([lying(*SAYS)])
    bench.units.answer = lambda unit, space, address, count: DeviceRefused(
        "d1", 4, space=space, address=address, count=count
    )
    await bench.run(20)
    assert "exception 4" in bench.poller.health[0].last_error
    assert "profile, it seems" not in bench.poller.health[0].last_error


async def test_an_honest_profile_is_not_doubted() -> None:
    meter = Meter()
    polls, bench = await polled(lying(*SAYS, readable=()), meter, 10)
    assert bench.poller.health[0].last_error == ""
    assert meter.requests == 2 * len(polls)


@pytest.mark.parametrize("interval_s", [900.0, 3600.0, 7200.0])
async def test_a_hole_costs_hardly_a_poll_however_rare_the_polls_are(interval_s: float) -> None:
    meter = Meter()
    polls, _ = await polled(replace(lying(*SAYS), interval_s=interval_s), meter, 90 * interval_s)
    assert len(polls) >= 90
    assert sum(poll.values != SHOWS for poll in polls) <= 2  # one at first, one when it was believed again


async def test_a_read_that_has_answered_is_not_cut_because_of_a_refusal_now_and_then() -> None:
    meter = Meter()
    bench = Bench([lying(*SAYS, readable=())])
    ordinal = 0

    def answer(unit: int, space: Space, address: int, count: int) -> Answer:
        nonlocal ordinal
        ordinal += 1
        if ordinal % 10 == 9:
            return DeviceRefused("d1", 2, space=space, address=address, count=count)
        return meter.answer(unit, space, address, count)

    bench.units.answer = answer
    await bench.run(200)
    polls = bench.polls("d1")
    assert ordinal == 2 * len(polls)
    assert sum(poll.values != SHOWS for poll in polls) <= len(polls) / 4


async def test_a_register_that_is_never_there_is_seldom_asked_for_where_polls_are_rare() -> None:
    meter = Meter()
    extra = register(DataType.U16, 12, name="alarm", unit="code")
    polls, bench = await polled(replace(lying(*SAYS, extra), interval_s=60.0), meter, 59 * 60)
    assert "the device has no alarm (holding 12..12)" in bench.poller.health[0].last_error
    assert meter.requests - 2 * len(polls) <= 14


async def test_a_wrong_word_order_is_found_though_the_meter_stood_still_at_first() -> None:
    turned = tuple(replace(r, word_order=Order.LITTLE) for r in SAYS)
    meter = Meter()
    words, meter.words = meter.words, dict.fromkeys(meter.words, 0)
    bench = Bench([lying(*turned, readable=())])
    bench.units.answer = meter.answer
    bench.time.after(30, lambda: meter.words.update(words))
    await bench.run(100)
    assert "with the other word_order" in bench.poller.health[0].last_error
