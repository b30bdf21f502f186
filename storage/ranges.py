"""Sets of sequence numbers as inclusive ranges: what was ingested, what may be acknowledged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]
"""First and last number, both included."""


class RangeSet:
    """A set of integers that costs one pair a run, not one entry a number.

    Adding at the end of the last run is constant; anywhere else costs a bisection and one list move.
    """

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self.add(first, last)

    def add(self, first: int, last: int | None = None) -> None:
        """Add one number, or every number from first to last; ValueError when last < first."""
        end = first if last is None else last
        if end < first:
            raise ValueError(f"range {first}..{end} ends before it begins")
        lasts = self._lasts
        if lasts and first == lasts[-1] + 1:
            lasts[-1] = end
            return
        low = bisect_left(lasts, first - 1)  # the first run that touches or lies behind
        high = bisect_right(self._firsts, end + 1)  # the first run wholly behind
        if low < high:
            first = min(first, self._firsts[low])
            end = max(end, lasts[high - 1])
        self._firsts[low:high] = [first]
        lasts[low:high] = [end]

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._lasts, number)
        return place < len(self._lasts) and self._firsts[place] <= number

    def __iter__(self) -> Iterator[Range]:
        return zip(self._firsts, self._lasts, strict=True)

    def __len__(self) -> int:
        """Return how many runs there are, not how many numbers."""
        return len(self._firsts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RangeSet):
            return NotImplemented
        return self._firsts == other._firsts and self._lasts == other._lasts

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"RangeSet({list(self)})"


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """Return the inclusive runs of some numbers, in any order, ascending."""
    return list(RangeSet((number, number) for number in sorted(numbers)))
