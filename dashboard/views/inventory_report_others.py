"""Other periods in an inventory report: months of the year, years of the paths, as its closing knows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboard.views.carbon_figures import SCOPES, closings_of, total_of
from dashboard.views.inventory_report_parts import Other
from domain.carbon_book import CarbonBook, Stated
from domain.inventory import Inventory

_UNREADABLE = Stated(totals=dict.fromkeys(SCOPES), per_output=(), paths=())
"""Of a closing that is damaged, as a finding says: a dash, never a month less."""


def as_known(others: Sequence[Inventory], inventory: Inventory, book: CarbonBook) -> tuple[Other, ...]:
    """Return other periods with the figures that a closing knows: later ones would change its report."""
    closing = next((each for each in book.closings if each.number == inventory.entry), None)
    if closing is None:
        return tuple(now_of(each) for each in others)
    return tuple(_known(others, closing.number, book))


def now_of(of: Inventory) -> Other:
    """Return a period with the figures that stand."""
    stated = Stated(
        totals={scope: total_of(of, scope).tco2e for scope in SCOPES},
        per_output=of.per_output,
        paths=of.paths,
    )
    return Other(name=of.period.name, is_over=of.is_over, state=of.state, stated=stated)


def _known(others: Sequence[Inventory], until: int, book: CarbonBook) -> Iterator[Other]:
    for each in others:
        history = closings_of(book, each.period.name)
        before = [one for one in history if one.number < until]
        if each.entry is not None and each.entry < until:
            yield now_of(each)
        elif before:
            yield Other(
                name=each.period.name,
                is_over=True,
                state="restated" if before[-1].is_restatement else "closed",
                stated=before[-1].stated or _UNREADABLE,
                restated_by=history[len(before)].number,
            )
