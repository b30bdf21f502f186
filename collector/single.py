"""One poll of one device, with the raw registers beside the values: what `read` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from collector.blocks import Block
from collector.compiled import compile_device
from collector.sunspec import walk
from domain.errors import DeviceRefused
from domain.plant import Device, Link
from domain.ports import ModbusUnit
from domain.reading import Quality
from domain.registers import Register
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

    def as_json(self) -> dict[str, object]:
        """Return plain JSON types."""
        return asdict(self)


async def read_once(device: Device, link: Link, unit: ModbusUnit) -> SinglePoll:
    """Poll the device once; DeviceError when it gives nothing. SunSpec models are looked for first."""
    chain = None
    if has_models(device.profile):
        pause_s = max(link.pause_s, device.profile.pause_s)
        chain = await walk(unit, device.unit_id, timeout_s=link.timeout_s, pause_s=pause_s, subject=device.id)
    blocks, decoder = compile_device(device, chain=chain)
    answers = []
    refused: dict[int, DeviceRefused] = {}
    for number, block in enumerate(blocks):
        try:
            answer = await unit.read(
                device.unit_id, block.space, block.first, block.count, timeout_s=link.timeout_s
            )
        except DeviceRefused as error:
            refused[number] = error
            if len(refused) == len(blocks):
                raise
            answer = bytes(block.count * (1 if block.space.is_bits else 2))
        answers.append(answer)
    values, quality = decoder.decode(answers)
    registers: list[Decoded] = []
    for number, (block, answer) in enumerate(zip(blocks, answers, strict=True)):
        registers += _decoded(block, answer, values, quality, refused.get(number))
    asked = {register.name: register for register in device.profile.registers}
    shown = {each.name for each in registers}
    registers = [each for each in registers if each.name in asked]  # without the first words of models
    registers += [_absent(asked[name]) for name in values if name not in shown]
    return SinglePoll(
        device=device.id,
        profile=device.profile.id,
        address=link.address,
        unit_id=device.unit_id,
        requests=len(blocks),
        registers=tuple(registers),
    )


def _absent(register: Register) -> Decoded:
    return Decoded(
        name=register.name,
        value=None,
        unit=register.canonical_unit,
        quality=Quality.NOT_AVAILABLE.code,
        space=register.space.value,
        address=register.address,
        raw="",
        label=dict(register.label),
        model=register.model,
    )


def _decoded(
    block: Block,
    answer: bytes,
    values: dict[str, float | None],
    quality: dict[str, Quality],
    refused: DeviceRefused | None,
) -> Sequence[Decoded]:
    rows = []
    for register in block.registers:
        start = register.address - block.first
        size = 1 if block.space.is_bits else 2
        raw = answer[start * size : (start + register.type.width) * size]
        found = refused.quality if refused else quality.get(register.name, Quality.GOOD)
        rows.append(
            Decoded(
                name=register.name,
                value=None if refused else values.get(register.name),
                unit=register.canonical_unit,
                quality=found.code,
                space=register.space.value,
                address=register.address,
                raw="" if refused else raw.hex(" ", size),
                label=dict(register.label),
            )
        )
    return rows
