"""Carbon for the page: what was declared, and what a person records; figures come with the other results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from agent.carbon_importing import typed
from agent.closing import closing, closings, restatement_of, restating
from agent.inventories import Inventoried
from agent.ledger import Desk, standing
from agent.page_declaring import clean, recorded
from agent.page_parts import END, Parts
from analytics.restatement import difference
from dashboard.sentences import carbon, inventory
from domain.carbon_book import Booked, Calibrated, CarbonBook, Closing, Declaration, Stated
from domain.carbon_entries import Closed, Restated
from domain.declared import Refused
from domain.errors import StoreError
from domain.inventory import FigureChange, Inventory, Restatement
from domain.inventory_text import canonical
from domain.ledger import Body, Entry, MeterEvent, MeterEventKind
from domain.result_rows import decode
from domain.seals import Seal
from storage.ledger_rows import kind_name

_ROOMS = frozenset(code.partition(".")[0] for code in (*carbon.SENTENCES, *inventory.SENTENCES))
"""Of codes of findings about carbon: of all that there is a sentence for."""
_SEALS = 40
"""Days of the newest seals that a page shows."""
_ALL = 100_000
"""Seals there are, at most: a day each."""


def carbon_book(parts: Parts) -> CarbonBook:
    """Return what people declared for carbon, oldest first, and what the data says of it."""
    entries = standing(parts.entries())
    rows = parts.store.results("finding", since=0, until=END)
    findings = [decode("finding", row.body) for row in rows if is_of_carbon(row.subject)]
    return CarbonBook(
        booked=tuple(
            _booked(each, each.body) for each in entries.values() if isinstance(each.body, Declaration)
        ),
        closings=tuple(_closings(entries)),
        seals=shown_seals(parts.seals(_ALL)),
        findings=tuple(findings),
        calibrations=tuple(sorted(_calibrations(entries), key=lambda each: (each.at, each.number))),
    )


def is_of_carbon(code: str) -> bool:
    """Say whether the code of a finding is one of the inventory's."""
    return code.partition(".")[0] in _ROOMS


def shown_seals(seals: Sequence[Seal]) -> tuple[Seal, ...]:
    """Return, of seals in order, the newest and the last one of every month, whose report names its root."""
    ends = (one for one, after in pairwise(seals[: -_SEALS + 1]) if one.day[:7] != after.day[:7])
    return (*ends, *seals[-_SEALS:])


def restatement(parts: Parts, period: str) -> Restatement | None:
    """Return a closed period against what it would be now; None for one that is not closed."""
    desk = parts.desk()
    if not closings(desk, period):
        return None
    return restatement_of(desk, _inventoried(parts, period, fresh=True).inventory)


def declare(parts: Parts, kind: str, fields: Mapping[str, str], *, who: str, why: str) -> tuple[int, ...]:
    """Declare one thing for carbon."""
    return recorded(parts, lambda desk: typed(desk, kind, fields), who=who, why=why, otherwise="")


def close_period(
    parts: Parts, period: str, *, shown: str, approver: str, who: str, why: str
) -> tuple[int, ...]:
    """Close a month or a year."""
    approver = clean(approver, "approver", "name who approves the figures")
    found = _inventoried(parts, period, fresh=False, shown=shown)

    def bodies(desk: Desk) -> Sequence[Body]:
        return [closing(desk, found.inventory, approver=approver, known=found.known, months=found.months)]

    return recorded(parts, bodies, who=who, why=why, otherwise="")


def restate_period(
    parts: Parts, period: str, *, shown: str, approver: str, who: str, why: str
) -> tuple[int, ...]:
    """Give a closed month or year the figures that it would have now."""
    approver = clean(approver, "approver", "name who approves the figures")
    found = _inventoried(parts, period, fresh=True, shown=shown)

    def bodies(desk: Desk) -> Sequence[Body]:
        return [restating(desk, found.inventory, approver=approver, known=found.known)]

    return recorded(parts, bodies, who=who, why=why, otherwise="")


def _inventoried(parts: Parts, period: str, *, fresh: bool, shown: str | None = None) -> Inventoried:
    """Return the inventory of a period; Refused where there is none, or it is not the one that was shown."""
    try:
        found = parts.analysis.inventory(period, fresh=fresh)
    except StoreError as error:
        raise Refused("period", error.problem, error.hint) from error
    if shown is not None and canonical(found.inventory)[1] != shown:
        raise Refused(
            "", "its figures have changed since they were shown", "look at them again, then confirm"
        )
    return found


def _booked(entry: Entry, body: Declaration) -> Booked:
    return Booked(
        number=entry.number, at=entry.at, who=entry.who, why=entry.why, kind=kind_name(body), body=body
    )


def _calibrations(entries: Mapping[int, Entry]) -> Iterator[Calibrated]:
    for entry in entries.values():
        body = entry.body
        if isinstance(body, MeterEvent) and body.kind is MeterEventKind.CALIBRATION:
            yield Calibrated(
                number=entry.number,
                point=body.point,
                at=body.at,
                valid_until=body.valid_until,
                certificate=body.certificate,
            )


def _closings(entries: Mapping[int, Entry]) -> Iterator[Closing]:
    newest = {
        entry.body.period: entry.number
        for entry in entries.values()
        if isinstance(entry.body, Closed | Restated)
    }
    for entry in entries.values():
        if isinstance(entry.body, Closed | Restated):
            yield _closing(entry, entry.body, entries, stands=newest[entry.body.period] == entry.number)


def _closing(entry: Entry, body: Closed | Restated, entries: Mapping[int, Entry], *, stands: bool) -> Closing:
    before = entries.get(body.before) if isinstance(body, Restated) else None
    earlier = before.body if before is not None else None
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
        changes=_changes(earlier.inventory, body.inventory) if isinstance(earlier, Closed | Restated) else (),
        stated=None if stands else _stated(body.inventory),
    )


@lru_cache(maxsize=64)
def _stated(text: str) -> Stated | None:
    """Return what a closing states of its period; None where it cannot be read: findings say so."""
    try:
        found: Inventory = decode("inventory", text.encode())
    except ValueError:
        return None
    totals = {
        "scope_1": found.scope_1.tco2e,
        "scope_2_location": found.scope_2_location.tco2e,
        "scope_2_market": found.scope_2_market.tco2e,
        "scope_3_1": found.scope_3_1.tco2e,
    }
    return Stated(totals=totals, per_output=found.per_output, paths=found.paths)


@lru_cache(maxsize=64)
def _changes(before: str, after: str) -> tuple[FigureChange, ...]:
    """Return what a restatement changed; nothing where one of the two cannot be read: findings say so."""
    try:
        return difference(decode("inventory", before.encode()), decode("inventory", after.encode()))
    except ValueError:
        return ()
