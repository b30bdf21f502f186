"""One profile on the scales: what a unit's answers say for it and against it so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from collector.blocks import Block
from collector.candidates import Candidate
from collector.heard import Heard
from collector.plausibility import Plausibility, judge
from domain.registers import Identity, Space

_NOTHING = Plausibility(score=0.5, told=0)
_IDENTITY_TEXT, _IDENTITY_WORDS, _IDENTITY_PLAIN = 15.0, 10.0, 2.0
"""Points of an identity that matches; plain words such as 0 and 1 may be anything."""
_PLAIN_WORDS = frozenset({0, 1, 0xFFFF})
_IDENTITY_REFUSED = -5.0
_MODEL = 10.0
"""Points of a SunSpec model in the device's own list."""
_REFUSED, _SILENT = -4.0, -2.0
_DOUBT = -1.5
"""Points of a doubt, by its weight: a value that does not fit says more than one that does."""
_MOST_CHOSEN = 4
"""Reads that a choosy device answered which count, lest long profiles win by length."""


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

    @property
    def answered(self) -> int:
        """Return how many planned reads were answered."""
        return self.states.count(State.ANSWERED)

    @property
    def open_blocks(self) -> list[Block]:
        """Return the planned reads that were not asked yet, the most telling first."""
        blocks = self.candidate.blocks
        return [blocks[place] for place in self.candidate.order if self.states[place] is State.OPEN]

    @property
    def open_identities(self) -> list[Identity]:
        """Return the identities that were not asked yet."""
        found = zip(self.candidate.profile.identities, self.identities, strict=True)
        return [identity for identity, matched in found if matched is None and identity.model is None]

    @property
    def is_identified(self) -> bool:
        """Say whether the device said by words of its own that it is this one."""
        return self.candidate.models > 0 or (bool(self.identities) and all(self.identities))

    @property
    def is_out(self) -> bool:
        """Say whether the answers rule the profile out."""
        if False in self.identities:
            return True
        asked = sum(state is not State.OPEN for state in self.states)
        return asked > 0 and 2 * self.answered < asked

    def points(self, bits: float) -> float:
        """Return the weight of all that is known; `bits` is what an answered read of this unit says."""
        total = _MODEL * self.candidate.models
        for identity, matched in zip(self.candidate.profile.identities, self.identities, strict=True):
            if matched:
                total += _worth(identity)
        total += _IDENTITY_REFUSED * min(1, self.refused_identities)
        total += bits * min(_MOST_CHOSEN, self.answered)
        total += _REFUSED * self.states.count(State.REFUSED) + _SILENT * self.states.count(State.SILENT)
        return total + self.plausibility.support + _DOUBT * self.plausibility.against

    def concerns(self, space: Space, first: int, count: int) -> bool:
        """Say whether a read may change how the candidate stands."""
        places = [(block.space, block.first, block.count) for block in self.candidate.blocks]
        places += [(found.space, found.address, found.count) for found in self.candidate.profile.identities]
        end = first + count
        return any(where is space and low < end and first < low + size for where, low, size in places)

    def weigh(self, heard: Heard) -> None:
        """Look at everything that was heard."""
        self.states = [
            _state(heard, block.space, block.first, block.count) for block in self.candidate.blocks
        ]
        self.identities, self.refused_identities = [], 0
        for identity in self.candidate.profile.identities:
            self._identify(identity, heard)
        self.plausibility = _NOTHING
        if self.answered and not self.is_out:
            self.plausibility = _judged(self.candidate, heard)

    def _identify(self, identity: Identity, heard: Heard) -> None:
        place = (identity.space, identity.address, identity.count)
        if identity.model is not None:  # of a model that is not there
            self.identities.append(False)
            return
        answer = heard.answer(*place)
        if answer is not None:
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


def _state(heard: Heard, space: Space, first: int, count: int) -> State:
    if heard.answer(space, first, count) is not None:
        return State.ANSWERED
    if heard.is_refused(space, first, count):
        return State.REFUSED
    return State.SILENT if heard.is_silent(space, first, count) else State.OPEN


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
