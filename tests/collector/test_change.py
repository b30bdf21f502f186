"""Devices change on a link that is polled: the others notice nothing, and no instant is lost or doubled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from collector.change import successor, take_over
from collector.poller import LinkPoller
from domain.plant import Device, Link, LinkKind
from domain.reading import ALL_POINTS, Quality
from tests.collector.fakes import Bench, FakeUnits, device, good


def change(poller: LinkPoller, *devices: Device) -> None:
    """Do to one link what a reload does."""
    before = {entry.device.id: entry for entry in poller.scheduled}
    worded = {point.id for each in devices for point in each.points}
    entries = [successor(before.get(each.id), each, worded) for each in devices]
    for entry in entries:
        old = before.get(entry.device.id)
        if entry is not old:
            take_over(entry, old, last_at=0)
    poller.change(entries)


def instants(bench: Bench, name: str) -> list[int]:
    return [poll.at for poll in bench.polls(name)]


async def test_a_device_keeps_its_times_and_counts_while_its_neighbours_come_go_and_change() -> None:
    one, two, three = device(1), device(2), device(3)
    bench, alone = Bench([one, two]), Bench([one])
    health = bench.poller.scheduled[0].health
    slower = replace(two, interval_s=2.0)
    for at, devices in (
        (7.3, (one, two, three)),
        (12.71, (one, slower, three)),
        (20.999, (one,)),
        (25, (one, two)),
    ):
        bench.time.after(at, partial(change, bench.poller, *devices))
    await bench.run(40)
    await alone.run(40)
    assert bench.poller.scheduled[0].health is health
    assert health.polls == health.good == len(instants(bench, "d1"))
    pairs = zip(instants(bench, "d1"), instants(alone, "d1"), strict=True)
    assert all(abs(found - expected) <= 10 for found, expected in pairs)
    assert bench.units.closed == 1  # at the end


async def test_an_added_device_begins_at_its_next_aligned_instant() -> None:
    bench = Bench([device(1)])
    bench.time.after(7.3, lambda: change(bench.poller, device(1), device(2, interval_s=5.0)))
    await bench.run(31)
    polled = instants(bench, "d2")
    assert polled[0] - 1_763_800_000_250 == pytest.approx(9750, abs=10)
    assert {later - earlier for earlier, later in pairwise(polled)} == {5000}


@pytest.mark.parametrize("at_s", [9.6, 9.7501, 9.7549])
async def test_a_changed_device_goes_on_from_its_last_instant(at_s: float) -> None:
    """Between two polls, just when one is due, and in the middle of its read."""
    bench = Bench([device(1), device(2)])
    bench.units.latency_s = lambda unit: 0.01
    other = device(1, maximum=3.0)
    bench.time.after(at_s, lambda: change(bench.poller, other, device(2)))
    await bench.run(20)
    steps = {later - earlier for earlier, later in pairwise(instants(bench, "d1"))}
    assert min(steps) > 900
    assert max(steps) < 1100
    qualities = [poll.quality.get("p") for poll in bench.polls("d1")]
    assert qualities == sorted(qualities, key=str, reverse=True)
    assert qualities[0] is None
    assert qualities[-1] is Quality.OUT_OF_RANGE


async def test_a_device_dropped_while_it_is_read_leaves_that_reading_and_no_other() -> None:
    """Fault 28."""
    bench = Bench([device(1), device(2)])
    bench.units.answer = lambda unit, space, address, count: bytes((0, unit)) * count
    reads = 0

    def latency_s(unit: int) -> float:
        nonlocal reads
        reads += unit == 1
        if unit == 1 and reads == 5:
            change(bench.poller, device(2))  # the request is out
        return 0.01

    bench.units.latency_s = latency_s
    await bench.run(20)
    assert len(instants(bench, "d1")) == 5
    assert len(good(bench.polls("d2"))) == len(bench.polls("d2")) >= 19
    assert {poll.values["p"] for poll in bench.polls("d2")} == {2.0}


async def test_a_device_that_comes_back_on_its_link_is_polled_once_an_instant() -> None:
    bench = Bench([device(1), device(2)])
    for n in range(100):
        devices = (device(2),) if n % 2 else (device(1), device(2))
        bench.time.after(3 + n * 0.0501, partial(change, bench.poller, *devices))
    bench.time.after(9, lambda: change(bench.poller, device(1), device(2)))
    await bench.run(20)
    assert {round((later - earlier) / 1000) for earlier, later in pairwise(instants(bench, "d2"))} == {1}
    assert min(later - earlier for earlier, later in pairwise(instants(bench, "d1"))) > 900
    assert len(instants(bench, "d1")) >= 14


async def test_a_device_that_failed_keeps_failing_with_its_rest_while_a_neighbour_comes() -> None:
    bench = Bench([device(1), device(2)])
    bench.units.answer = lambda unit, space, address, count: None if unit == 1 else b"\0\5" * count
    before = bench.poller.scheduled[0]
    bench.time.after(10.2, lambda: change(bench.poller, device(1), device(2), device(3)))
    await bench.run(30)
    assert bench.poller.scheduled[0] is before
    assert before.attempts >= 4
    assert all(poll.quality[ALL_POINTS] is Quality.NO_ANSWER for poll in bench.polls("d1"))


async def test_a_link_taken_elsewhere_asks_there_from_the_next_poll_on() -> None:
    bench = Bench([device(1), device(2)])
    elsewhere = FakeUnits(bench.time, answer=lambda unit, space, address, count: b"\0\7" * count)

    def relink() -> None:
        link = Link(id="l", kind=LinkKind.TCP, host="127.0.0.2")
        assert bench.poller.relink(link, elsewhere) is bench.units

    bench.time.after(10.2, relink)
    await bench.run(20)
    values = [poll.values["p"] or 0.0 for poll in bench.polls("d1")]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (5.0, 7.0)
    assert {round((later - earlier) / 100) for earlier, later in pairwise(instants(bench, "d1"))} == {10}


async def test_a_poll_that_waits_for_the_link_is_not_made_by_the_way_it_had_before() -> None:
    bench = Bench([device(1), device(2)])
    moved = replace(device(1), unit_id=9)
    done = asyncio.Event()

    async def hold() -> None:
        """Hold the link over the instant of a poll, and change the device meanwhile."""
        async with bench.poller.borrowed():
            before.append(len(bench.units.asked[1]))
            for _ in range(50):
                await asyncio.sleep(0)
            change(bench.poller, moved, device(2))
        done.set()

    before: list[int] = []
    tasks: list[asyncio.Task[None]] = []
    bench.time.after(10.2, lambda: tasks.append(asyncio.create_task(hold())))
    await bench.run(20)
    assert done.is_set()
    assert [len(bench.units.asked[1])] == before
    times = [at for at, _ in bench.units.asked[1]], [at for at, _ in bench.units.asked[9]]
    assert max(times[0]) < min(times[1])
    assert max(later - earlier for earlier, later in pairwise([*times[0], *times[1]])) < 1.1
