"""Certificates of own PV: what was sold turns as much self-consumed PV into residual mix (METHOD 7)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analytics.instruments import KWH_EACH, Batch, said
from analytics.supplies import LEAST_KWH
from domain.findings import Finding, Severity
from domain.periods import Period

Kwh = Mapping[str, float | None]
"""Month -> kWh; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldPv:
    """What own PV counts as residual mix."""

    kwh: Kwh
    entries: Mapping[str, tuple[int, ...]]
    findings: tuple[Finding, ...]


def sold_pv(
    batches: Sequence[Batch],
    *,
    pv: Kwh,
    generated: Kwh,
    months: Sequence[Period],
    closed: Mapping[str, Collection[int]] | None = None,
) -> SoldPv:
    """Return the self-consumed PV whose certificates somebody else has, by month of their vintage.

    More was not self-consumed than `pv` says: what is left of the certificates is of exported PV, and the
    buyer's. `generated` is what all of them, sold or not, are held against. `closed` has the closed
    months, each with the entries that it knows: what falls into one that does not know it weighs nowhere.
    """
    found: dict[str, float | None] = {}
    entries: dict[str, tuple[int, ...]] = {}
    findings: list[Finding] = []
    room = {month: kwh for month, kwh in pv.items() if kwh is not None}
    made = {month: kwh for month, kwh in generated.items() if kwh is not None}
    for batch in batches:
        vintage = [month.name for month in months if _touches(batch, month)]
        unknown = [month for month in vintage if pv.get(month) is None]
        findings += _more(batch, vintage, made, is_known=all(month in made for month in vintage))
        taken = _take(batch.kwh, vintage, room) if batch.body.is_sold else {}
        for month, kwh in taken.items():
            known = found.get(month, 0.0)
            found[month] = None if known is None else known + kwh
            entries[month] = (*entries.get(month, ()), batch.number)
        findings += _late(batch, taken, closed or {})
        if batch.body.is_sold and unknown and batch.kwh - math.fsum(taken.values()) > LEAST_KWH:
            findings.append(_unknown(batch, unknown))
            found |= dict.fromkeys(unknown)
            entries |= {month: (*entries.get(month, ()), batch.number) for month in unknown}
    ordered = {month.name: found[month.name] for month in months if month.name in found}
    return SoldPv(
        kwh=ordered,
        entries={month: tuple(sorted(set(entries[month]))) for month in ordered},
        findings=tuple(findings),
    )


def _touches(batch: Batch, month: Period) -> bool:
    return batch.body.since < month.until and month.since < batch.body.until


def _more(
    batch: Batch, vintage: Sequence[str], made: dict[str, float], *, is_known: bool
) -> Iterator[Finding]:
    """Give a finding where certificates exceed what was generated; less than one MWh was carried over."""
    left = batch.kwh
    for month in vintage:
        kwh = min(left, max(0.0, made.get(month, 0.0)))
        left -= kwh
        if kwh > 0.0:
            made[month] -= kwh
    if vintage and is_known and left >= KWH_EACH:
        yield said(
            "certificate.more_than_generated",
            batch.body,
            f"own PV generated {left:.0f} kWh less in those months than there are certificates of it",
            "compare the certificates with the PV meters; void the entry that is wrong",
            over_kwh=left,
        )


def _take(kwh: float, months: Sequence[str], room: dict[str, float]) -> dict[str, float]:
    """Return what each month takes, in order; the room shrinks as it does."""
    found: dict[str, float] = {}
    for month in months:
        part = min(kwh, max(0.0, room.get(month, 0.0)))
        if part > 0.0:
            found[month] = part
            kwh, room[month] = kwh - part, room[month] - part
    return found


def _late(
    batch: Batch, taken: Mapping[str, float], closed: Mapping[str, Collection[int]]
) -> Iterator[Finding]:
    """Give a finding for what falls into closed months that do not know the entry."""
    late = {
        month: kwh for month, kwh in taken.items() if month in closed and batch.number not in closed[month]
    }
    if not late:
        return
    kwh, months = math.fsum(late.values()), ", ".join(late)
    yield said(
        "certificate.sold_closed",
        batch.body,
        f"{kwh:.0f} kWh of the own PV that they were sold of are of {months}, closed without them: "
        "they weigh nowhere",
        f"energy-agent restate {next(iter(late))} shows what would change",
        Severity.WARNING,
        kwh=kwh,
        month=months,
    )


def _unknown(batch: Batch, months: Sequence[str]) -> Finding:
    return said(
        "certificate.pv_unknown",
        batch.body,
        f"they were sold, and nobody metered the own PV of {', '.join(months)}: "
        "how much of it counts as residual mix is not known",
        "make the readings of the PV meters complete",
        Severity.WARNING,
        months=", ".join(months),
    )
