"""Lay out a chain of SunSpec models for a profile: marker, common model, its models, end marker.

Written apart from domain.sunspec on purpose: a walk that goes wrong shows as a disagreement of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.registers import DeviceProfile, Identity, ReadableRange, Register, Space

SUNS = (0x5375, 0x6E53)
_COMMON = 1
_LENGTHS = {
    1: 66, 101: 50, 102: 50, 103: 50, 111: 60, 112: 60, 113: 60, 120: 26, 121: 30, 122: 44, 123: 24, 124: 24,
    201: 105, 202: 105, 203: 105, 204: 105, 211: 124, 212: 124, 213: 124, 214: 124, 701: 153,
}  # fmt: skip
"""Model -> words behind id and length, as the models of the SunSpec Alliance give them."""
_REPEATING = {160: (8, 20)}
"""Model -> (words before the first repetition, words of each)."""
_TEXTS = {2: 16, 18: 16}
"""Offset in the common model -> words: maker, model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a simulated device keeps what its profile describes."""

    registers: tuple[Register, ...]
    """With the addresses of the device."""
    readable: tuple[ReadableRange, ...]
    words: Mapping[tuple[Space, int], int]
    """What is there beside the registers."""


def lay_out(profile: DeviceProfile, base: int) -> Layout:
    """Return the addresses of a device; those of a profile without models are the profile's own."""
    words: dict[tuple[Space, int], int] = {}
    firsts: dict[int, int] = {}
    readable = list(profile.readable)
    models = {register.model for register in profile.registers if register.model is not None}
    if models:
        models |= {identity.model for identity in profile.identities if identity.model is not None}
        place = base
        _put(words, place, SUNS)
        place += 2
        for model in (_COMMON, *sorted(models - {_COMMON})):
            firsts[model] = place
            length = _length(model, profile)
            _put(words, place, (model, length))
            place += 2 + length
        _put(words, place, (0xFFFF, 0))
        readable.append(ReadableRange(space=Space.HOLDING, first=base, end=place + 2))
        for (offset, size), text in zip(_TEXTS.items(), (profile.maker, profile.model), strict=True):
            _put(words, firsts[_COMMON] + offset, _ascii(text, size))
    for identity in profile.identities:
        start = identity.address + (firsts[identity.model] if identity.model is not None else 0)
        _put(words, start, _shown(identity), identity.space)
    return Layout(
        registers=tuple(_at(register, firsts) for register in profile.registers),
        readable=tuple(readable),
        words=words,
    )


def _at(register: Register, firsts: Mapping[int, int]) -> Register:
    if register.model is None:
        return register
    return replace(register, address=firsts[register.model] + register.address)


def _length(model: int, profile: DeviceProfile) -> int:
    """Return the length of a model: the standard's, or as long as the profile needs it."""
    needed = max((r.end for r in profile.registers if r.model == model), default=2) - 2
    if model in _REPEATING:
        fixed, each = _REPEATING[model]
        return fixed + each * max(1, -(-(needed - fixed) // each))
    return max(_LENGTHS.get(model, 0), needed)


def _shown(identity: Identity) -> tuple[int, ...]:
    return identity.words or _ascii(identity.text, identity.count)


def _ascii(text: str, size: int) -> tuple[int, ...]:
    """Return a text in so many words, filled up with zeros, its rest cut off."""
    content = text.encode("ascii", "replace")[: 2 * size].ljust(2 * size, b"\0")
    return tuple(int.from_bytes(content[place : place + 2], "big") for place in range(0, 2 * size, 2))


def _put(
    words: dict[tuple[Space, int], int], first: int, values: tuple[int, ...], space: Space = Space.HOLDING
) -> None:
    for place, word in enumerate(values, start=first):
        words[space, place] = word
