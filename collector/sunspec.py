"""Ask a device where it keeps its SunSpec models: two words a read, and never faster than it can bear."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from domain.errors import BadAnswer, DeviceError, DeviceRefused, NoAnswer
from domain.ports import ModbusUnit
from domain.registers import Space
from domain.sunspec import BASES, Chain, Walk

_NOT_NOW = frozenset({5, 6, 10, 11})
"""Exceptions that say nothing about an address: acknowledged, busy, gateway without path or target."""


async def walk(
    unit: ModbusUnit,
    unit_id: int,
    *,
    timeout_s: float,
    pause_s: float = 0.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    subject: str = "",
) -> Chain:
    """Return the chain of models of a unit, looked for at 40000, 50000 and 0.

    DeviceError where there is none: NoAnswer when the unit is silent everywhere, BadAnswer of kind
    `sunspec` when it answers without a marker or its chain cannot be.
    """
    way = Walk(subject or f"unit {unit_id}")
    silence: NoAnswer | None = None
    is_heard = False
    while True:
        try:
            await step(unit, unit_id, way, timeout_s=timeout_s)
            is_heard = True
        except NoAnswer as error:
            if not way.is_searching:
                raise
            if way.base == BASES[-1] and not is_heard:
                raise silence or error from None
            silence = error
            way.pass_over()
        if way.chain is not None:
            return way.chain
        if pause_s:
            await sleep(pause_s)


async def step(unit: ModbusUnit, unit_id: int, way: Walk, *, timeout_s: float) -> None:
    """Take one read of a walk that is not over; a refused place is passed over."""
    address = way.wanted
    assert address is not None, "the walk is over"
    try:
        answer = await unit.read(unit_id, Space.HOLDING, address, way.words, timeout_s=timeout_s)
    except DeviceRefused as error:
        if error.code in _NOT_NOW:
            raise
        way.pass_over()
    else:
        way.take(answer)


class Placing:
    """Where the models of one device are, and when to look for them again."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._way: Walk | None = Walk(subject)
        self._doubted: Chain | None = None
        """The chain that was looked for again because of a refusal: once is enough."""
        self.chain: Chain | None = None

    @property
    def is_known(self) -> bool:
        """Say whether the models have been found and nothing has made them doubtful since."""
        return self._way is None

    async def step(self, unit: ModbusUnit, unit_id: int, *, timeout_s: float) -> None:
        """Go one read further; a failure ends this walk, and the next step begins another.

        A device may be silent where it has nothing, so after a silence the next walk begins at another
        base: an attempt costs one timeout, however many bases there are.
        """
        way = self._way
        assert way is not None, "the models are known"
        try:
            await step(unit, unit_id, way, timeout_s=timeout_s)
        except NoAnswer:
            self._begin(_after(way.base) if way.is_searching and self.chain is None else way.base)
            raise
        except DeviceError:
            self._begin(BASES[0] if self.chain is None else self.chain.base)
            raise
        if way.chain is not None:
            self.chain, self._way = way.chain, None

    def look_again(self) -> None:
        """Begin a new walk, for a device that was away or whose chain moved."""
        if self._way is None and self.chain is not None:
            self._begin(self.chain.base)

    def doubt(self) -> None:
        """Look again because an address was refused; not twice where that found nothing new."""
        if self._doubted != self.chain:
            self._doubted = self.chain
            self.look_again()

    def _begin(self, base: int) -> None:
        self._way = Walk(self._subject, (base, *(other for other in BASES if other != base)))


def _after(base: int) -> int:
    return BASES[(BASES.index(base) + 1) % len(BASES)]


def moved(subject: str, name: str, address: int) -> BadAnswer:
    """Return the error for a model whose first words are no longer where they were found."""
    return BadAnswer(
        subject,
        f"SunSpec {name} is no longer at {address}",
        "its models are looked for again before its next poll",
        kind="sunspec",
    )
