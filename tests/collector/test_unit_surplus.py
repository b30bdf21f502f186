"""RTU answers that nobody asked for: the one taken before them may be another master's."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

import pytest

from agent.clock import PlantClock
from collector.poller import LinkPoller
from collector.unit import ModbusLink
from domain.errors import BadAnswer, NoAnswer
from domain.plant import LinkKind
from domain.reading import Gap, Poll
from domain.registers import DataType, Space
from tests.collector.fakes import device as meter
from tests.collector.fakes import failures, good
from tests.collector.scripted import Asked, Step, honest, opened, ordinal_of, read, scripted
from tests.domain.registers import register

every_rtu = pytest.mark.parametrize("kind", [LinkKind.RTU_TCP, LinkKind.SERIAL])


def foreign(asked: Asked, *, unit_id: int | None = None) -> bytes:
    """Return an answer of the same shape with the data of another request."""
    return asked.frame(bytes([3, 2 * asked.count]) + b"\xde\xad" * asked.count, unit_id=unit_id)


@every_rtu
@pytest.mark.parametrize("delay_s", [0.01, 0.03])
async def test_an_answer_that_comes_when_nobody_asks_spoils_the_next_read_of_that_unit(
    kind: LinkKind, delay_s: float
) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        if asked.ordinal == 2:
            return [(0, foreign(asked)), (delay_s, asked.good())]
        return honest(asked)

    async with scripted(kind, script) as device, opened(device) as link:
        assert await read(link) == 1
        assert await read(link) == 0xDEAD  # no one can know
        await asyncio.sleep(0.05)
        with pytest.raises(BadAnswer, match="another master") as caught:
            await read(link)
        assert caught.value.kind == "surplus"
        assert len(device.asked) == 2
        for _ in range(3):
            assert await read(link) == len(device.asked)
        assert len(device.asked) == 6  # one of them brought the unit back into step


@every_rtu
async def test_a_second_answer_in_the_same_portion_spoils_the_read_itself(kind: LinkKind) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        return [(0, foreign(asked) + asked.good())] if asked.ordinal == 1 else honest(asked)

    async with scripted(kind, script) as device, opened(device) as link:
        with pytest.raises(BadAnswer) as caught:
            await read(link)
        assert caught.value.kind == "surplus"
        for _ in range(3):
            assert await read(link) == len(device.asked)


@every_rtu
async def test_steps_lost_for_good_are_never_more_than_one_wrong_value(kind: LinkKind) -> None:
    """Each answer comes when the next request is out, as after one of another master's answers."""
    late: list[bytes] = []

    def script(asked: Asked) -> Sequence[Step]:
        if asked.ordinal == 2:
            late.append(asked.good())
            return [(0, foreign(asked))]
        if late:
            return [(0, late.pop()), (0.005, asked.good())]
        return honest(asked)

    wrong = 0
    async with scripted(kind, script) as device, opened(device) as link:
        for _ in range(10):
            try:
                wrong += await read(link) != len(device.asked)
            except BadAnswer:
                continue
            await asyncio.sleep(0.01)
        assert wrong == 2  # the foreign answer, and ours to that request
        assert await read(link) == len(device.asked)


@every_rtu
async def test_a_surplus_answer_of_one_unit_is_no_fault_of_another(kind: LinkKind) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        if asked.ordinal == 2:  # within the read of unit 2
            return [(0, foreign(asked, unit_id=1)), (0.002, asked.good())]
        return honest(asked)

    async with scripted(kind, script) as device, opened(device) as link:
        assert await read(link, unit_id=1) == 1
        assert await read(link, unit_id=2) == 2
        assert await read(link, unit_id=2) == 3
        with pytest.raises(BadAnswer, match="unit 1"):
            await read(link, unit_id=1)
        assert await read(link, unit_id=1) == len(device.asked)
        assert await read(link, unit_id=2) == len(device.asked)


@every_rtu
async def test_a_surplus_refusal_counts_as_well(kind: LinkKind) -> None:
    async with scripted(kind) as device, opened(device) as link:
        assert await read(link) == 1
        device.say(device.asked[-1].refusal(6))
        await asyncio.sleep(0.01)
        with pytest.raises(BadAnswer) as caught:
            await read(link)
        assert caught.value.kind == "surplus"
        assert await read(link) == len(device.asked)


@every_rtu
async def test_a_surplus_frame_behind_noise_and_in_fragments_is_seen(kind: LinkKind) -> None:
    async with scripted(kind) as device, opened(device) as link:
        assert await read(link) == 1
        for byte in b"\xff\x00\x01\x03" + b"\x55" * 900 + foreign(device.asked[-1]):
            device.say(bytes([byte]))
        await asyncio.sleep(0.05)
        with pytest.raises(BadAnswer):
            await read(link)


@every_rtu
@pytest.mark.parametrize(
    "noise", [b"\0", b"\xff\xff", b"\x01\x03", b"\x01\x03\x04\xde\xad\xbe\xef\0\0", b"\x55" * 2000]
)
async def test_noise_between_requests_costs_nothing(kind: LinkKind, noise: bytes) -> None:
    async with scripted(kind) as device, opened(device) as link:
        for ordinal in range(1, 5):
            assert await read(link) == ordinal
            device.say(noise)
            await asyncio.sleep(0.005)
        assert device.connections <= 1


@every_rtu
async def test_a_late_answer_that_is_owed_is_no_surplus(kind: LinkKind) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        return [(0.05, asked.good())] if asked.ordinal == 1 else honest(asked)

    async with scripted(kind, script) as device, opened(device) as link:
        with pytest.raises(NoAnswer):
            await read(link, unit_id=1, timeout_s=0.02)
        assert await read(link, unit_id=2) == 2  # opens the link, on which the late answer comes
        await asyncio.sleep(0.06)
        assert await read(link, unit_id=1) == len(device.asked)


@every_rtu
async def test_a_poll_of_many_blocks_with_a_surplus_in_it_gives_no_value(kind: LinkKind) -> None:
    """The answer to the first block comes in the pause before the second."""
    registers = tuple(register(DataType.U16, 200 * n, name=f"r{n}", unit="kW") for n in range(3))
    items: list[Poll] = []

    def sink(item: Poll | Gap) -> None:
        assert isinstance(item, Poll)
        items.append(item)

    def script(asked: Asked) -> Sequence[Step]:
        if asked.ordinal == 4:  # the first block of the second poll
            return [(0, foreign(asked)), (0.004, asked.good())]
        return [(0.008, asked.good())]

    async with scripted(kind, script) as device:
        bus = dataclasses.replace(device.link, pause_s=0.015)
        link = ModbusLink(bus)
        devices = [meter(1, interval_s=0.2, registers=registers)]
        poller = LinkPoller(bus, devices, unit=link, clock=PlantClock(), sink=sink)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(1.5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert good(items[:1])
    assert [quality.code for quality in failures(items[1:2])] == ["bad_answer"]
    assert not any(0xDEAD in poll.values.values() for poll in items)
    assert len(good(items[-2:])) == 2


@every_rtu
async def test_a_gateway_that_gives_every_answer_twice_is_called_so_and_never_believed_wrongly(
    kind: LinkKind,
) -> None:
    kinds = set()

    def twice(asked: Asked) -> Sequence[Step]:
        return [(0, asked.good()), (0.003, asked.good())]

    async with scripted(kind, twice) as device, opened(device) as link:
        for _ in range(12):
            try:
                answer = await link.read(1, Space.HOLDING, 0, 2, timeout_s=0.2)
            except BadAnswer as error:
                kinds.add(error.kind)
            else:
                assert ordinal_of(Space.HOLDING, answer) == len(device.asked)
            await asyncio.sleep(0.01)
    assert "surplus" in kinds
