"""Faults that nobody foresaw: they cost a poll of one link, and nothing of the others."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.plant import LinkKind
from domain.reading import Gap, Poll, Quality
from domain.registers import Space
from tests.collector.fakes import Answer, Bench, device, failures, good
from tests.collector.scripted import scripted


async def test_an_unforeseen_exception_costs_its_polls_and_is_logged_once_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    bench = Bench([device(1)])

    def answer(unit: int, space: Space, address: int, count: int) -> Answer:
        if 5010 <= bench.time.mono_s < 5060:
            raise RuntimeError("nobody foresaw this")
        return b"\0\5"

    bench.units.answer = answer
    await bench.run(200)
    polls = bench.polls("d1")
    assert 199 <= len(polls) <= 201
    assert set(failures(polls)) == {Quality.LINK_DOWN}
    assert good(polls[-60:]) == polls[-60:]
    assert 4 <= bench.units.closed <= 10  # at each attempt, and they get rarer
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "RuntimeError: nobody foresaw this" in caplog.text
    assert "Traceback" in caplog.text


async def test_each_row_of_failures_has_its_own_traceback(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench([device(1)])

    def answer(unit: int, space: Space, address: int, count: int) -> Answer:
        if bench.time.mono_s % 100 < 10:
            raise KeyError(unit)
        return b"\0\5"

    bench.units.answer = answer
    await bench.run(250)
    assert caplog.text.count("Traceback") == 3


async def test_a_link_that_cannot_even_be_closed_goes_on() -> None:
    bench = Bench([device(1)])

    async def close() -> None:
        bench.units.closed += 1
        raise ValueError("not open")

    def answer(unit: int, space: Space, address: int, count: int) -> Answer:
        if bench.time.mono_s < 5010:
            raise ValueError("not open")
        return b"\0\5"

    bench.units.close = close  # type: ignore[method-assign]
    bench.units.answer = answer
    with pytest.raises(ValueError, match="not open"):  # the last one, at the end of the poller
        await bench.run(60)
    assert good(bench.polls("d1"))


async def test_a_sink_that_fails_ends_the_poller_because_nothing_would_be_kept() -> None:
    bench = Bench([device(1)])

    def full(item: Poll | Gap) -> None:
        raise MemoryError

    bench.poller._sink = full
    with pytest.raises(MemoryError):
        await bench.run(5)


async def test_a_serial_link_that_refuses_its_settings_does_not_end_the_task_group() -> None:
    """The other link of the agent is polled on."""
    items: list[Poll | Gap] = []
    async with scripted(LinkKind.SERIAL) as port, scripted(LinkKind.TCP) as meter:
        refused = dataclasses.replace(port.link, parity="E", stop_bits=2)
        quick = dataclasses.replace(device(1, interval_s=0.1), id="serial")
        pollers = [
            LinkPoller(refused, [quick], unit=ModbusLink(refused), clock=PlantClock(), sink=items.append),
            LinkPoller(
                meter.link,
                [device(1, interval_s=0.1)],
                unit=ModbusLink(meter.link),
                clock=PlantClock(),
                sink=items.append,
            ),
        ]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
                for poller in pollers:
                    group.create_task(poller.run())
    serial = [item for item in items if isinstance(item, Poll) and item.device == "serial"]
    others = [item for item in items if isinstance(item, Poll) and item.device == "d1"]
    assert set(failures(serial)) == {Quality.LINK_DOWN}
    assert len(good(others)) >= 7
