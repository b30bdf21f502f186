"""Answers that units may still give late, on links without transaction ids (RTU). Pure.

An RTU answer names its unit, its function code and its length, and not the request it belongs to.
So after a request that got no answer, the next one to that unit must look different: other length or
other function code. A unit answers in order, and each request once, so an answer that fits only the
newest request proves that all older ones are over.

An answer that no unit owes is surplus. Then some answer taken before may have been another's: that of
another master on the bus, or one that a gateway gave twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.registers import Space

_FORGOTTEN_AFTER_S = 30.0
"""No gateway or meter holds an answer longer; without an end a unit that refuses every probe stays lost."""


class Debts:
    """Which answers each unit owes, and which it gave unasked."""

    def __init__(self) -> None:
        self._owed: dict[int, dict[tuple[Space, int], float]] = {}
        """Unit id -> (space, data bytes) of an answer -> monotonic second at which it is forgotten."""
        self._surplus: dict[int, set[tuple[Space, int | None]]] = {}
        """Unit id -> (space, data bytes) of answers that it did not owe; None for a refusal."""

    def __contains__(self, unit_id: int) -> bool:
        return unit_id in self._owed

    def owe(self, unit_id: int, space: Space, size: int, now: float) -> None:
        """Note that an answer of `size` data bytes may still come."""
        self._owed.setdefault(unit_id, {})[space, size] = now + _FORGOTTEN_AFTER_S

    def note(self, unit_id: int, space: Space, size: int | None, now: float) -> None:
        """Take an answer that nobody waits for (`size` None: a refusal): surplus, unless it is owed."""
        self.forget(unit_id, now)
        owed = self.confuses_refusal(unit_id, space) if size is None else self.confuses(unit_id, space, size)
        if not owed:
            self._surplus.setdefault(unit_id, set()).add((space, size))

    def owe_surplus(self, unit_id: int, now: float) -> bool:
        """Say whether the unit gave surplus answers; more of their kind may come, so they are owed."""
        surplus = self._surplus.pop(unit_id, set())
        for space, size in surplus:
            if size is not None:
                self.owe(unit_id, space, size, now)
        return bool(surplus)

    def settle(self, unit_id: int) -> None:
        """Note that nothing old can come any more."""
        self._owed.pop(unit_id, None)

    def forget(self, unit_id: int, now: float) -> None:
        """Drop what is too old to come."""
        kept = {answer: until for answer, until in self._owed.get(unit_id, {}).items() if until > now}
        if kept:
            self._owed[unit_id] = kept
        else:
            self.settle(unit_id)

    def confuses(self, unit_id: int, space: Space, size: int) -> bool:
        """Say whether a late answer could be taken for one of `size` data bytes."""
        return (space, size) in self._owed.get(unit_id, {})

    def confuses_refusal(self, unit_id: int, space: Space) -> bool:
        """Say whether a refusal could belong to an older request: it names the function code alone."""
        return any(owed is space for owed, _ in self._owed.get(unit_id, {}))

    def probes(self, unit_id: int, space: Space) -> Iterator[tuple[Space, int]]:
        """Give (space, addresses) of reads whose answers cannot be mixed up: same function, then its twin.

        A unit may refuse an odd length, and that refusal may be an old one; under another function code
        even a refusal tells.
        """
        for candidate in (space, space.twin):
            size = 1 if candidate.is_bits else 2
            while self.confuses(unit_id, candidate, size):
                size += 1 if candidate.is_bits else 2
            yield candidate, 8 * size - 7 if candidate.is_bits else size // 2
