"""Late answers (fault 24): never taken for that of another request."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence

import pytest

from domain.errors import DeviceError, NoAnswer
from domain.plant import LinkKind
from domain.registers import Space
from tests.collector.scripted import (
    Asked,
    Device,
    Step,
    honest,
    opened,
    ordinal_of,
    read,
    scripted,
)

KINDS = list(LinkKind)
RTU_KINDS = [LinkKind.RTU_TCP, LinkKind.SERIAL]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_rtu = pytest.mark.parametrize("kind", RTU_KINDS)


def slow_mind(dice: random.Random, device: Device, timeout_s: float) -> Callable[[Asked], Sequence[Step]]:
    """Answer in order, some at once, some late by up to three timeouts, some with a refusal, some never."""
    free_at = 0.0

    def think(asked: Asked) -> Sequence[Step]:
        nonlocal free_at
        now = time.monotonic()
        thinks_s = timeout_s * dice.choice([0, 0, 0, 0, 0.5, 1.1, 1.5, 2.5, 3])
        free_at = max(free_at, now) + thinks_s
        fate = dice.random()
        if fate < 0.08:
            return []
        content = asked.refusal(dice.choice([2, 4, 6, 11])) if fate < 0.3 else asked.good()
        return [(free_at - now, content)]

    return think


@every_kind
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_late_answer_is_never_taken_for_that_of_another_request(kind: LinkKind, seed: int) -> None:
    dice = random.Random(seed)
    timeout_s = 0.01
    good = 0
    async with scripted(kind) as device, opened(device) as link:
        device.script = slow_mind(dice, device, timeout_s)
        for _ in range(70):
            space = dice.choice([Space.HOLDING, Space.HOLDING, Space.HOLDING, Space.INPUT, Space.COIL])
            count = 16 if space is Space.COIL else dice.choice([1, 2, 2, 2, 3])
            try:
                answer = await link.read(
                    dice.choice([1, 1, 2]), space, dice.choice([0, 50]), count, timeout_s=timeout_s
                )
            except DeviceError:
                await asyncio.sleep(timeout_s * dice.choice([0, 0, 0.5, 1]))
                continue
            assert ordinal_of(space, answer) == len(device.asked)
            good += 1
    assert good >= 5


@every_rtu
async def test_a_late_refusal_does_not_shift_the_answers_behind_it(kind: LinkKind) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        delay_s = 0.05 if asked.ordinal == 1 else 0.06
        return [(delay_s, asked.refusal(11) if asked.ordinal == 1 else asked.good())]

    async with scripted(kind, script) as device, opened(device) as link:
        with pytest.raises(NoAnswer):
            await read(link, timeout_s=0.03)
        for _ in range(6):
            try:
                assert await read(link, timeout_s=0.5) == len(device.asked)
            except DeviceError:
                continue


@every_rtu
async def test_coils_of_other_counts_but_equal_bytes_are_not_mixed_up_either(kind: LinkKind) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        return [(0.04 if asked.ordinal == 1 else 0.03, asked.good())]

    async with scripted(kind, script) as device, opened(device) as link:
        with pytest.raises(NoAnswer):
            await link.read(1, Space.COIL, 0, 5, timeout_s=0.02)
        answer = await link.read(1, Space.COIL, 0, 5, timeout_s=0.5)
        assert ordinal_of(Space.COIL, answer) == len(device.asked)


@every_rtu
async def test_a_unit_that_refuses_odd_lengths_and_twins_is_told_so_and_recovers_by_a_change(
    kind: LinkKind,
) -> None:
    def picky(asked: Asked) -> Sequence[Step]:
        if asked.ordinal == 1:
            return []
        return [(0, asked.good() if (asked.function, asked.count) == (3, 2) else asked.refusal(2))]

    async with scripted(kind, picky) as device, opened(device) as link:
        with pytest.raises(NoAnswer):
            await read(link, timeout_s=0.03)
        assert await read(link) == len(device.asked)  # the twin's refusal names another function code


@every_kind
async def test_a_steadily_slow_device_gives_no_wrong_value_and_is_read_once_it_is_fast_again(
    kind: LinkKind,
) -> None:
    async with scripted(kind, lambda asked: [(0.06, asked.good())]) as device, opened(device) as link:
        for _ in range(8):
            with pytest.raises(DeviceError):
                await read(link, timeout_s=0.04)
        device.script = honest
        await asyncio.sleep(0.1)
        assert await read(link) == len(device.asked)


async def test_a_tcp_device_that_never_keeps_its_time_gets_a_fresh_connection() -> None:
    async with scripted(LinkKind.TCP, lambda asked: []) as device, opened(device) as link:
        for _ in range(6):
            with pytest.raises(NoAnswer):
                await read(link, timeout_s=0.01)
        assert device.connections == 2


async def test_a_late_tcp_answer_is_skipped_and_the_right_one_behind_it_taken() -> None:
    def script(asked: Asked) -> Sequence[Step]:
        return [(0.03 if asked.ordinal == 1 else 0.02, asked.good())]

    async with scripted(LinkKind.TCP, script) as device, opened(device) as link:
        with pytest.raises(NoAnswer):
            await read(link, timeout_s=0.02)
        assert await read(link) == 2
        assert device.connections == 1


async def test_a_late_tcp_answer_cut_in_two_between_reads_does_not_cost_the_next_read() -> None:
    async with scripted(LinkKind.TCP) as device, opened(device) as link:

        def script(asked: Asked) -> Sequence[Step]:
            if asked.ordinal > 1:
                return [(0, device_rest.pop()), (0.01, asked.good())]
            device_rest.append(asked.good()[7:])
            return [(0.02, asked.good()[:7])]

        device_rest: list[bytes] = []
        device.script = script
        with pytest.raises(NoAnswer):
            await read(link, timeout_s=0.01)
        await asyncio.sleep(0.03)
        assert await read(link) == 2


@every_rtu
async def test_a_late_answer_of_one_unit_and_that_of_the_next_in_one_portion_are_told_apart(
    kind: LinkKind,
) -> None:
    def script(asked: Asked) -> Sequence[Step]:
        if asked.unit_id == 1:
            held.append(asked.good())
            return []
        return [(0, held.pop() + asked.good())]

    held: list[bytes] = []
    async with scripted(kind, script) as device, opened(device) as link:
        with pytest.raises(NoAnswer):
            await read(link, unit_id=1, timeout_s=0.02)
        assert await read(link, unit_id=2) == len(device.asked)


@every_rtu
@pytest.mark.parametrize("noise", [b"\0", b"\xff\xff", b"\x01", b"\x01\x03", b"\x01\x03\x02"])
async def test_noise_before_a_sound_frame_does_not_cost_the_answer(kind: LinkKind, noise: bytes) -> None:
    async with scripted(kind, lambda asked: [(0, noise + asked.good())]) as device, opened(device) as link:
        assert [await read(link) for _ in range(3)] == [1, 2, 3]


@every_rtu
async def test_an_adapter_that_echoes_our_request_is_no_trouble(kind: LinkKind) -> None:
    async with scripted(kind) as device, opened(device) as link:
        device.script = lambda asked: [(0, bytes(device.received[-8:]) + asked.good())]
        assert [await read(link) for _ in range(3)] == [1, 2, 3]
