"""Who answers on a link, and what it is: unit by unit, never two at a time, reads only.

look (is anybody there? what is it?) ... for each unit id ... look_again (which counters rise?)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from collector.candidates import Candidate
from collector.heard import Heard
from collector.inquiry import Catalogue, Inquiry
from collector.pace import Pace, is_link_fault
from collector.recognition import Ranked, Recognition
from collector.twins import is_same_device
from domain.errors import BadAnswer, DeviceError, DeviceRefused, LinkDown
from domain.registers import Space

MOST_READS = 300
"""Reads that one unknown device is asked at most."""
SETTLE_S = 5.0
"""Between two reads of a counter: a meter on load moves its last digit by then."""
_NOBODY = frozenset({10, 11})
"""Exceptions that a gateway answers in the name of a unit that is not there."""
_GREETINGS = ((Space.HOLDING, 0), (Space.INPUT, 0))
"""One word each: whoever is there answers or refuses, if not the one function then the other."""
_BROKEN_UNITS = 3
"""Units in a row at which the link breaks: then it is the link's fault."""


class Presence(StrEnum):
    """Whether a unit id has a device."""

    ANSWERS = "answers"
    NOBODY = "nobody"
    GARBLED = "garbled"
    """Something answers, and never soundly."""


@dataclass(slots=True, kw_only=True)
class Unit:
    """What is known of one unit id."""

    unit_id: int
    presence: Presence
    heard: Heard = field(default_factory=Heard)
    note: str = ""
    """Why nobody is taken to be there."""
    twin_of: int | None = None
    """The unit id that the same device answered first."""

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "unit_id": self.unit_id,
            "presence": self.presence.value,
            "heard": self.heard.as_json(),
            "note": self.note,
            "twin_of": self.twin_of,
        }

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> Unit:
        """Return what `as_json` gave; KeyError, TypeError or ValueError for anything else."""
        twin = table["twin_of"]
        return cls(
            unit_id=int(table["unit_id"]),
            presence=Presence(table["presence"]),
            heard=Heard.from_json(table["heard"]),
            note=str(table["note"]),
            twin_of=None if twin is None else int(twin),
        )


class Scan:
    """The questions to one link; units that an earlier run looked at are `known`."""

    def __init__(
        self,
        pace: Pace,
        catalogue: Catalogue,
        known: Sequence[Unit] = (),
        *,
        most_reads: int = MOST_READS,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._pace = pace
        self._catalogue = catalogue
        self._most_reads = most_reads
        self._settle_s = settle_s
        self._found = [unit for unit in known if unit.presence is Presence.ANSWERS]
        self._looked_at: dict[int, float] = {}
        self._broken = 0
        self._known: dict[int, tuple[tuple[int, float], Recognition]] = {}

    def recognise(self, unit: Unit) -> Recognition:
        """Return what a unit probably is; thought over again only when more was heard."""
        heard = unit.heard
        state = (heard.reads, heard.later_s)
        known = self._known.get(unit.unit_id)
        if known is None or known[0] != state:
            known = self._known[unit.unit_id] = (state, self._catalogue.recognise(heard))
        return known[1]

    async def look(self, unit_id: int) -> Unit:
        """Return who answers at a unit id; LinkDown when the link cannot be used."""
        if not 1 <= unit_id <= 255:
            raise ValueError(f"{unit_id} is no unit id that may be asked")
        unit = await self._greet(unit_id)
        if unit.presence is not Presence.ANSWERS:
            return unit
        inquiry = self._inquiry(unit)
        unit.twin_of = await self._twin(inquiry)
        if unit.twin_of is None:
            await inquiry.run(self._familiar())
            self._looked_at[unit_id] = asyncio.get_running_loop().time()
        self._found.append(unit)
        return unit

    async def look_afresh(self, unit: Unit) -> None:
        """Read the counters again of a unit that an earlier run read: nobody knows how long ago that was."""
        if unit.unit_id not in self._looked_at and unit.twin_of is None:
            await self._read_counters(self._inquiry(unit), self.recognise(unit), is_later=False)
            self._looked_at[unit.unit_id] = asyncio.get_running_loop().time()

    async def look_again(self, unit: Unit) -> None:
        """Read the counters of a unit that was looked at once more, some seconds after the first time."""
        found = self.recognise(unit)
        if unit.twin_of is not None or not found.ranked:
            return
        inquiry = self._inquiry(unit)
        wait_s = self._looked_at[unit.unit_id] + self._settle_s - asyncio.get_running_loop().time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        await self._read_counters(inquiry, found, is_later=True)
        unit.heard.later_s = asyncio.get_running_loop().time() - self._looked_at[unit.unit_id]

    def _inquiry(self, unit: Unit) -> Inquiry:
        return Inquiry(self._pace, unit.unit_id, unit.heard, self._catalogue, most_reads=self._most_reads)

    def _familiar(self) -> list[str]:
        """Return the profiles that the link has already."""
        bests = [self.recognise(unit).best for unit in self._found if unit.twin_of is None]
        return list(dict.fromkeys(best.profile.id for best in bests if best is not None))

    async def _greet(self, unit_id: int) -> Unit:
        """Ask twice at most whether anybody is there: in haste, then with patience."""
        unit = Unit(unit_id=unit_id, presence=Presence.NOBODY, note="no answer")
        for space, first in _GREETINGS:
            is_first = (space, first) == _GREETINGS[0]
            thinking_s = self._pace.quick_s if is_first else self._pace.second_s
            try:
                answer = await self._pace.ask(unit_id, space, first, 1, thinking_s=thinking_s)
            except LinkDown as error:
                self._note_broken(error)
                unit.note = error.problem
                continue
            except DeviceRefused as error:
                if error.code in _NOBODY:
                    unit.note = f"the gateway says so (exception {error.code})"
                    continue
                unit.heard.refuse(space, first, 1, error.code)
            except BadAnswer as error:
                unit.presence, unit.note = Presence.GARBLED, error.problem
                continue
            except DeviceError:
                continue
            else:
                unit.heard.take(space, first, answer)
            unit.heard.reads += 1
            self._broken = 0
            unit.presence, unit.note = Presence.ANSWERS, ""
            return unit
        return unit

    def _note_broken(self, error: LinkDown) -> None:
        """Raise when the link does not open, or breaks at several units in a row.

        A device may close the connection on a unit id that is not its own.
        """
        self._broken += 1
        if is_link_fault(error) or self._broken >= _BROKEN_UNITS * len(_GREETINGS):
            raise error

    async def _twin(self, inquiry: Inquiry) -> int | None:
        """Return the unit id of a device found before which answers here, too."""
        if not self._pace.may_ignore_unit_ids:
            return None
        for other in self._found:
            best = self.recognise(other).best if other.twin_of is None else None
            if best is None:
                continue
            candidate = self._candidate(other.heard, best)
            if await is_same_device(inquiry, self._inquiry(other), candidate):
                return other.unit_id
        return None

    async def _read_counters(self, inquiry: Inquiry, found: Recognition, *, is_later: bool) -> None:
        wanted = [found.best, *found.ties] if found.best is not None else found.ranked[:2]
        places = {place for ranked in wanted for place in self._counter_places(inquiry.heard, ranked)}
        for space, first, count in sorted(places):
            await inquiry.read(space, first, count, is_later=is_later)

    def _candidate(self, heard: Heard, ranked: Ranked) -> Candidate:
        wanted = ranked.profile.id
        return next(one for one in self._catalogue.candidates(heard) if one.profile.id == wanted)

    def _counter_places(self, heard: Heard, ranked: Ranked) -> set[tuple[Space, int, int]]:
        return {
            (block.space, block.first, block.count)
            for block in self._candidate(heard, ranked).blocks
            if any(register.is_counter for register in block.registers)
            and heard.answer(block.space, block.first, block.count) is not None
        }
