"""What suppliers billed of a metered carrier, month by month: gas in Nm3, electricity in kWh."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from analytics.declared_carbon import Numbered
from analytics.gas import nm3_factor
from domain.carbon_entries import Invoice
from domain.findings import Finding, Severity
from domain.periods import Period
from domain.plant import Carrier

UNITS = {Carrier.GAS: "m3", Carrier.ELECTRICITY: "kWh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What is known of the invoices of a carrier in a month."""

    amount: float | None
    """Nm3 or kWh; None: the codes say why."""
    entries: tuple[int, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bill:
    """An invoice with what it comes to in the carrier's unit."""

    number: int
    body: Invoice
    amount: float | None
    code: str
    """Why it cannot be compared; "" where it can."""


class Bills:
    """The invoices of a carrier, and what is doubtful about them."""

    def __init__(self, invoices: Sequence[Numbered[Invoice]], carrier: Carrier) -> None:
        own = [each for each in invoices if each.body.carrier is carrier]
        self._bills = [_bill(each) for each in sorted(own, key=lambda each: (each.body.since, each.number))]
        self._twice = list(_overlaps(self._bills))

    def of(self, month: Period) -> Billed | None:
        """Return what was billed of a month; None where no invoice touches it.

        An invoice over several months gives each its share of the time.
        """
        here = [each for each in self._bills if _inside(each.body, month.since, month.until) > 0]
        if not here:
            return None
        codes = {each.code for each in here if each.code}
        if any(
            min(one.body.until, other.body.until) > month.since
            and max(one.body.since, other.body.since) < month.until
            for one, other in self._twice
        ):
            codes.add("invoice.overlap")
        if not codes and not _is_whole(here, month):
            codes.add("reconcile.partly_invoiced")
        amount = None if codes else math.fsum(_share(each, month) for each in here)
        if any(each.body.since < month.since or each.body.until > month.until for each in here) and not codes:
            codes.add("reconcile.by_time")
        return Billed(
            amount=amount,
            entries=tuple(sorted(each.number for each in here)),
            codes=tuple(sorted(codes)),
        )

    def findings(self) -> Iterator[Finding]:
        """Give what is doubtful about the invoices, each once."""
        for each in self._bills:
            if each.code:
                yield _doubt(each)
        for earlier, later in self._twice:
            yield _overlap(earlier, later)


def _bill(invoice: Numbered[Invoice]) -> _Bill:
    body = invoice.body
    code, factor = "", 1.0
    if body.since >= body.until or not math.isfinite(body.quantity) or body.quantity < 0.0:
        code = "invoice.impossible"
    elif body.unit != UNITS.get(body.carrier):
        code = "invoice.wrong_unit"
    elif body.carrier is Carrier.GAS:
        known = nm3_factor(body.reference)
        if body.reference is None:
            code = "invoice.no_reference"
        elif known is None:
            code = "invoice.unusable_reference"
        factor = known or math.nan
    amount = None if code else body.quantity * factor
    return _Bill(number=invoice.number, body=body, amount=amount, code=code)


def _overlaps(bills: Sequence[_Bill]) -> Iterator[tuple[_Bill, _Bill]]:
    """Give pairs of one supplier that bill one time, the earlier entry first; bills are by their begin."""
    for one, other in combinations(sorted(bills, key=lambda each: each.number), 2):
        a, b = one.body, other.body
        if a.supplier == b.supplier and max(a.since, b.since) < min(a.until, b.until):
            yield one, other


def _inside(body: Invoice, since: int, until: int) -> int:
    return min(body.until, until) - max(body.since, since)


def _share(bill: _Bill, month: Period) -> float:
    body = bill.body
    assert bill.amount is not None
    part = _inside(body, month.since, month.until)
    return bill.amount * (part / (body.until - body.since))


def _is_whole(bills: Sequence[_Bill], month: Period) -> bool:
    """Say whether bills, ordered by their begin, leave no part of a month out."""
    reach = month.since
    for each in bills:
        if each.body.since > reach:
            return False
        reach = max(reach, each.body.until)
    return reach >= month.until


def _doubt(bill: _Bill) -> Finding:
    body = bill.body
    problem, remedy = {
        "invoice.impossible": (
            f"{body.quantity:g} {body.unit} over its span cannot be",
            "void the entry and enter begin, end and quantity of the invoice",
        ),
        "invoice.wrong_unit": (
            f"{body.unit} cannot be held against the meters of {body.carrier}",
            f"void the entry and enter the quantity in {UNITS.get(body.carrier, 'the unit of the meters')}",
        ),
        "invoice.no_reference": (
            "m3 without the conditions that they are of: Nm3 and m3 at 20 C differ by 7.3 %",
            "void the entry and enter it with its reference, 20C or 0C, as in the supply contract",
        ),
        "invoice.unusable_reference": (
            f"m3 at {body.reference} conditions cannot be converted without temperature and pressure",
            "ask the supplier for the volume at 20 C or 0 C and enter that",
        ),
    }[bill.code]
    return _said(bill.code, body, problem, remedy, Severity.ERROR)


def _overlap(earlier: _Bill, later: _Bill) -> Finding:
    return _said(
        "invoice.overlap",
        later.body,
        f"it bills a time that {earlier.body.number} of the same supplier bills too; those months are not "
        "compared",
        "void the one that is wrong; for two meters of one supplier name the account with the supplier",
        Severity.WARNING,
        other_number=earlier.body.number,
    )


def _said(
    code: str, body: Invoice, problem: str, remedy: str, severity: Severity, **facts: float | str
) -> Finding:
    return Finding(
        code=code,
        key=body.number,
        problem=problem,
        remedy=remedy,
        severity=severity,
        since=min(body.since, body.until),
        until=max(body.since, body.until),
        facts={"unit": body.unit, "carrier": body.carrier.value, **facts},
    )
