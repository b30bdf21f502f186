"""What a unit probably is: the profiles of the catalogue, ranked by what its answers say. Pure.

What the device says of itself goes first (identity words, the list of its SunSpec models); then that it
answers where the profile has registers and refuses elsewhere; then whether the values look like a plant's.
A name is given where the evidence carries it, and several where it does not tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from collector.heard import Heard
from collector.plausibility import Plausibility
from collector.weighing import State, Weighed
from domain.registers import DeviceProfile, Identity

_STRONG, _ENOUGH = 15.0, 4.5
"""Points: a frequency, three alike voltages and a sum that holds are 15; two rising counters are 4.5."""
_SOUND = 0.75
"""Least share of what tells that must fit."""
_TIE = 1.0
"""Points that tell nothing apart."""
_LEAST_TOLD = 1.1
"""Weight of plausible values without which a place that answers is only a place."""
_SPREAD = 10.0
"""Points of one that answers at four rare places: then one plausible value will do."""
_MOST_BITS = 3.0
_LEAST_ASKED = 4
"""Reads after which it shows whether a device is choosy."""


class Sureness(StrEnum):
    """How much the evidence carries."""

    IDENTIFIED = "identified"
    """It says so itself, and its values agree."""
    PROBABLE = "probable"
    POSSIBLE = "possible"
    TIE = "tie"
    """Several profiles fit alike."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One profile and why it may be the one."""

    profile: DeviceProfile
    points: float
    is_identified: bool
    answered: int
    blocks: int
    plausibility: Plausibility
    reasons: tuple[str, ...]
    is_clean: bool = True
    """Nothing speaks against it: no read refused, no value that does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What a unit probably is."""

    sureness: Sureness
    ranked: tuple[Ranked, ...]
    """The profiles that the answers do not rule out, the best first."""
    ties: tuple[Ranked, ...] = ()
    """Those that fit as well as the first."""

    @property
    def best(self) -> Ranked | None:
        """Return the profile to name; None for an unknown device."""
        return None if self.sureness is Sureness.UNKNOWN else self.ranked[0]


def bits_of(heard: Heard) -> float:
    """Return what one answered read says: much where the unit refuses most others, nothing where none."""
    refused = len(heard.refused) + len(heard.silent)
    answered = max(0, heard.reads - refused)
    if refused < _LEAST_ASKED:
        return 0.0
    return min(_MOST_BITS, math.log2((heard.reads + 2) / (answered + 1)))


def is_strong(one: Weighed, bits: float) -> bool:
    """Say whether nothing more has to be asked for a candidate."""
    is_sound = one.plausibility.score >= _SOUND or not one.plausibility.told
    return is_sound and one.answered > 0 and one.points(bits) >= _STRONG


def recognise(candidates: Sequence[Weighed], heard: Heard) -> Recognition:
    """Return what a unit probably is, of the candidates as they stand."""
    bits = bits_of(heard)
    left = [one for one in candidates if one.answered and not one.is_out]
    ranked = sorted((_ranked(one, heard, bits) for one in left), key=_place)
    if not ranked or not _is_enough(ranked[0]):
        return Recognition(sureness=Sureness.UNKNOWN, ranked=tuple(ranked))
    best = ranked[0]
    ties = tuple(other for other in ranked[1:] if _is_enough(other) and _is_as_good(other, best))
    return Recognition(sureness=_sureness(best, ties), ranked=tuple(ranked), ties=ties)


def _is_as_good(other: Ranked, best: Ranked) -> bool:
    """Say whether nothing tells the two apart; a read that only one of them has refused does."""
    is_same = other.is_identified == best.is_identified
    is_whole = other.answered == other.blocks or best.answered < best.blocks
    return is_same and is_whole and other.points >= best.points - _TIE


def _place(one: Ranked) -> tuple[bool, bool, float, str]:
    """Return where a profile stands: those that may be named go first, then those that tell."""
    is_mute = not one.plausibility.told and not one.is_identified
    return not _is_enough(one), is_mute, -round(one.points, 6), one.profile.id


def _is_enough(best: Ranked) -> bool:
    """Say whether a profile may be named: that it answers there is not enough, its values must tell."""
    found = best.plausibility
    if best.is_identified:
        return found.score >= 0.5
    is_told = found.support >= _LEAST_TOLD or (found.told > 0 and best.points >= _SPREAD)
    return is_told and found.score >= _SOUND and 2 * best.answered > best.blocks and best.points >= _ENOUGH


def _sureness(best: Ranked, ties: Sequence[Ranked]) -> Sureness:
    if ties:
        return Sureness.TIE
    if best.is_identified:
        return Sureness.IDENTIFIED
    return Sureness.PROBABLE if best.points >= _STRONG and best.is_clean else Sureness.POSSIBLE


def _ranked(one: Weighed, heard: Heard, bits: float) -> Ranked:
    return Ranked(
        profile=one.candidate.profile,
        points=one.points(bits),
        is_identified=one.is_identified,
        answered=one.answered,
        blocks=len(one.states),
        plausibility=one.plausibility,
        reasons=tuple(_reasons(one, heard)),
        is_clean=not (
            one.plausibility.doubts
            or one.refused_identities
            or {State.REFUSED, State.SILENT} & set(one.states)
        ),
    )


def _reasons(one: Weighed, heard: Heard) -> list[str]:
    """Return what speaks for it, then what against it, in words."""
    found: list[str] = []
    if one.candidate.models and heard.chain is not None:
        found.append(f"SunSpec {heard.chain}")
    for identity, matched in zip(one.candidate.profile.identities, one.identities, strict=True):
        if matched:
            found.append(f"says {_said(identity)} at {identity.space.value} {identity.address}")
    found += one.plausibility.signs[:3]
    refused = len(heard.refused) + len(heard.silent)
    found.append(f"{one.answered} of {len(one.states)} reads answered, it refuses {refused} others"
                 if refused >= _LEAST_ASKED and State.REFUSED not in one.states
                 else f"{one.answered} of {len(one.states)} reads answered")  # fmt: skip
    if one.refused_identities:
        found.append("but its identification cannot be read")
    found += [f"but {doubt.name} = {doubt.value:.6g} {doubt.why}" for doubt in one.plausibility.doubts[:2]]
    return found


def _said(identity: Identity) -> str:
    if identity.text:
        return f'"{identity.text}"'
    return " ".join(f"0x{word:04X}" for word in identity.words)
