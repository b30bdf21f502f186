"""What is allowed in a profile and still makes one doubt it: for whoever writes one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from config.codes import suggest, warning
from domain.findings import Finding
from domain.registers import KINDS, DeviceProfile, Register, Space
from domain.units import CONVERSIONS

_AMOUNTS = ("kWh", "kvarh", "kVAh", "m3")
_RESETS = ("daily", "monthly", "annual", "yearly", "hourly", "batch", "today")
"""Words in the name of an amount that begins anew by itself."""
_SMALL_HOLE = 8
"""Addresses; a hole so small is cheaper to read than to go round."""
_NUMBERS = {Space.INPUT: range(30001, 40000), Space.HOLDING: range(40001, 50000)}
"""Numbers by which manuals call registers: 40001 is address 0 on the wire."""


def lint_profile(profile: DeviceProfile, origin: str) -> Iterator[Finding]:
    """Give warnings of a profile that is free of faults; their keys begin with `origin`."""
    for index, register in enumerate(profile.registers):
        key = f"{origin}registers[{index}]"
        yield from _doubts_of_meaning(register, key)
        yield from _doubts_of_evidence(register, key)
    yield from _unused_ranges(profile, origin)
    yield from _small_holes(profile, origin)
    yield from _numbers(profile, origin)
    if profile.kind not in KINDS:
        remedy = suggest(profile.kind, KINDS)
        yield warning("profile.unknown_kind", f"{origin}profile", f"kind {profile.kind!r} is none", remedy)
    if not profile.revision:
        remedy = "write the edition of the manual, or the commit of the source: maps change"
        yield warning("profile.no_revision", f"{origin}profile", "gives no revision", remedy)


def _doubts_of_meaning(register: Register, key: str) -> Iterator[Finding]:
    is_amount = register.is_point and CONVERSIONS[register.unit].canonical in _AMOUNTS
    if is_amount and not register.is_counter and not any(word in register.name for word in _RESETS):
        problem = f"{register.name} is in {register.unit} and no counter, so nothing is counted by it"
        remedy = 'give counter = { modulus = "2^32" } or the like where it only rises'
        yield warning("profile.amount_not_counted", key, problem, remedy)
    if register.is_counter and register.modulus is None and not register.type.is_float:
        problem = (
            f"{register.name} is a counter of {register.type.value}, and nobody says where it starts again"
        )
        remedy = (
            'give counter = { modulus = "2^32" } if the manual says so; otherwise a wrap looks like a reset'
        )
        yield warning("profile.no_modulus", f"{key}.counter", problem, remedy)


def _doubts_of_evidence(register: Register, key: str) -> Iterator[Finding]:
    if not register.page.strip():
        remedy = "name page, table or line, so that others can hold it against the source"
        yield warning("profile.no_page", f"{key}.page", f"{register.name} names no page", remedy)
    if register.is_point and not {"zh", "en"} <= register.label.keys():
        problem = f"{register.name} has not both names for people"
        yield warning("profile.no_label", f"{key}.label", problem, 'write label = { zh = "...", en = "..." }')


def _unused_ranges(profile: DeviceProfile, origin: str) -> Iterator[Finding]:
    for index, readable in enumerate(profile.readable):
        inside = [
            r for r in profile.registers
            if r.model is None and r.space is readable.space
            and readable.first <= r.address and r.end <= readable.end
        ]  # fmt: skip
        if not inside:
            problem = f"{readable.space} {readable.first}..{readable.end - 1} holds no register"
            remedy = "take it out, or correct it"
            yield warning("profile.unused_range", f"{origin}readable[{index}]", problem, remedy)


def _small_holes(profile: DeviceProfile, origin: str) -> Iterator[Finding]:
    """Find neighbours that cost two reads for want of a readable range."""
    for space in Space:
        members = sorted(
            (r for r in profile.registers if r.space is space and r.model is None), key=lambda r: r.address
        )
        for one, other in pairwise(members):
            hole = other.address - one.end
            is_covered = any(
                r.space is space and r.first <= one.address and other.end <= r.end for r in profile.readable
            )
            if 0 < hole <= _SMALL_HOLE and not is_covered and other.end - one.address <= profile.max_block:
                problem = f"{one.name} and {other.name} are {hole} addresses apart and need two reads"
                whole = f"{space.value} {one.address}..{other.end - 1}"
                remedy = f"if the device answers {whole} in one read, add [[readable]]"
                yield warning("profile.small_hole", f"{origin}readable", problem, remedy)


def _numbers(profile: DeviceProfile, origin: str) -> Iterator[Finding]:
    """Find addresses that look like the numbers of a manual."""
    for space, numbers in _NUMBERS.items():
        members = [r for r in profile.registers if r.space is space and r.model is None]
        if members and all(r.address in numbers for r in members):
            problem = f"every {space.value} address is one of {numbers[0]} to {numbers[-1]}"
            remedy = "make sure that these are addresses on the wire: 40001 in a manual is often holding 0"
            yield warning("profile.looks_like_number", f"{origin}registers", problem, remedy)
