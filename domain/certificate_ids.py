"""Consecutive ids of green electricity certificates: GEC-0001 to GEC-0120 are 120 of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from domain.plain_ids import plain_id

MOST_DIGITS = 60
"""No registry counts so far; longer numbers would cost without end."""
_ENDS_IN_DIGITS = re.compile(rf"(.*?)([0-9]{{1,{MOST_DIGITS}}})", re.ASCII | re.DOTALL)
_DIGIT_LAST = re.compile(r"[0-9]$", re.ASCII)
_LAST_DIGITS = re.compile(r"\d[\d\s]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRange:
    """Ids from the first number to the last, both included, behind one prefix."""

    prefix: str
    """As it is compared, `domain.plain_ids`."""
    first: int
    last: int
    written: str = field(default="", compare=False)
    """The prefix as somebody wrote it."""

    @property
    def count(self) -> int:
        """Return how many certificates these are."""
        return self.last - self.first + 1

    def overlaps(self, other: IdRange) -> bool:
        """Say whether an id is in both; leading zeros make no other number."""
        return self.prefix == other.prefix and self.first <= other.last and other.first <= self.last


def id_range(first: str, last: str) -> IdRange | None:
    """Return the ids that two texts span; None when they do not end in digits or do not belong together.

    Numbers of more than `MOST_DIGITS` digits are none.
    """
    one, other = (_ENDS_IN_DIGITS.fullmatch(plain_id(each)) for each in (first, last))
    if one is None or other is None or one[1] != other[1] or _DIGIT_LAST.search(one[1]):
        return None
    if int(other[2]) < int(one[2]):
        return None
    written = _LAST_DIGITS.sub("", first)
    return IdRange(prefix=one[1], first=int(one[2]), last=int(other[2]), written=written)


def ends_in_digits(text: str) -> bool:
    """Say whether an id ends in a digit, of whatever width."""
    return _DIGIT_LAST.search(plain_id(text)) is not None
