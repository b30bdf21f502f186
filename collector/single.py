"""One poll of one device, with the raw registers beside the values: what `read` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from collector.apart import Answers, read_apart
from collector.blocks import Block
from collector.compiled import compile_device, decoder_of
from collector.diagnosis import diagnose
from collector.sunspec import walk
from domain.plant import Device, Link
from domain.ports import ModbusUnit
from domain.reading import Quality
from domain.registers import Register, Space
from domain.sunspec import has_models


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One register, raw and decoded."""

    name: str
    value: float | None
    unit: str
    quality: str
    space: str
    address: int
    raw: str
    """Hexadecimal words, in the order of their addresses."""
    label: dict[str, str]
    model: int | None = None
    """SunSpec model that the device has not: `address` counts from its first word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePoll:
    """A device as it answered just now."""

    device: str
    profile: str
    address: str
    unit_id: int
    requests: int
    registers: tuple[Decoded, ...]
    doubts: tuple[str, ...] = ()
    """Who is to be looked at and why: the profile, the meter or the link."""

    def as_json(self) -> dict[str, object]:
        """Return plain JSON types."""
        return asdict(self)


async def read_once(device: Device, link: Link, unit: ModbusUnit) -> SinglePoll:
    """Poll the device once; DeviceError when it gives nothing. SunSpec models are looked for first.

    Where a block is refused, each of its registers is asked for alone: what the device has is shown, and
    whether profile or meter is to be looked at.
    """
    pause_s = max(link.pause_s, device.profile.pause_s)
    requests = 0

    async def ask(space: Space, address: int, count: int) -> bytes:
        nonlocal requests
        if requests:
            await asyncio.sleep(pause_s)
        requests += 1
        return await unit.read(device.unit_id, space, address, count, timeout_s=link.timeout_s)

    chain = None
    if has_models(device.profile):
        chain = await walk(unit, device.unit_id, timeout_s=link.timeout_s, pause_s=pause_s, subject=device.id)
        await asyncio.sleep(pause_s)
    blocks, _ = compile_device(device, chain=chain)
    answers = await read_apart(blocks, ask)
    values, quality = decoder_of(device, answers.decodable).decode(answers.payloads)
    return SinglePoll(
        device=device.id,
        profile=device.profile.id,
        address=link.address,
        unit_id=device.unit_id,
        requests=requests,
        registers=_shown(device, answers, values, quality),
        doubts=tuple(str(found) for found in diagnose(answers)),
    )


def _shown(
    device: Device, answers: Answers, values: dict[str, float | None], quality: dict[str, Quality]
) -> tuple[Decoded, ...]:
    """Return what came of each register: answered, refused, or of a model that the device has not."""
    asked = {register.name: register for register in device.profile.registers}
    rows: list[Decoded] = []
    for block, answer in zip(answers.blocks, answers.payloads, strict=True):
        rows += _decoded(block, answer, values, quality)
    shown = {row.name for row in rows}
    for refusal in answers.refusals:
        refused = [register for register in refusal.block.registers if register.name not in shown]
        rows += [_without_value(register, refusal.error.quality) for register in refused]
        shown |= {register.name for register in refused}
    rows = [row for row in rows if row.name in asked]  # without the first words of models
    absent = [asked[name] for name in values if name not in shown]
    return (*rows, *(_without_value(register, Quality.NOT_AVAILABLE) for register in absent))


def _without_value(register: Register, reason: Quality) -> Decoded:
    return Decoded(
        name=register.name,
        value=None,
        unit=register.canonical_unit,
        quality=reason.code,
        space=register.space.value,
        address=register.address,
        raw="",
        label=dict(register.label),
        model=register.model,
    )


def _decoded(
    block: Block, answer: bytes, values: dict[str, float | None], quality: dict[str, Quality]
) -> Iterator[Decoded]:
    for register in block.registers:
        start = register.address - block.first
        size = 1 if block.space.is_bits else 2
        raw = answer[start * size : (start + register.type.width) * size]
        yield Decoded(
            name=register.name,
            value=values.get(register.name),
            unit=register.canonical_unit,
            quality=quality.get(register.name, Quality.GOOD).code,
            space=register.space.value,
            address=register.address,
            raw=raw.hex(" ", size),
            label=dict(register.label),
        )
