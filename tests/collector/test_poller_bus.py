"""Many units on one link, and the link itself: the dead do not slow the living (fault 29)."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.errors import LinkDown
from domain.plant import LinkKind
from domain.reading import Gap, Poll, Quality
from domain.registers import Space
from tests.collector.fakes import Answer, Bench, biggest_gap_s, device, failures, good
from tests.collector.scripted import honest, scripted

# One bus, many units (fault 29)


@pytest.mark.parametrize("dead", [[7], [1], [20], [3, 11], [1, 2, 3]])
async def test_beside_silent_units_the_others_keep_their_interval(dead: list[int]) -> None:
    bench = Bench([device(unit) for unit in range(1, 21)])
    bench.units.answer = lambda unit, space, address, count: None if unit in dead else b"\0\5"
    await bench.run(300)
    settled_s = 2.0 * len(dead) + 2
    for unit in range(1, 21):
        name = f"d{unit}"
        if unit in dead:
            assert 295 <= len(bench.polls(name)) <= 301
            assert not good(bench.polls(name))
            continue
        assert 297 <= len(bench.polls(name)) <= 301
        assert len(good(bench.polls(name))) >= 299 - len(dead) - 1
        assert biggest_gap_s(bench, name, after_s=settled_s) < 1.06


async def test_a_silent_unit_that_comes_back_is_found_beside_a_dead_one() -> None:
    bench = Bench([device(unit) for unit in range(1, 21)])
    bench.units.latency_s = lambda unit: 0.15 if unit == 9 else 0.005

    def answer(unit: int, space: Space, address: int, count: int) -> Answer:
        is_silent = unit == 2 or (unit == 9 and bench.time.mono_s < 5100)
        return None if is_silent else b"\0\5"

    bench.units.answer = answer
    await bench.run(250)
    back = next(
        at
        for at, item in bench.items
        if good([item] if isinstance(item, Poll) and item.device == "d9" else [])
    )
    assert back - 5100 <= 65
    assert biggest_gap_s(bench, "d20", after_s=10) < 1.3


async def test_a_link_that_is_never_idle_still_finds_a_unit_that_comes_back() -> None:
    bench = Bench([device(unit) for unit in range(1, 21)])
    bench.units.latency_s = lambda unit: 0.05  # 19 of them fill 0.95 s of each second
    bench.units.answer = lambda unit, *_: None if unit == 9 and bench.time.mono_s < 5060 else b"\0\5"
    await bench.run(300)
    back = next(
        at
        for at, item in bench.items
        if good([item] if isinstance(item, Poll) and item.device == "d9" else [])
    )
    assert back - 5060 <= 130
    assert min(len(good(bench.polls(f"d{unit}"))) for unit in range(1, 21) if unit != 9) >= 270


async def test_beside_a_silent_unit_the_others_keep_their_interval_on_a_real_wire() -> None:
    """Twenty units behind one gateway, answers of 5 ms, one silent with a timeout of 1 s."""
    items: list[tuple[float, Poll]] = []

    def sink(item: Poll | Gap) -> None:
        assert isinstance(item, Poll)
        items.append((time.monotonic(), item))

    async with scripted(LinkKind.RTU_TCP, timeout_s=1.0) as bus:
        bus.script = lambda asked: [] if asked.unit_id == 7 else [(0.005, honest(asked)[0][1])]
        link = ModbusLink(bus.link)
        devices = [device(unit) for unit in range(1, 21)]
        poller = LinkPoller(bus.link, devices, unit=link, clock=PlantClock(), sink=sink)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(6.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    began = next(at for at, item in items if item.quality) + 1.0
    for unit in range(1, 21):
        mine = [(at, item) for at, item in items if item.device == f"d{unit}" and at > began]
        assert len(mine) >= 2
        if unit != 7:
            assert all(good([item]) for _, item in mine)
            times = [item.at for _, item in mine]
            assert all(900 <= b - a <= 1100 for a, b in pairwise(times))


# The link


async def test_while_the_link_is_down_every_poll_says_so_and_the_link_is_tried_rarely() -> None:
    bench = Bench([device(unit) for unit in range(1, 11)])
    tries: list[float] = []

    def answer(unit: int, space: Space, address: int, count: int) -> Answer:
        if not 5020 <= bench.time.mono_s < 5400:
            return b"\0\5"
        tries.append(bench.time.mono_s)
        return LinkDown("l", "refused")

    bench.units.answer = answer
    await bench.run(500)
    assert len(tries) <= 20
    for unit in range(1, 11):
        polls = bench.polls(f"d{unit}")
        assert 498 <= len(polls) <= 501
        assert set(failures(polls)) == {Quality.LINK_DOWN}
        back = [
            at
            for at, item in bench.items
            if isinstance(item, Poll) and item.device == f"d{unit}" and good([item])
        ]
        assert min(at for at in back if at > 5400) <= 5463


async def test_a_device_that_breaks_the_connection_costs_its_neighbours_nothing() -> None:
    bench = Bench([device(unit) for unit in range(1, 6)])
    bench.units.answer = lambda unit, *_: LinkDown("l", "closed") if unit == 3 else b"\0\5"
    await bench.run(200)
    for unit in (1, 2, 4, 5):
        assert len(good(bench.polls(f"d{unit}"))) >= 199
    assert set(failures(bench.polls("d3"))) == {Quality.LINK_DOWN}
