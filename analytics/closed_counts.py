"""What the inventories of closed periods count already: none of it counts again in an open month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from analytics.declared_carbon import DeclaredCarbon, Numbered
from analytics.inventory_closed import read_closing
from domain.carbon_entries import Closed, Restated
from domain.plain_ids import plain_id

LOT_CLOSED = "lot.closed"
"""A closed period counts the lot, so it counts nothing in the month that it is in now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one closed period counts."""

    period: str
    since: int
    until: int
    lots: frozenset[str]
    """Ids as they are compared."""
    entries: frozenset[int]
    """Numbers of the entries behind its lines and covers."""

    def has(self, since: int, until: int) -> bool:
        """Say whether a span lies in the period."""
        return self.since <= since and until <= self.until


def counted(declared: DeclaredCarbon) -> tuple[Counted, ...]:
    """Return what closed periods count, by the closing or restatement that stands: months, then years."""
    found = [_of(entries[-1]) for entries in declared.closings.values() if entries]
    known = [each for each in found if each is not None]
    return tuple(sorted(known, key=lambda each: (-len(each.period), each.since)))


@lru_cache(maxsize=512)
def _of(entry: Numbered[Closed | Restated]) -> Counted | None:
    """Return what a closing counts; None where it cannot be read, for then the period counts as open."""
    inventory = read_closing(entry)
    if inventory is None:
        return None
    lots = (each for each in inventory.lines if each.scope == "3_1" and LOT_CLOSED not in each.codes)
    numbers = {number for each in inventory.lines for number in each.entries}
    return Counted(
        period=inventory.period.name,
        since=inventory.period.since,
        until=inventory.period.until,
        lots=frozenset(plain_id(each.id) for each in lots),
        entries=frozenset(numbers | {each.entry for each in inventory.covers}),
    )
