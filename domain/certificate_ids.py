"""Consecutive ids of green electricity certificates: GEC-0001 to GEC-0120 are 120 of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENDS_IN_DIGITS = re.compile(r"(.*?)([0-9]{1,30})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRange:
    """Ids from the first number to the last, both included, behind one prefix."""

    prefix: str
    first: int
    last: int

    @property
    def count(self) -> int:
        """Return how many certificates these are."""
        return self.last - self.first + 1

    def overlaps(self, other: IdRange) -> bool:
        """Say whether an id is in both; leading zeros make no other number."""
        return self.prefix == other.prefix and self.first <= other.last and other.first <= self.last


def id_range(first: str, last: str) -> IdRange | None:
    """Return the ids that two texts span; None when they do not end in digits or do not belong together."""
    one, other = _ENDS_IN_DIGITS.fullmatch(first), _ENDS_IN_DIGITS.fullmatch(last)
    if one is None or other is None or one[1] != other[1] or int(other[2]) < int(one[2]):
        return None
    return IdRange(prefix=one[1], first=int(one[2]), last=int(other[2]))
