"""ModbusLink against devices that do every wrong thing there is: never a value of another request."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.unit import ModbusLink
from domain.errors import BadAnswer, DeviceError, DeviceRefused, LinkDown, NoAnswer
from domain.plant import Link, LinkKind
from domain.reading import Quality
from domain.registers import Space
from tests.collector.scripted import CUT, Asked, Device, Step, honest, opened, scripted

KINDS = list(LinkKind)
RTU_KINDS = [LinkKind.RTU_TCP, LinkKind.SERIAL]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_rtu = pytest.mark.parametrize("kind", RTU_KINDS)


def ordinal_of(space: Space, answer: bytes) -> int:
    """Return which request an answer belongs to; fails when it is a mixture."""
    if space.is_bits:
        return sum(bit << place for place, bit in enumerate(answer[:16]))
    words = {answer[place : place + 2] for place in range(0, len(answer), 2)}
    assert len(words) == 1, answer.hex(" ")
    return int.from_bytes(words.pop(), "big")


async def read(link: ModbusLink, count: int = 2, *, unit_id: int = 1, timeout_s: float = 0.5) -> int:
    """Read holding registers; return the ordinal of the request that the answer belongs to."""
    answer = await link.read(unit_id, Space.HOLDING, 100, count, timeout_s=timeout_s)
    assert len(answer) == 2 * count
    return ordinal_of(Space.HOLDING, answer)


def once(first: Callable[[Asked], Sequence[Step]]) -> Callable[[Asked], Sequence[Step]]:
    """Do something else with the first request; be honest from then on."""
    return lambda asked: first(asked) if asked.ordinal == 1 else honest(asked)


# What works


@every_kind
async def test_the_first_read_opens_the_link_and_brings_what_was_asked(kind: LinkKind) -> None:
    async with scripted(kind) as device, opened(device) as link:
        assert await read(link) == 1
        assert await read(link, 125) == 2
        assert device.asked[0].address == 100
        assert device.asked[0].function == 3


@every_kind
@pytest.mark.parametrize("space", list(Space))
async def test_each_space_has_its_function_code_and_bits_come_one_byte_each(
    kind: LinkKind, space: Space
) -> None:
    async with scripted(kind) as device, opened(device) as link:
        for _ in range(5):
            answer = await link.read(7, space, 3, 16, timeout_s=0.5)
        assert device.asked[-1].function == space.function_code
        assert device.asked[-1].unit_id == 7
        expected = [1, 0, 1] + [0] * 13 if space.is_bits else [0, 5] * 16
        assert list(answer) == expected


@every_kind
async def test_an_answer_in_fragments_of_one_byte_is_fine(kind: LinkKind) -> None:
    def drip(asked: Asked) -> Sequence[Step]:
        return [(0.001 * n, bytes([byte])) for n, byte in enumerate(asked.good(), 1)]

    async with scripted(kind, drip) as device, opened(device) as link:
        assert [await read(link, 20) for _ in range(3)] == [1, 2, 3]


@every_kind
async def test_only_function_codes_one_to_four_reach_the_wire_whatever_happens(kind: LinkKind) -> None:
    dice = random.Random(13)

    def moody(asked: Asked) -> Sequence[Step]:
        choices: list[Sequence[Step]] = [
            [(0, asked.good())], [(0, asked.refusal(2))], [], [(0, dice.randbytes(9))], [(0, CUT)],
        ]  # fmt: skip
        return dice.choice(choices)

    async with scripted(kind, moody) as device, opened(device) as link:
        for _ in range(60):
            space = dice.choice(list(Space))
            try:
                await link.read(dice.randint(1, 3), space, dice.randint(0, 65000), 9, timeout_s=0.004)
            except DeviceError:
                continue
        assert len(device.asked) >= 50
        assert {asked.function for asked in device.asked} == {1, 2, 3, 4}
        size = 12 if kind is LinkKind.TCP else 8
        assert len(device.received) == size * len(device.asked)


# Late answers (fault 24)


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


# Cancelled, cut, closed, refused (fault 28 and reconnecting)


@every_kind
async def test_a_read_cancelled_midway_leaks_nothing_into_the_next(kind: LinkKind) -> None:
    async with scripted(kind, lambda asked: [(0.03, asked.good())]) as device, opened(device) as link:
        for wait_s in (0.0, 0.005, 0.02, 0.029, 0.0305):
            task = asyncio.create_task(read(link))
            await asyncio.sleep(wait_s)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert await read(link) == len(device.asked)


async def test_a_connection_dropped_midway_costs_no_full_timeout() -> None:
    for kind in (LinkKind.TCP, LinkKind.RTU_TCP):
        script = once(lambda asked: [(0, asked.good()[:6]), (0.01, CUT)])
        async with scripted(kind, script) as device, opened(device) as link:
            started = time.monotonic()
            with pytest.raises(LinkDown):
                await read(link, timeout_s=5.0)
            assert time.monotonic() - started < 1.0
            assert await read(link) == len(device.asked)


async def test_an_answer_to_a_cut_connection_does_not_count_on_the_new_one() -> None:
    """A transparent serial server gives late bytes to whoever is connected now."""

    def script(asked: Asked) -> Sequence[Step]:
        return [(0, CUT), (0.05, asked.good())] if asked.ordinal == 1 else [(0.06, asked.good())]

    async with scripted(LinkKind.RTU_TCP, script) as device, opened(device) as link:
        with pytest.raises(LinkDown):
            await read(link)
        for _ in range(4):
            assert await read(link) == len(device.asked)


@pytest.mark.parametrize("kind", [LinkKind.TCP, LinkKind.RTU_TCP])
async def test_a_closed_port_is_a_link_down_at_once_and_reading_goes_on_after_the_restart(
    kind: LinkKind,
) -> None:
    async with scripted(kind) as device, opened(device) as link:
        assert await read(link) == 1
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(LinkDown) as caught:
            await read(link, timeout_s=5.0)
    assert time.monotonic() - started < 1.0
    assert f"127.0.0.1:{device.link.port}" in str(caught.value)
    loop = asyncio.get_running_loop()
    async with scripted(kind) as other:
        server = await loop.create_server(lambda: _relay(other), "127.0.0.1", device.link.port)
        try:
            assert await read(link) == 1
        finally:
            await link.close()
            server.close()


def _relay(device: Device) -> asyncio.Protocol:
    from tests.collector.scripted import _Connection

    return _Connection(device)


async def test_a_host_that_does_not_exist_is_a_link_down() -> None:
    for host in ("nowhere.invalid", "a" * 70 + ".invalid", ""):
        link = ModbusLink(Link(id="l", kind=LinkKind.TCP, host=host, port=1))
        with pytest.raises(LinkDown):
            await link.read(1, Space.HOLDING, 0, 1, timeout_s=2.0)


@pytest.mark.parametrize("path", ["/dev/nothing-here", "/tmp", "/dev/null", "/etc/hostname"])
async def test_a_serial_path_that_is_no_port_is_a_link_down(path: str) -> None:
    link = ModbusLink(Link(id="l", kind=LinkKind.SERIAL, path=path))
    for _ in range(2):
        with pytest.raises(LinkDown):
            await link.read(1, Space.HOLDING, 0, 1, timeout_s=0.2)


async def test_a_serial_adapter_pulled_out_is_a_link_down_and_works_again_when_it_is_back() -> None:
    async with scripted(LinkKind.SERIAL) as device, opened(device) as link:
        assert await read(link) == 1
        stays = device.link.path
    with pytest.raises(LinkDown):
        await link.read(1, Space.HOLDING, 0, 2, timeout_s=0.2)
    async with scripted(LinkKind.SERIAL) as device:
        if device.link.path == stays:  # the same number again, as for a USB adapter
            assert await read(link) == 1
        await link.close()


async def test_close_during_a_read_tells_the_reader_at_once() -> None:
    async with scripted(LinkKind.TCP, lambda asked: []) as device, opened(device) as link:
        task = asyncio.create_task(read(link, timeout_s=5.0))
        await asyncio.sleep(0.02)
        await link.close()
        with pytest.raises(LinkDown):
            await task


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
