"""A profile made ready to be held against an unknown device: its reads, decoder and telling parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from collector.blocks import Block, plan_blocks
from collector.heard import Heard
from collector.plausibility import is_blank
from domain.codec import DeviceDecoder
from domain.errors import CodecError
from domain.reading import Quality
from domain.registers import DeviceProfile, Register, Space
from domain.sunspec import Chain, has_models, placed

_TELLS = {"Hz": 4.0, "V": 2.0, "kW": 0.5, "A": 0.5, "C": 0.5, "kPa": 0.5}
"""Canonical unit -> how much a register of it tells about a device."""
_COUNTER_TELLS = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One profile as it would be read."""

    profile: DeviceProfile
    blocks: tuple[Block, ...]
    decoder: DeviceDecoder
    order: tuple[int, ...]
    """Numbers of the blocks, the most telling one first."""
    models: int
    """SunSpec models that the device has and the profile reads."""
    rarity: tuple[float, ...] = ()
    """Of each block: bits of surprise that a device reads just there, by how many profiles do."""
    spans: Mapping[Space, tuple[tuple[int, int], ...]]
    """Space -> [first, end) of all that is read of it, identities included."""

    def values(self, heard: Heard, *, is_later: bool = False) -> dict[str, float | None]:
        """Return the values of the blocks that were answered; infinity where words are no number."""
        answers, lost = [], set()
        for block in self.blocks:
            answer = heard.answer(block.space, block.first, block.count, is_later=is_later)
            if answer is None:
                lost |= {register.name for register in block.registers}
                answer = bytes(block.count * (1 if block.space.is_bits else 2))
            answers.append(answer)
        for block in self.blocks:
            lost |= {r.name for r in block.registers if r.scale_register in lost}
        try:
            values, quality = self.decoder.decode(answers)
        except CodecError:
            return {}
        for name, found in quality.items():
            if found is Quality.OUT_OF_RANGE:
                values[name] = float("inf")
        return {name: value for name, value in values.items() if name not in lost}

    def raw(self, heard: Heard) -> dict[str, bytes]:
        """Return the words of each register that was answered."""
        found = {}
        for register in self.profile.registers:
            words = heard.answer(register.space, register.address, register.type.width)
            if words is not None:
                found[register.name] = words
        return found

    def is_blank(self, heard: Heard) -> bool:
        """Say whether all that was answered is zeros or ones."""
        return all(is_blank(words) for words in self.raw(heard).values())


def candidate_of(profile: DeviceProfile, chain: Chain | None = None) -> Candidate | None:
    """Return a profile ready to be tried; None where the device has none of its SunSpec models."""
    models = 0
    if has_models(profile):
        if chain is None:
            return None
        wanted = {register.model for register in profile.registers if register.model is not None}
        models = len(wanted & set(chain.by_id))
        if models < len(wanted):
            return None
        profile = placed(profile, chain)
    blocks = plan_blocks(profile)
    try:
        decoder = DeviceDecoder([(block.first, block.registers) for block in blocks])
    except CodecError:
        return None
    return Candidate(
        profile=profile,
        blocks=blocks,
        decoder=decoder,
        order=_by_telling(blocks),
        models=models,
        spans=_spans(profile, blocks),
    )


def _spans(profile: DeviceProfile, blocks: Sequence[Block]) -> dict[Space, tuple[tuple[int, int], ...]]:
    spans: dict[Space, tuple[tuple[int, int], ...]] = {}
    for block in blocks:
        spans[block.space] = (*spans.get(block.space, ()), (block.first, block.first + block.count))
    for found in profile.identities:
        place = (found.address, found.address + found.count)
        spans[found.space] = (*spans.get(found.space, ()), place)
    return spans


def with_rarity(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates knowing how many others read at the same places: at address 0 many do."""
    return [
        replace(one, rarity=tuple(_rarity(block, candidates) for block in one.blocks)) for one in candidates
    ]


def _rarity(block: Block, candidates: Sequence[Candidate]) -> float:
    end = block.first + block.count
    sharing = sum(
        any(low < end and block.first < high for low, high in other.spans.get(block.space, ()))
        for other in candidates
    )
    return math.log2(len(candidates) / max(1, sharing))


def _by_telling(blocks: Sequence[Block]) -> tuple[int, ...]:
    worth = [sum(_worth(register) for register in block.registers) for block in blocks]
    return tuple(sorted(range(len(blocks)), key=lambda number: -worth[number]))


def _worth(register: Register) -> float:
    if register.is_counter:
        return _COUNTER_TELLS
    return _TELLS.get(register.canonical_unit, 0.1)
