"""Which results a replacement touches, and what it changes: pure, the same for every store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.periods import PeriodKind
from domain.ports import ResultRow

Name = tuple[str, str, int]
"""Subject, period, since: what names a result among those of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The results of a kind that begin in [since, until), of one period or subject if given."""

    kind: str
    since: int
    until: int
    period: PeriodKind | None = None
    subject: str | None = None

    def __contains__(self, row: ResultRow) -> bool:
        return (
            row.kind == self.kind
            and self.since <= row.since < self.until
            and self.period in (None, row.period)
            and self.subject in (None, row.subject)
        )


def name_of(row: ResultRow) -> Name:
    """Return what names a result among those of its kind."""
    return row.subject, row.period, row.since


def check_results(rows: Sequence[ResultRow], where: Where) -> None:
    """Raise ValueError when a row lies elsewhere, or two rows have one name."""
    seen: set[Name] = set()
    for row in rows:
        if row not in where:
            raise ValueError(f"result {row.kind} {name_of(row)} lies outside of what is replaced: {where}")
        if name_of(row) in seen:
            raise ValueError(f"two results {row.kind} have the name {name_of(row)}")
        seen.add(name_of(row))


def changed_results(
    held: Sequence[ResultRow], rows: Sequence[ResultRow]
) -> tuple[list[ResultRow], list[ResultRow]]:
    """Return what of the held must go, or be written over, and what must be written."""
    before = {name_of(row): row for row in held}
    after = {name_of(row): row for row in rows}
    removed = [row for name, row in before.items() if after.get(name) != row]
    written = [row for name, row in after.items() if before.get(name) != row]
    return removed, written
