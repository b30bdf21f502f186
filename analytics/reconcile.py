"""Main meters of a month against sub-meters and against invoices: with tolerance and reasons (METHOD 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analytics.declared_carbon import Numbered
from analytics.evidence import evidences_of
from analytics.invoices import UNITS, Bills
from analytics.prepared import Prepared
from analytics.sums import inside, spans_of
from analytics.supply import supply_meters, total_in
from domain.carbon_entries import Explained
from domain.findings import Finding, Severity
from domain.inventory import Inventory, Reconciled
from domain.periods import Period, PeriodKind
from domain.plant import Carrier
from domain.results import Balance

INCOMPLETE = "reconcile.meter_incomplete"
_RUNNING = 0.99
"""Share of a running month so far that all sub-meters must be known of."""


def reconciled(
    prepared: Prepared,
    balances: Sequence[Balance],
    *,
    months: Sequence[Period],
    closed: Mapping[str, Inventory] | None = None,
) -> tuple[Mapping[str, tuple[Reconciled, ...]], tuple[Finding, ...]]:
    """Return the comparisons of each month, by its name, and what is doubtful about them.

    `balances` may hold those of other periods too. A month without anything to compare has no key. What a
    closed month stands with and without a reason stays open: a reason that came later is not in it.
    """
    by_name = {month.name: month for month in months}
    explained = prepared.declared.carbon.explained
    rows = [*_subs(prepared, balances, by_name)]
    findings: list[Finding] = []
    for carrier in UNITS:
        bills = Bills(prepared.declared.carbon.invoices, carrier)
        rows += _invoices(prepared, carrier, bills, months)
        findings += bills.findings()
    found: dict[str, list[Reconciled]] = defaultdict(list)
    for row in rows:
        told = _explained(row, by_name[row.month], explained)
        found[row.month].append(told)
        if told.is_within is False and not (told.reason and _stands_told(told, closed or {})):
            findings.append(_open(told, by_name[row.month]))
    return {name: tuple(found[name]) for name in by_name if name in found}, tuple(findings)


def _stands_told(row: Reconciled, closed: Mapping[str, Inventory]) -> bool:
    """Say whether its month, where it is closed, stands without this difference or with its reason."""
    stood = closed[row.month].reconciled if row.month in closed else ()
    same = [each for each in stood if (each.carrier, each.against) == (row.carrier, row.against)]
    return all(each.reason or each.is_within is not False for each in same)


def _subs(
    prepared: Prepared, balances: Sequence[Balance], months: Mapping[str, Period]
) -> Iterator[Reconciled]:
    """Give what main meters and sub-meters show of each month.

    A month in which one of them misses a window is not compared: the hours that all have are not the month.
    """
    for balance in balances:
        if balance.period.kind is PeriodKind.MONTH and balance.period.name in months:
            row = _row(
                balance.carrier,
                "subs",
                balance.period.name,
                (balance.main, balance.subs),
                prepared.method.balance_tolerance,
            )
            yield row if _is_whole(balance, prepared.until) else _not_compared(row)


def _is_whole(balance: Balance, until: int) -> bool:
    """Say whether every meter has every window of a month; while it runs, all but the last few hours."""
    if balance.period.until > until:
        return balance.evidence.coverage >= _RUNNING
    return "balance.partial" not in balance.evidence.codes and balance.evidence.is_complete


def _not_compared(row: Reconciled) -> Reconciled:
    codes = tuple(sorted({*row.codes, INCOMPLETE}))
    return replace(row, difference=None, share=None, is_within=None, codes=codes)


def _invoices(
    prepared: Prepared, carrier: Carrier, bills: Bills, months: Sequence[Period]
) -> Iterator[Reconciled]:
    """Give what the main meters show and what was billed of each month that an invoice touches.

    A month in which the meters miss a window is not compared: what they miss would look like a difference.
    """
    billed = [(month, found) for month in months if (found := bills.of(month)) is not None]
    if not billed:
        return
    for (month, of_month), (metered, is_whole) in zip(
        billed, _metered(prepared, carrier, [month for month, _ in billed]), strict=True
    ):
        other = of_month.amount
        row = _row(
            carrier.value,
            "invoices",
            month.name,
            (metered, other),
            prepared.method.carbon.invoice_tolerance,
        )
        row = replace(row, entries=of_month.entries, codes=of_month.codes)
        yield row if is_whole else _not_compared(row)


def _metered(
    prepared: Prepared, carrier: Carrier, months: Sequence[Period]
) -> list[tuple[float | None, bool]]:
    """Return what the main meters show of each month, and whether they know all of it."""
    meters = supply_meters(prepared.plant, carrier)
    total = total_in(prepared, meters, months[0].since, months[-1].until)
    if total is None:
        return [(None, False)] * len(months)
    spans = spans_of(months)
    sums = inside(total.since, total.until, spans).known(total.amount).tolist()
    return [
        (amount if amount == amount else None, evidence.is_complete)
        for amount, evidence in zip(sums, evidences_of(total, spans), strict=True)
    ]


def _row(
    carrier: str, against: str, month: str, sides: tuple[float | None, float | None], tolerance: float
) -> Reconciled:
    main, other = sides
    difference = main - other if main is not None and other is not None else None
    share = difference / main if difference is not None and main else None
    is_within = None if difference is None else abs(difference) <= tolerance * abs(main or 0.0)
    return Reconciled(
        carrier=carrier,
        against=against,
        month=month,
        main=main,
        other=other,
        difference=difference,
        share=share,
        tolerance=tolerance,
        is_within=is_within,
    )


def _explained(row: Reconciled, month: Period, explained: Sequence[Numbered[Explained]]) -> Reconciled:
    """Return a row with the reason of the last entry about most of the month."""
    found = [
        each
        for each in explained
        if (each.body.carrier.value, each.body.against) == (row.carrier, row.against)
        and 2 * (min(each.body.until, month.until) - max(each.body.since, month.since))
        > month.until - month.since
    ]
    if not found:
        return row
    last = max(found, key=lambda each: each.number)
    return replace(row, reason=last.body.reason, entries=tuple(sorted({*row.entries, last.number})))


def _open(row: Reconciled, month: Period) -> Finding:
    unit = "Nm3" if row.carrier == Carrier.GAS else "kWh"
    share = f"{row.share:+.1%} of them" if row.share is not None else "all of it"
    return Finding(
        code="reconcile.open",
        key=row.carrier,
        problem=f"main meters and {row.against} of {row.month} differ by {row.difference:g} {unit}, "
        f"{share}: more than {row.tolerance:.1%}",
        remedy="look for a wrong multiplier, reference or reading day; enter the reason once it is known"
        + (f", and restate {row.month}, which is closed without it" if row.reason else ""),
        severity=Severity.WARNING,
        since=month.since,
        until=month.until,
        facts={
            "against": row.against,
            "month": row.month,
            "tolerance": row.tolerance,
            **{
                name: value
                for name, value in (("main", row.main), ("billed", row.other), ("share", row.share))
                if value is not None
            },
        },
    )
