"""Carbon for the page: what was declared, and what a person records; figures come with the other results."""

from __future__ import annotations

from agent.ledger import standing
from agent.page_parts import END, Parts
from domain.carbon_book import Booked, CarbonBook, Closing, Declaration
from domain.carbon_entries import Closed, Restated
from domain.ledger import Entry
from domain.result_rows import decode
from storage.ledger_rows import kind_name

_ROOMS = ("base_year", "certificate", "contract", "factor", "inventory", "invoice", "lot", "reconcile")
"""Of codes of findings about carbon."""
_SEALS = 40
"""Days of the newest seals that a page shows."""


def carbon_book(parts: Parts) -> CarbonBook:
    """Return what people declared for carbon, oldest first, and what the data says of it."""
    entries = standing(parts.entries())
    rows = parts.store.results("finding", since=0, until=END)
    findings = [decode("finding", row.body) for row in rows if row.subject.partition(".")[0] in _ROOMS]
    return CarbonBook(
        booked=tuple(
            _booked(each, each.body) for each in entries.values() if isinstance(each.body, Declaration)
        ),
        closings=tuple(
            _closing(each, each.body) for each in entries.values() if isinstance(each.body, Closed | Restated)
        ),
        seals=tuple(parts.seals(_SEALS)),
        findings=tuple(findings),
    )


def _booked(entry: Entry, body: Declaration) -> Booked:
    return Booked(
        number=entry.number, at=entry.at, who=entry.who, why=entry.why, kind=kind_name(body), body=body
    )


def _closing(entry: Entry, body: Closed | Restated) -> Closing:
    return Closing(
        number=entry.number,
        at=entry.at,
        who=entry.who,
        why=entry.why,
        approver=body.approver,
        period=body.period,
        is_restatement=isinstance(body, Restated),
        before=body.before if isinstance(body, Restated) else None,
        sha256=body.sha256,
        known=body.known,
        software=body.software,
    )
