"""What is known of a device before it is polled: its planned reads and the decoder of their answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from collector.blocks import Block, plan_blocks
from collector.health import DeviceHealth
from domain.codec import DeviceDecoder, Limits
from domain.plant import Device
from domain.reading import Quality


@dataclass(slots=True, kw_only=True)
class Scheduled:
    """One device, ready to be polled."""

    device: Device
    blocks: tuple[Block, ...]
    decoder: DeviceDecoder
    health: DeviceHealth
    due: float = 0.0
    """Plant-monotonic second of its next poll."""
    attempts: int = 0
    """Attempts in a row that failed."""
    retry_at: float = 0.0
    """Before this a failing device is left alone."""
    last_at: int = 0
    quality: Quality = Quality.GOOD
    """Why it fails now."""
    is_traced: bool = False
    """A traceback of this row of failures is in the log."""
    is_in_hand: bool = False
    """It is being read now."""
    is_over: bool = False
    """Its link is to poll it no more."""


def schedule(device: Device, worded: Collection[str]) -> Scheduled:
    """Return a device ready to be polled; `worded` as for `compile_device`."""
    blocks, decoder = compile_device(device, worded)
    health = DeviceHealth(device=device.id, link=device.link, interval_s=device.interval_s)
    return Scheduled(device=device, blocks=blocks, decoder=decoder, health=health)


def compile_device(device: Device, worded: Collection[str] = ()) -> tuple[tuple[Block, ...], DeviceDecoder]:
    """Return the planned reads of a device and the decoder of their answers.

    `worded` are the ids of the points whose register words are kept.
    """
    blocks = plan_blocks(device.profile, (point.name for point in device.points))
    limits = {point.name: Limits.between(point.minimum, point.maximum) for point in device.points}
    kept = frozenset(point.name for point in device.points if point.id in worded)
    return blocks, DeviceDecoder([(block.first, block.registers) for block in blocks], limits, kept)


def withdraw(
    entry: Scheduled,
    names: Sequence[str],
    reason: Quality,
    decoded: tuple[dict[str, float | None], dict[str, Quality], dict[str, str]],
) -> None:
    """Take back what was decoded from a refused block, and what was scaled by it."""
    values, quality, words = decoded
    lost = set(names)
    for block in entry.blocks:
        lost |= {r.name for r in block.registers if r.scale_register in lost}
    for name in lost & values.keys():
        values[name] = None
        quality[name] = reason
        words.pop(name, None)
