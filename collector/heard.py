"""What a unit said when it was asked: words, refusals and silences, kept so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.plausibility import is_blank
from domain.registers import Space
from domain.sunspec import Chain, Model

_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS = 1, 2
_NOT_THERE = frozenset({1, 2, 3, 4})
"""Exceptions that speak of what was asked for; others (busy, gateway) speak of the moment."""
_SHORT = 80
"""Bytes; identities are no longer."""
Place = tuple[Space, int, int]
"""Space, first address, count."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """The facts about one unit; everything that is said of it later follows from them."""

    words: dict[Space, dict[int, int]] = field(default_factory=dict)
    """Space -> address -> word, or bit."""
    alone: dict[Place, bytes] = field(default_factory=dict)
    """Short answers as they came: some devices say who they are only where it is asked for alone."""
    refused: list[Place] = field(default_factory=list)
    silent: list[Place] = field(default_factory=list)
    """Asked, and no answer that counts."""
    deaf: set[Space] = field(default_factory=set)
    """Spaces that it does not read at all."""
    reads: int = 0
    later: dict[Space, dict[int, int]] = field(default_factory=dict)
    """The same of a second read."""
    later_s: float = 0.0
    """How long after the first."""
    chain: Chain | None = None
    """Where its SunSpec models are."""
    says_something: bool = False
    """Not all of its words are zeros or ones."""
    is_walked: bool = False
    """Its SunSpec models were looked for."""

    _refused_at: dict[Space, list[tuple[int, int]]] = field(default_factory=dict)
    """The refused ones as [first, end), by space."""

    def take(self, space: Space, first: int, answer: bytes, *, is_later: bool = False) -> None:
        """Keep an answer."""
        size = 1 if space.is_bits else 2
        if not is_later and len(answer) <= _SHORT:
            self.alone[space, first, len(answer) // size] = answer
        self.says_something = self.says_something or not is_blank(answer)
        kept = (self.later if is_later else self.words).setdefault(space, {})
        for place in range(len(answer) // size):
            kept[first + place] = int.from_bytes(answer[place * size : (place + 1) * size], "big")

    def answer(self, space: Space, first: int, count: int, *, is_later: bool = False) -> bytes | None:
        """Return the words as one read of them would; None where any of them is not known."""
        kept = (self.later if is_later else self.words).get(space)
        if kept is None:
            return None
        found = [kept[address] for address in range(first, first + count) if address in kept]
        if len(found) < count:
            return None
        size = 1 if space.is_bits else 2
        return b"".join(word.to_bytes(size, "big") for word in found)

    def refuse(self, space: Space, first: int, count: int, code: int) -> None:
        """Keep a refusal; one that only speaks of the moment counts as silence."""
        if code == _ILLEGAL_FUNCTION:
            self.deaf.add(space)
        if code not in _NOT_THERE:
            self.silent.append((space, first, count))
            return
        self.refused.append((space, first, count))
        self._refused_at.setdefault(space, []).append((first, first + count))

    def is_refused(self, space: Space, first: int, count: int) -> bool:
        """Say whether a read was refused, or must be because a part of it was."""
        end = first + count
        known = self._refused_at.get(space, ())
        return space in self.deaf or any(first <= low and high <= end for low, high in known)

    def region(self, space: Space, address: int) -> tuple[Space, int]:
        """Return the first address of the run of known words that an address lies in."""
        known = self.words.get(space, {})
        while address - 1 in known:
            address -= 1
        return space, address

    def is_silent(self, space: Space, first: int, count: int) -> bool:
        """Say whether this very read got no answer."""
        return (space, first, count) in self.silent

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "words": _runs(self.words),
            "alone": [[space.value, first, answer.hex()] for (space, first, _), answer in self.alone.items()],
            "refused": [[space.value, first, count] for space, first, count in self.refused],
            "silent": [[space.value, first, count] for space, first, count in self.silent],
            "deaf": sorted(space.value for space in self.deaf),
            "reads": self.reads,
            "later": _runs(self.later),
            "later_s": self.later_s,
            "chain": _chain_json(self.chain),
            "says_something": self.says_something,
            "is_walked": self.is_walked,
        }

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> Heard:
        """Return what `as_json` gave; KeyError, TypeError or ValueError for anything else."""
        found = cls(
            words=_words(table["words"]),
            silent=[(Space(space), int(first), int(count)) for space, first, count in table["silent"]],
            deaf={Space(space) for space in table["deaf"]},
            reads=int(table["reads"]),
            later=_words(table["later"]),
            later_s=float(table["later_s"]),
            chain=_chain(table["chain"]),
            says_something=bool(table["says_something"]),
            is_walked=bool(table["is_walked"]),
        )
        for space, first, count in table["refused"]:
            found.refuse(Space(space), int(first), int(count), _ILLEGAL_ADDRESS)
        for space, first, answer in table["alone"]:
            words = bytes.fromhex(answer)
            found.alone[Space(space), int(first), len(words) // (1 if Space(space).is_bits else 2)] = words
        return found


def _runs(words: Mapping[Space, Mapping[int, int]]) -> dict[str, dict[str, list[int]]]:
    """Return each run of addresses under its first one."""
    runs: dict[str, dict[str, list[int]]] = {}
    for space, kept in words.items():
        found = runs.setdefault(space.value, {})
        first = -2
        for address in sorted(kept):
            if address != first + len(found.get(str(first), ())):
                first = address
                found[str(first)] = []
            found[str(first)].append(kept[address])
    return runs


def _words(runs: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[Space, dict[int, int]]:
    return {
        Space(space): {
            int(first) + place: int(word)
            for first, words in found.items()
            for place, word in enumerate(words)
        }
        for space, found in runs.items()
    }


def _chain_json(chain: Chain | None) -> dict[str, Any] | None:
    if chain is None:
        return None
    return {"base": chain.base, "models": [[model.id, model.first, model.length] for model in chain.models]}


def _chain(table: Mapping[str, Any] | None) -> Chain | None:
    if table is None:
        return None
    models = [Model(id=number, first=first, length=length) for number, first, length in table["models"]]
    return Chain(base=int(table["base"]), models=tuple(models))
