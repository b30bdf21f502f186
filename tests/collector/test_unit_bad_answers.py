"""Answers that are none, refusals and arbitrary bytes: rejected, counted, forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import BadAnswer, DeviceError, DeviceRefused
from domain.plant import LinkKind
from domain.reading import Quality
from domain.registers import Space
from tests.collector.scripted import (
    Asked,
    Step,
    once,
    opened,
    read,
    scripted,
)

KINDS = list(LinkKind)
RTU_KINDS = [LinkKind.RTU_TCP, LinkKind.SERIAL]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_rtu = pytest.mark.parametrize("kind", RTU_KINDS)


# Answers that are none (faults 25 and 26)

Spoiled = Callable[[Asked], bytes]
SPOILED: dict[str, tuple[str, Spoiled]] = {
    "short": ("length", lambda a: a.frame(bytes([3, 2]) + a.payload()[:2])),
    "long": ("length", lambda a: a.frame(bytes([3, 6]) + a.payload() + b"\xde\xad")),
    "empty": ("length", lambda a: a.frame(bytes([3, 0]))),
    "odd": ("length", lambda a: a.frame(bytes([3, 3]) + a.payload()[:3])),
    "wrong function": ("function", lambda a: a.frame(bytes([4, 4]) + a.payload())),
    "foreign refusal": ("function", lambda a: a.frame(bytes([0x84, 2]))),
    "wrong unit": ("unit", lambda a: a.frame(bytes([3, 4]) + a.payload(), unit_id=9)),
    "garbage": ("frame", lambda a: bytes.fromhex("deadbeef00112233445566778899")),
}
TCP_SPOILED: dict[str, tuple[str, Spoiled]] = {
    "transaction 0": ("transaction", lambda a: a.frame(bytes([3, 4]) + a.payload(), transaction=0)),
    "transaction of another": (
        "transaction",
        lambda a: a.frame(bytes([3, 4]) + a.payload(), transaction=a.transaction ^ 0x5555),
    ),
    "byte count too large": ("length", lambda a: a.frame(bytes([3, 6]) + a.payload())),
    "byte count too small": ("length", lambda a: a.frame(bytes([3, 2]) + a.payload())),
    "mbap length too large": ("frame", lambda a: a.good()[:5] + bytes([a.good()[5] + 5]) + a.good()[6:]),
    "mbap length too small": ("length", lambda a: a.good()[:5] + bytes([a.good()[5] - 2]) + a.good()[6:]),
    "mbap length 2": ("frame", lambda a: a.good()[:5] + b"\x02" + a.good()[6:]),
    "mbap length 65535": ("frame", lambda a: a.good()[:4] + b"\xff\xff" + a.good()[6:]),
    "other protocol": ("frame", lambda a: a.good()[:2] + b"\0\1" + a.good()[4:]),
    "refusal with a tail": ("function", lambda a: a.frame(bytes([0x83, 2, 0]))),
}
RTU_SPOILED: dict[str, tuple[str, Spoiled]] = {
    "wrong checksum": ("frame", lambda a: a.good()[:-1] + bytes([a.good()[-1] ^ 0xFF])),
    "lying byte count": ("frame", lambda a: a.good()[:2] + bytes([a.good()[2] + 5]) + a.good()[3:]),
    "endless noise": ("frame", lambda a: b"\x55" * 2000),
}
CASES = [
    *((kind, name) for kind in KINDS for name in SPOILED),
    *((LinkKind.TCP, name) for name in TCP_SPOILED),
    *((kind, name) for kind in RTU_KINDS for name in RTU_SPOILED),
]


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind}-{name}" for kind, name in CASES])
async def test_an_answer_that_is_none_is_rejected_counted_and_forgotten(kind: LinkKind, name: str) -> None:
    expected, spoiled = {**SPOILED, **TCP_SPOILED, **RTU_SPOILED}[name]
    async with scripted(kind, once(lambda asked: [(0, spoiled(asked))])) as device, opened(device) as link:
        with pytest.raises(BadAnswer) as caught:
            await read(link, timeout_s=0.1)
        assert caught.value.kind == expected
        for _ in range(3):  # one more may be lost to clear the line, never taken wrong
            try:
                assert await read(link) == len(device.asked)
            except BadAnswer:
                continue
        assert await read(link) == len(device.asked)


@pytest.mark.parametrize("trailing", [b"\x00\x07", b"\xde\xad\xbe\xef", b"\x00\x00\x00\x00\x00\x03\x01"])
async def test_bytes_behind_a_tcp_answer_are_no_part_of_the_next_one(trailing: bytes) -> None:
    script = once(lambda asked: [(0, asked.good() + trailing)])
    async with scripted(LinkKind.TCP, script) as device, opened(device) as link:
        assert await read(link) == 1
        with pytest.raises(DeviceError):
            await read(link, timeout_s=0.1)
        for _ in range(3):
            assert await read(link) == len(device.asked)


async def test_two_tcp_answers_in_one_portion_are_two_answers() -> None:
    def script(asked: Asked) -> Sequence[Step]:
        other = asked.frame(bytes([3, 4]) + b"\xde\xad\xbe\xef", transaction=asked.transaction + 7)
        return [(0, other + asked.good() + other)]

    async with scripted(LinkKind.TCP, script) as device, opened(device) as link:
        assert [await read(link) for _ in range(3)] == [1, 2, 3]


# Refusals (fault 27)


@every_kind
@pytest.mark.parametrize("code", [*range(1, 12), 0x77, 0])
async def test_every_exception_code_has_its_quality(kind: LinkKind, code: int) -> None:
    async with scripted(kind, lambda asked: [(0, asked.refusal(code))]) as device, opened(device) as link:
        for _ in range(2):
            with pytest.raises(DeviceRefused) as caught:
                await link.read(1, Space.INPUT, 40, 3, timeout_s=0.5)
        error = caught.value
        assert (error.code, error.space, error.address, error.count) == (code, Space.INPUT, 40, 3)
        known = {1, 2, 3, 4, 5, 6, 7, 8, 10, 11}
        assert error.quality == (30 + code if code in known else Quality.UNKNOWN_EXCEPTION)
        assert len(device.asked) == 2


# Arbitrary bytes (security 15)


def mutated(good: bytes, edits: list[tuple[int, int]], cut: int) -> bytes:
    """Return the answer with some bytes replaced and its end cut off."""
    content = bytearray(good)
    for place, byte in edits:
        content[place % len(content)] = byte
    return bytes(content[: len(content) - cut])


edits = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 255)), max_size=3)


@pytest.mark.parametrize("kind", [LinkKind.TCP, LinkKind.RTU_TCP])
def test_arbitrary_bytes_are_never_a_value_unless_they_are_a_sound_answer(kind: LinkKind) -> None:
    with asyncio.Runner() as runner:

        @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.one_of(st.binary(min_size=1, max_size=300), st.tuples(edits, st.integers(0, 3))))
        def check(said: bytes | tuple[list[tuple[int, int]], int]) -> None:
            runner.run(_say_and_judge(kind, said))

        check()


async def _say_and_judge(kind: LinkKind, said: bytes | tuple[list[tuple[int, int]], int]) -> None:
    sent: list[bytes] = []

    def script(asked: Asked) -> Sequence[Step]:
        sent.append(said if isinstance(said, bytes) else mutated(asked.good(), *said))
        return [(0, sent[-1])]

    async with scripted(kind, script) as device, opened(device) as link:
        try:
            answer = await link.read(1, Space.HOLDING, 100, 2, timeout_s=0.01)
        except DeviceError:
            return
        asked = device.asked[-1]
        assert asked.frame(bytes([3, 4]) + answer) in sent[-1]
