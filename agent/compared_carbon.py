"""The demo's true inventory, and the faults planted in its entries, against what was found; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.compared import MONTH_ERROR, Compared
from domain.carbon_entries import Certificates
from domain.findings import Finding
from domain.inventory import Inventory, Total
from domain.periods import PeriodKind
from simulators.carbon_entries import LATE, OFF, RESTATED, PlantedEntry
from simulators.carbon_months import TrueMonth
from simulators.carbon_truth import TrueInventory, true_inventory, uncovered_kwh

_SAME = 1e-9
"""Relative: lots follow from entries alone."""
_SCOPES: Mapping[str, tuple[Callable[[Inventory], Total], Callable[[TrueInventory], float], float]] = {
    "Scope 1": (lambda found: found.scope_1, lambda true: true.scope_1, MONTH_ERROR),
    "Scope 2, location-based": (
        lambda found: found.scope_2_location, lambda true: true.scope_2_location, MONTH_ERROR,
    ),
    "Scope 2, market-based": (
        lambda found: found.scope_2_market, lambda true: true.scope_2_market, MONTH_ERROR,
    ),
    "Scope 3, category 1": (lambda found: found.scope_3_1, lambda true: true.scope_3_1, _SAME),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonPast:
    """What a simulated plant really emitted and what was declared of it."""

    months: Sequence[TrueMonth]
    entries: Sequence[PlantedEntry]

    def truth(self, month: TrueMonth) -> TrueInventory:
        """Return what the inventory of a month must say: a late entry counts where it was restated."""
        is_waiting = month.name in LATE and month.name != RESTATED
        open_kwh = uncovered_kwh(self.months, self.entries)[month.name]
        return true_inventory(month, self.entries, uncovered_kwh=open_kwh, with_late=not is_waiting)


def compare_carbon(past: CarbonPast, inventories: Sequence[Inventory]) -> tuple[Compared, ...]:
    """Return a row for each scope, then one for each fault planted in the entries."""
    months = {each.period.name: each for each in inventories if each.period.kind is PeriodKind.MONTH}
    findings = [finding for each in months.values() for finding in each.findings]
    rows = [_scope(past, months, name) for name in _SCOPES]
    return (*rows, *_twice(past, findings), *_billed(past, months), *_closed(past, months))


def _scope(past: CarbonPast, months: Mapping[str, Inventory], name: str) -> Compared:
    """Return the worst month of a scope."""
    read, true_of, tolerance = _SCOPES[name]
    worst, total = 0.0, 0.0
    for month in past.months:
        true = true_of(past.truth(month))
        found = months.get(month.name)
        value = None if found is None else read(found).tco2e
        if value is None:
            worst = float("inf")
            continue
        size = true or month.bought_kwh / 1000.0
        worst, total = max(worst, abs(value - true) / size), total + true
    return Compared(
        what=name,
        planted=f"{total:,.1f} tCO2e in {len(past.months)} months",
        found=f"worst month off by {worst:.1e}",
        agrees=bool(past.months) and worst <= tolerance,
        rule=f"every month within {tolerance:g}",
    )


def _twice(past: CarbonPast, findings: Sequence[Finding]) -> Iterator[Compared]:
    """Say of certificates that were entered twice whether they were found."""
    own = [each.body for each in past.entries if isinstance(each.body, Certificates)]
    for place, body in enumerate(own):
        if any(other.last == body.last for other in own[:place]):
            named = [each for each in findings if each.code == "certificate.twice"]
            yield Compared(
                what=f"{body.first} to {body.last}",
                planted="entered a second time",
                found=named[0].code if named else "no finding",
                agrees=bool(named),
                rule="named, and counted once (Scope 2, market-based)",
            )


def _billed(past: CarbonPast, months: Mapping[str, Inventory]) -> Iterator[Compared]:
    """Say of invoices that are off whether the reconciliation found them, and the reason of the first."""
    there = {month.name for month in past.months}
    for place, (name, factor) in enumerate(OFF.items()):
        if name not in there or name not in months:
            continue
        row = next(
            each for each in months[name].reconciled if (each.carrier, each.against) == ("gas", "invoices")
        )
        is_explained = bool(row.reason)
        share = None if row.share is None else -row.share
        off = "nothing to compare" if share is None else f"{share:+.1%}"
        yield Compared(
            what=f"gas billed in {name}",
            planted=f"{factor - 1.0:+.1%}, {'explained' if place == 0 else 'explained by nobody'}",
            found=f"{off}, {'explained' if is_explained else 'open'}",
            agrees=share is not None
            and row.is_within is False
            and is_explained is (place == 0)
            and abs(share - (factor - 1.0)) < 0.005,
            rule="beyond the tolerance, within half a percent",
        )


def _closed(past: CarbonPast, months: Mapping[str, Inventory]) -> Iterator[Compared]:
    """Say of late invoices whether the closed month stands, and the restated one has other figures."""
    there = {month.name for month in past.months}
    for name in LATE:
        if name not in there or name not in months:
            continue
        wanted = "restated" if name == RESTATED else "closed"
        yield Compared(
            what=f"diesel of {name}",
            planted="entered after the month was closed" + (", then restated" if name == RESTATED else ""),
            found=months[name].state,
            agrees=months[name].state == wanted,
            rule="the closed figure stands until it is restated (Scope 1)",
        )
