"""How long the polls of a link take at least, against how often they are asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.check_plant import chosen_registers
from config.codes import warning
from config.profiles import Catalogue
from config.settings import LinkTable, Settings
from domain.findings import Finding
from domain.registers import DeviceProfile, Register, Space

_BITS_PER_BYTE = 11
"""Modbus over Serial Line V1.02, 2.5.1: start, 8 data, parity or second stop, stop."""
_FRAME_BYTES = 8 + 5
"""Request, and of the answer all but its words (Modbus over Serial Line V1.02, 2.5.1)."""


def check_link_load(settings: Settings, catalogue: Catalogue) -> Iterator[Finding]:
    """Warn of links that cannot keep the intervals of their devices even when nothing fails."""
    for index, link in enumerate(settings.links):
        polls = [
            (poll_time_s(link, profile, chosen_registers(device, profile)), device.interval_s)
            for device in settings.devices
            if device.link == link.id and device.interval_s > 0
            if (profile := catalogue.profiles.get(device.profile or "")) is not None
        ]
        load = sum(time_s / interval_s for time_s, interval_s in polls)
        if load > 1:
            busy = sum(time_s for time_s, _ in polls)
            problem = f"its polls take {load:.1f} times the time they have"
            remedy = (
                f"raise interval_s of its devices (all need {busy:.1f} s together), "
                "read fewer registers, or raise baudrate"
            )
            yield warning("config.link_overloaded", f"links[{index}]", problem, remedy)


def poll_time_s(link: LinkTable, profile: DeviceProfile, registers: Sequence[Register]) -> float:
    """Return the least time one poll takes: bytes on the wire and rests, not the device's thinking."""
    total = 0.0 if link.keep_open else profile.connect_pause_s
    for space, count in _blocks(profile, registers):
        total += link.pause_s + profile.pause_s
        if link.kind == "serial":
            size = _FRAME_BYTES + (-(-count // 8) if space.is_bits else 2 * count)
            silence_s = max(3.5 * _BITS_PER_BYTE / link.baudrate, 0.00175)
            total += size * _BITS_PER_BYTE / link.baudrate + 2 * silence_s
    return total


def _blocks(profile: DeviceProfile, registers: Sequence[Register]) -> Iterator[tuple[Space, int]]:
    """Give (space, length) of reads that would do; the collector plans its own, not more of them.

    Of a SunSpec model its first two words are read with the rest: they show whether it moved.
    """
    needed = {register.name for register in registers}
    needed |= {register.scale_register for register in registers if register.scale_register}
    wanted = [register for register in profile.registers if register.name in needed]
    models = {register.model for register in wanted if register.model is not None}
    for model in sorted(models):
        yield from _model_blocks(max(r.end for r in wanted if r.model == model), profile.max_block)
    yield from _plain_blocks(
        profile, sorted((r for r in wanted if r.model is None), key=lambda r: (r.space, r.address))
    )


def _model_blocks(count: int, limit: int) -> Iterator[tuple[Space, int]]:
    for first in range(0, count, limit):
        yield Space.HOLDING, min(limit, count - first)


def _plain_blocks(profile: DeviceProfile, wanted: Sequence[Register]) -> Iterator[tuple[Space, int]]:
    first = end = -1
    space: Space | None = None
    for register in wanted:
        limit = register.space.protocol_limit if register.space.is_bits else profile.max_block
        joins = register.space is space and register.end - first <= limit
        if space is not None and joins and _may_sweep(profile, register, first, end):
            end = max(end, register.end)
            continue
        if space is not None:
            yield space, end - first
        space, first, end = register.space, register.address, register.end
    if space is not None:
        yield space, end - first


def _may_sweep(profile: DeviceProfile, register: Register, first: int, end: int) -> bool:
    if register.address <= end:
        return True
    return any(
        readable.space is register.space and readable.first <= first and register.end <= readable.end
        for readable in profile.readable
    )
