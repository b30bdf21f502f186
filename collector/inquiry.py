"""Find out what one unit is with few reads: what it says of itself first, then what tells profiles apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from collector.candidates import Candidate, candidate_of, with_rarity
from collector.heard import Heard
from collector.pace import Pace, is_link_fault
from collector.recognition import Recognition, bits_of, is_strong, recognise
from collector.sunspec import walk
from collector.weighing import Weighed, weighed
from domain.errors import BadAnswer, DeviceError, DeviceRefused, NoAnswer
from domain.registers import DeviceProfile, Space
from domain.sunspec import has_models

_MOST_SILENCES = 30
"""Reads without an answer after which a unit is left in peace: some never refuse, they keep silent."""
_MOST_BLANKS = 40
"""Answers of nothing but zeros and ones after which more of them would tell nothing."""
_MOST_REPEATS = 20
"""Spoilt answers after which nothing is asked a second time: then it is the wire, or the unit."""
_LEAD = 6.0
"""Points behind the first at which a profile is not worth another read."""
_KINDS = ("electricity_meter", "gas_meter", "heat_meter", "pv_inverter")
"""In the order of how often a works has them."""
_COMMON = 1
_NAMEPLATE_WORDS = 32
"""SunSpec common model: maker and model, 16 words each behind its two first words."""

_TEXT = re.compile(r"[ -~]*[A-Za-z0-9][ -~]*[A-Za-z0-9][ -~]*")


class Catalogue:
    """The profiles of a scan, made ready once."""

    def __init__(self, profiles: Iterable[DeviceProfile]) -> None:
        self._profiles = sorted(profiles, key=lambda profile: (_kind_place(profile), profile.id))
        plain = [candidate_of(profile) for profile in self._profiles if not has_models(profile)]
        self._plain = with_rarity([candidate for candidate in plain if candidate is not None])
        self.has_models = any(has_models(profile) for profile in self._profiles)

    def candidates(self, heard: Heard) -> list[Candidate]:
        """Return what a unit may be, given where its SunSpec models are."""
        if heard.chain is None:
            return list(self._plain)
        found = [candidate_of(p, heard.chain) for p in self._profiles if has_models(p)]
        return [candidate for candidate in found if candidate is not None] + self._plain

    def identification(self, heard: Heard) -> str:
        """Return what the unit says of itself in letters; empty where it says nothing."""
        places = {
            (found.space, found.address, found.count)
            for profile in self._profiles
            for found in profile.identities
            if found.text and found.model is None
        }
        common = heard.chain.by_id.get(_COMMON) if heard.chain is not None else None
        if common is not None:
            half = _NAMEPLATE_WORDS // 2
            places |= {(Space.HOLDING, common.first + 2 + part, half) for part in (0, half)}
        answers = [heard.answer(*place) for place in sorted(places)]
        texts = [
            " ".join(_TEXT.findall(answer.decode("latin-1"))) for answer in answers if answer is not None
        ]
        return "; ".join(dict.fromkeys(text for text in texts if text))

    def recognise(self, heard: Heard) -> Recognition:
        """Return what a unit probably is, from what was heard."""
        return recognise(weighed(self.candidates(heard), heard), heard)


class Inquiry:
    """The questions to one unit."""

    def __init__(
        self, pace: Pace, unit_id: int, heard: Heard, catalogue: Catalogue, *, most_reads: int
    ) -> None:
        self._pace = pace
        self._unit_id = unit_id
        self.heard = heard
        self._catalogue = catalogue
        self._most_reads = most_reads
        self._repeats_left = _MOST_REPEATS
        self._standing: list[Weighed] = []
        self._spans: dict[Space, list[tuple[int, int, Weighed]]] = {}
        """Space -> what is read of it, and for which candidate."""

    async def run(self, familiar: Sequence[str] = ()) -> None:
        """Ask until one profile stands out or the reads are used up; LinkDown when the link breaks.

        `familiar` are ids of profiles that the link has already: meters on a bus are often alike.
        """
        self._stand()
        for one in self._standing:
            if one.candidate.profile.id in familiar:
                await self._try(one)
        if self._strong() is None:
            if self._catalogue.has_models and not self.heard.is_walked:
                await self._walk()
            for one in self._standing:
                await self._identify(one)
        while self._may_ask() and (following := self._next()) is not None:
            await self._identify(following)
            if not following.is_out and following.open_blocks:
                block = following.open_blocks[0]
                await self.read(block.space, block.first, block.count)

    async def read(self, space: Space, first: int, count: int, *, is_later: bool = False) -> bool:
        """Read once and keep what came; say whether it was an answer."""
        heard = self.heard
        heard.reads += not is_later and heard.answer(space, first, count) is None
        try:
            answer = await self._ask(space, first, count)
        except DeviceRefused as error:
            if not is_later:
                heard.refuse(space, first, count, error.code)
        except DeviceError as error:
            if is_link_fault(error):
                raise
            if not is_later:  # silent, garbled, or it cut the connection
                heard.silent.append((space, first, count))
        else:
            heard.take(space, first, answer, is_later=is_later)
        if not is_later:
            self._weigh(space, first, count)
        return heard.answer(space, first, count, is_later=is_later) is not None

    async def _ask(self, space: Space, first: int, count: int) -> bytes:
        """Ask; once more where the wire has spoilt the answer, which may be what the unit says of itself."""
        patience_s = self._pace.second_s
        try:
            return await self._pace.ask(self._unit_id, space, first, count, thinking_s=patience_s)
        except BadAnswer:
            if not self._repeats_left:
                raise
        self._repeats_left -= 1
        return await self._pace.ask(self._unit_id, space, first, count, thinking_s=patience_s)

    def _stand(self) -> None:
        self._standing = weighed(self._catalogue.candidates(self.heard), self.heard)
        self._spans = {}
        for one in self._standing:
            for space, spans in one.candidate.spans.items():
                self._spans.setdefault(space, []).extend((low, high, one) for low, high in spans)

    def _weigh(self, space: Space, first: int, count: int) -> None:
        """Weigh those again that a read may have changed: a refusal only what asks for all of it and more."""
        end = first + count
        spans = self._spans.get(space, ())
        is_deaf = space in self.heard.deaf
        if is_deaf:
            touched = [one for _, _, one in spans]
        elif self.heard.answer(space, first, count) is None:
            touched = [one for low, high, one in spans if low <= first and end <= high]
        else:
            touched = [one for low, high, one in spans if low < end and first < high]
        for one in dict.fromkeys(touched):
            if not one.is_out:
                one.weigh(self.heard, None if is_deaf else (space, first, count))

    def _may_ask(self) -> bool:
        heard = self.heard
        is_mute = not heard.says_something and heard.reads - len(heard.refused) > _MOST_BLANKS
        return heard.reads < self._most_reads and len(heard.silent) < _MOST_SILENCES and not is_mute

    async def _try(self, one: Weighed) -> None:
        """Read all that a profile has, as long as the answers do not rule it out."""
        await self._identify(one)
        while not one.is_out and one.open_blocks and self._may_ask():
            block = one.open_blocks[0]
            await self.read(block.space, block.first, block.count)

    async def _identify(self, one: Weighed) -> None:
        """Ask for the identity of a profile, unless another's asking has answered it already."""
        while not one.is_out and one.open_identities and not one.refused_identities and self._may_ask():
            found = one.open_identities[0]
            await self.read(found.space, found.address, found.count)

    async def _walk(self) -> None:
        """Look for SunSpec models; a unit without them refuses or holds something else."""
        heard = self.heard
        try:
            heard.chain = await walk(_Kept(self), self._unit_id, timeout_s=self._pace.patient_s)
        except DeviceError as error:
            if is_link_fault(error):
                raise
        heard.is_walked = True
        if heard.chain is None:
            return
        common = heard.chain.by_id.get(_COMMON)
        if common is not None and common.length >= _NAMEPLATE_WORDS:
            await self.read(Space.HOLDING, common.first + 2, _NAMEPLATE_WORDS)
        self._stand()

    def _strong(self) -> Weighed | None:
        """Return the profile that is known well enough to look at its rivals only, if there is one."""
        bits = bits_of(self.heard)
        complete = [one for one in self._standing if not one.is_out and one.answered and not one.open_blocks]
        best = max(complete, key=lambda one: one.points(bits), default=None)
        return best if best is not None and is_strong(best, bits) else None

    def _next(self) -> Weighed | None:
        """Return the candidate to read on for; None when nothing more would tell.

        What has answered goes first, then what was never asked for. Beside a strong one only its rivals
        count: those near to it, and those with alike maps.
        """
        self._standing = [one for one in self._standing if not one.is_out]
        bits, best = bits_of(self.heard), self._strong()
        left = [one for one in self._standing if one.open_blocks]
        if best is not None:
            near = best.points(bits) - _LEAD
            left = [one for one in left if one.is_kin or (one.answered and one.points(bits) >= near)]
        promising = [one for one in left if (one.answered or one.is_identified) and one.points(bits) > 0]
        if promising:
            return max(promising, key=lambda one: one.points(bits))
        return min(left, key=lambda one: (one.refused_identities, one.answered, not one.is_kin), default=None)


class _Kept:
    """The unit as the walk along SunSpec models sees it: what it reads is kept."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry

    async def read(self, unit_id: int, space: Space, address: int, count: int, *, timeout_s: float) -> bytes:
        """Read and keep; NoAnswer or DeviceRefused as they came."""
        heard = self._inquiry.heard
        if not heard.is_refused(space, address, count):
            await self._inquiry.read(space, address, count)
        answer = heard.answer(space, address, count)
        if answer is not None:
            return answer
        if heard.is_refused(space, address, count):
            raise DeviceRefused(f"unit {unit_id}", 2, space=space, address=address, count=count)
        raise NoAnswer(f"unit {unit_id}", "gave no answer")

    async def close(self) -> None:
        """Leave the link open: it is the scan's."""


def _kind_place(profile: DeviceProfile) -> int:
    return _KINDS.index(profile.kind) if profile.kind in _KINDS else len(_KINDS)
