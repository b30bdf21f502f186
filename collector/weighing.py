"""One profile on the scales: what a unit's answers say for it and against it so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from collector.blocks import Block
from collector.candidates import Candidate
from collector.heard import Heard, Place
from collector.plausibility import Plausibility, judge
from domain.registers import Identity, Space

_NOTHING = Plausibility(score=0.5, told=0)
_IDENTITY_TEXT, _IDENTITY_WORDS, _IDENTITY_PLAIN = 15.0, 10.0, 2.0
"""Points of an identity that matches; plain words such as 0 and 1 may be anything."""
_PLAIN_WORDS = frozenset({0, 1, 0xFFFF})
_IDENTITY_REFUSED = -5.0
_MODEL = 10.0
"""Points of a SunSpec model in the device's own list."""
_REFUSED, _SILENT = -6.0, -2.0
_DOUBT = -1.5
"""Points of a doubt, by its weight: a value that does not fit says more than one that does."""
_MOST_CHOSEN = 4
"""Places where a choosy device answered which count, lest long profiles win by length."""


class State(Enum):
    """What became of a read."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"


@dataclass(slots=True, eq=False)
class Weighed:
    """A candidate and how it stands with one unit."""

    candidate: Candidate
    states: list[State] = field(default_factory=list)
    """Of each planned read."""
    identities: list[bool | None] = field(default_factory=list)
    """Of each identity: matched, did not, not known."""
    refused_identities: int = 0
    plausibility: Plausibility = _NOTHING
    answered: int = 0
    """Planned reads that were answered."""
    open_blocks: list[Block] = field(default_factory=list)
    """Planned reads that were not asked yet, the most telling first."""
    regions: list[float] = field(default_factory=list)
    """How rare the places are, apart from each other, at which it was answered."""
    is_out: bool = False
    """The answers rule the profile out."""
    is_kin: bool = False
    """A part of the next read is known: of profiles with alike maps this may be the longer one."""

    @property
    def open_identities(self) -> list[Identity]:
        """Return the identities that were not asked yet."""
        found = zip(self.candidate.profile.identities, self.identities, strict=True)
        return [identity for identity, matched in found if matched is None and identity.model is None]

    @property
    def is_identified(self) -> bool:
        """Say whether the device said by words of its own that it is this one."""
        return self.candidate.models > 0 or (bool(self.identities) and all(self.identities))

    def points(self, bits: float) -> float:
        """Return the weight of all that is known; `bits` is what an answered read of this unit says."""
        total = _MODEL * self.candidate.models
        for identity, matched in zip(self.candidate.profile.identities, self.identities, strict=True):
            if matched:
                total += _worth(identity)
        total += _IDENTITY_REFUSED * min(1, self.refused_identities)
        total += sum(sorted((min(bits, rare) for rare in self.regions), reverse=True)[:_MOST_CHOSEN])
        total += _REFUSED * self.states.count(State.REFUSED) + _SILENT * self.states.count(State.SILENT)
        return total + self.plausibility.support + _DOUBT * self.plausibility.against

    def _regions(self, heard: Heard) -> list[float]:
        rarest: dict[tuple[Space, int], float] = {}
        rarity = self.candidate.rarity or (0.0,) * len(self.states)
        for block, state, rare in zip(self.candidate.blocks, self.states, rarity, strict=True):
            if state is State.ANSWERED:
                region = heard.region(block.space, block.first)
                rarest[region] = max(rare, rarest.get(region, 0.0))
        return list(rarest.values())

    def _is_data(self, place: tuple[Space, int, int]) -> bool:
        """Say whether a longer read shows values in the place of an identity."""
        space, first, count = place
        registers = self.candidate.profile.registers
        return any(r.space is space and r.address < first + count and first < r.end for r in registers)

    def weigh(self, heard: Heard, place: Place | None = None) -> None:
        """Look at what was heard, by default all of it; what an identity has ruled out stays out."""
        if False in self.identities:
            return
        blocks = self.candidate.blocks
        before = self.states or [State.OPEN] * len(blocks)
        self.states = [
            _state(heard, block) if state is State.OPEN and _touches(block, place) else state
            for block, state in zip(blocks, before, strict=True)
        ]
        self.identities, self.refused_identities = [], 0
        for identity in self.candidate.profile.identities:
            self._identify(identity, heard)
        self.answered = self.states.count(State.ANSWERED)
        self.open_blocks = [
            blocks[place] for place in self.candidate.order if self.states[place] is State.OPEN
        ]
        asked = len(blocks) - len(self.open_blocks)
        self.is_kin = any(_is_known_in_part(heard, block) for block in self.open_blocks[:1])
        self.is_out = False in self.identities or (asked > 0 and 2 * self.answered < asked)
        self.plausibility = _NOTHING
        if self.answered and not self.is_out:
            self.regions = self._regions(heard)
            self.plausibility = _judged(self.candidate, heard)

    def _identify(self, identity: Identity, heard: Heard) -> None:
        place = (identity.space, identity.address, identity.count)
        if identity.model is not None:  # of a model that is not there
            self.identities.append(False)
            return
        answer = heard.alone.get(place) or heard.answer(*place)
        if answer is not None and (
            place in heard.alone or identity.matches(answer) or not self._is_data(place)
        ):
            self.identities.append(identity.matches(answer))
            return
        self.identities.append(None)
        self.refused_identities += heard.is_refused(*place) or heard.is_silent(*place)


def weighed(candidates: Iterable[Candidate], heard: Heard) -> list[Weighed]:
    """Return every candidate as it stands with a unit."""
    found = [Weighed(candidate) for candidate in candidates]
    for one in found:
        one.weigh(heard)
    return found


def _state(heard: Heard, block: Block) -> State:
    space, first, count = block.space, block.first, block.count
    if heard.answer(space, first, count) is not None:
        return State.ANSWERED
    if heard.is_refused(space, first, count):
        return State.REFUSED
    return State.SILENT if heard.is_silent(space, first, count) else State.OPEN


def _touches(block: Block, place: Place | None) -> bool:
    if place is None:
        return True
    space, first, count = place
    return block.space is space and block.first < first + count and first < block.first + block.count


def _is_known_in_part(heard: Heard, block: Block) -> bool:
    known = heard.words.get(block.space, {})
    return any(address in known for address in range(block.first, block.first + block.count))


def _judged(candidate: Candidate, heard: Heard) -> Plausibility:
    values, raw = candidate.values(heard), candidate.raw(heard)
    registers = candidate.profile.registers
    if not heard.later:
        return judge(registers, values, raw=raw)
    later = candidate.values(heard, is_later=True)
    return judge(registers, values | later, values, elapsed_s=heard.later_s, raw=raw)


def _worth(identity: Identity) -> float:
    if identity.text:
        return _IDENTITY_TEXT
    return _IDENTITY_PLAIN if set(identity.words) <= _PLAIN_WORDS else _IDENTITY_WORDS
