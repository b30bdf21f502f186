"""The greenhouse-gas inventory of every month and year (METHOD 7, 8), from windows and the ledger.

windows, entries -> lines of each month -> months -> years -> paths
                            closed ones stand as they were written down
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.base_year import base_year_findings, due
from analytics.factor_choice import factor_findings
from analytics.inventory_basis import Basis, basis_of, runs
from analytics.inventory_closed import standing
from analytics.inventory_months import Beside, open_months, touching
from analytics.inventory_output import output_findings
from analytics.inventory_paths import path_points
from analytics.inventory_totals import NO_LOTS
from analytics.inventory_years import differing, year_of
from analytics.prepared import Prepared, in_order
from domain.findings import Finding, Severity
from domain.inventory import Inventory
from domain.periods import Period, PeriodKind
from domain.results import Balance, Pv, RecoveredHeat


def inventories(
    prepared: Prepared,
    *,
    now: int,
    balances: Sequence[Balance],
    pv: Sequence[Pv],
    heat: Sequence[RecoveredHeat],
) -> tuple[tuple[Inventory, ...], tuple[Finding, ...]]:
    """Return the months and years from the first window to `now`, in order, and everything doubtful.

    Closed periods stand. `balances`, `pv` and `heat` are those of months and years; others do no harm.
    While the ledger has no emission factor at all, no inventory is kept.
    """
    if not prepared.declared.carbon.factors:
        return (), ()
    found = _all(prepared, now, Beside(balances=balances, pv=pv, heat=heat), without="")
    return (*found.months, *found.years), found.findings


def fresh_inventory(
    prepared: Prepared,
    name: str,
    *,
    now: int,
    balances: Sequence[Balance],
    pv: Sequence[Pv],
    heat: Sequence[RecoveredHeat],
) -> Inventory:
    """Return a month or year as its inputs give it now, as if it were not closed; other closed periods stand.

    KeyError for a period that has no inventory.
    """
    found = _all(prepared, now, Beside(balances=balances, pv=pv, heat=heat), without=name)
    for each in (*found.months, *found.years):
        if each.period.name == name:
            return each
    raise KeyError(name)


# inside


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Inventories in order, and what is doubtful about all of them."""

    months: tuple[Inventory, ...]
    years: tuple[Inventory, ...]
    findings: tuple[Finding, ...]


def _all(prepared: Prepared, now: int, beside: Beside, *, without: str) -> _Found:
    basis = basis_of(prepared, now)
    stand = standing(basis.carbon, without=without)
    closed = {
        kind: {name: each for name, each in stand.by_name.items() if each.period.kind is kind}
        for kind in (PeriodKind.MONTH, PeriodKind.YEAR)
    }
    fresh, doubts = open_months(basis, beside, closed[PeriodKind.MONTH])
    of_ledger = [
        *factor_findings(basis.carbon.factors),
        *base_year_findings(basis.carbon, basis.method),
        *stand.findings,
    ]
    doubts = in_order([*doubts, *_no_lots({**fresh, **closed[PeriodKind.MONTH]}.values())])
    fresh = {name: replace(each, findings=touching(doubts, each.period)) for name, each in fresh.items()}
    by_name = {**fresh, **closed[PeriodKind.MONTH]}
    months = tuple(sorted(by_name.values(), key=lambda each: each.period.since))
    years, of_years = _years(basis, months, closed[PeriodKind.YEAR], beside, doubts)
    return _Found(
        months=months, years=years, findings=in_order([*of_ledger, *doubts, *of_years, *_due(basis, years)])
    )


def _no_lots(months: Iterable[Inventory]) -> Iterator[Finding]:
    """Give a finding for months in a row that are over without a lot, from the first year with lots on."""
    ordered = sorted(months, key=lambda each: each.period.since)
    first = next((each.period.name[:4] for each in ordered if _has_lots(each)), None)
    bare = [each.period for each in ordered if first and each.period.name >= first and not _has_lots(each)]
    over = {each.period.name for each in ordered if each.is_over}
    for since, until in runs([each for each in bare if each.name in over]):
        yield Finding(
            code=NO_LOTS,
            key=since.name,
            problem=f"no lot of aluminium is entered from {since.name} to {until.name}; that is estimated, "
            "not 0 t",
            remedy="enter the lots that came in",
            severity=Severity.WARNING,
            since=since.since,
            until=until.until,
            facts={"first": since.name, "last": until.name},
        )


def _has_lots(month: Inventory) -> bool:
    return any(line.scope == "3_1" for line in month.lines)


def _due(basis: Basis, years: Sequence[Inventory]) -> Iterator[Finding]:
    """Give what the base year that holds says otherwise than its inventory."""
    if basis.carbon.base_years:
        holds = max(basis.carbon.base_years, key=lambda each: each.number).body
        for year in years:
            yield from due(year, holds)


def _years(
    basis: Basis,
    months: Sequence[Inventory],
    closed: Mapping[str, Inventory],
    beside: Beside,
    doubts: Sequence[Finding],
) -> tuple[tuple[Inventory, ...], list[Finding]]:
    """Return the years of the months, and the closed ones as they stand."""
    by_year: dict[str, list[Inventory]] = {}
    for month in months:
        by_year.setdefault(month.period.name[:4], []).append(month)
    found: dict[str, Inventory] = dict(closed)
    findings: list[Finding] = []
    for name, of_year in by_year.items():
        year = year_of(basis, _period(basis, of_year[0]), of_year, beside)
        if name in closed:
            told = tuple(differing(closed[name], year))
            findings += told
            found[name] = replace(closed[name], findings=in_order([*closed[name].findings, *told]))
            continue
        own = output_findings(year)
        findings += own
        found[name] = replace(
            year,
            paths=path_points(
                year,
                basis.method.paths,
                months=of_year,
                before=by_year.get(str(int(name) - 1), []),
                confidence=basis.prepared.method.confidence,
            ),
            findings=in_order([*touching(doubts, year.period), *own]),
        )
    return tuple(sorted(found.values(), key=lambda each: each.period.since)), findings


def _period(basis: Basis, month: Inventory) -> Period:
    found = basis.prepared.calendar.period(PeriodKind.YEAR, month.period.since)
    assert found is not None
    return found
