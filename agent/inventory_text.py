"""An inventory, and a closed one against now, as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from agent.figure_text import finding_line, number, percent
from domain.inventory import FigureChange, Inventory, Line, PerOutput, Restatement, Total

SCOPES = {
    "scope_1": "Scope 1",
    "scope_2_location": "Scope 2, location-based",
    "scope_2_market": "Scope 2, market-based",
    "scope_3_1": "Scope 3, category 1",
}
_INTENSITIES = {
    "scope_1": "Scope 1",
    "scope_1_2_location": "Scopes 1 and 2, location-based",
    "scope_1_2_market": "Scopes 1 and 2, market-based",
    "scope_3_1": "Scope 3, category 1",
}


def head_lines(of: Inventory) -> Iterator[str]:
    """Give what the inventory is of, and whether it stands."""
    stands = f", entry {of.entry}" if of.entry is not None else ""
    over = "" if of.is_over else ", not over yet"
    yield f"{of.period.name}: {of.state}{stands}{over}"
    if of.closed_months:
        yield f"closed months: {', '.join(of.closed_months)}"


def scopes_table(of: Inventory) -> Table:
    """Return the sums of the scopes."""
    found = _table("", "tCO2e", "± (k = 2)", "known part", "fixed factors", "coverage", "")
    for name, label in SCOPES.items():
        found.add_row(*map(Text, _total(label, getattr(of, name))))
    return found


def lines_table(of: Inventory) -> Table:
    """Return every source with the factors that it used."""
    found = _table("source", "activity", "tCO2e", "± (k = 2)", "fixed factors", "factors", "")
    for line in of.lines:
        found.add_row(*map(Text, _line(line)))
    return found


def below_lines(of: Inventory) -> Iterator[str]:
    """Give what stands below the sums: intensities, covers, meters against invoices, paths, findings."""
    unverified = {each.id for line in of.lines for each in line.factors if not each.is_verified}
    if unverified:
        yield f"factors that nobody has verified: {', '.join(sorted(unverified))}"
    for per in of.per_output:
        yield from _per_output(per)
    for cover in of.covers:
        retired = f", retired {cover.retired}" if cover.retired else ""
        yield f"{cover.month}: {cover.instrument} covers {number(cover.kwh)} kWh{retired}"
    for row in of.reconciled:
        unit = "Nm3" if row.carrier == "gas" else "kWh"
        verdict = {True: "within", False: "OUTSIDE", None: "not comparable with"}[row.is_within]
        against = f"{row.against} {number(row.other)} {unit}"
        held = f"{percent(row.share, signed=True)} {verdict} {percent(row.tolerance)}"
        reason = f': "{row.reason}"' if row.reason else ""
        yield f"{row.month}: {row.carrier} {number(row.main)} {unit}, {against}, {held}{reason}"
    avoided = of.avoided
    yield (
        f"beside it: own PV {number(avoided.pv_kwh)} kWh, {number(avoided.pv_t, 1)} tCO2e; "
        f"recovered heat {number(avoided.heat_kwh)} kWh, {number(avoided.heat_t, 1)} tCO2e (not subtracted)"
    )
    for point in of.paths:
        verdict = {True: "OVER the path", False: "on the path", None: "not known"}[point.is_over]
        yield (
            f"path {point.path} of {point.year}: {number(point.actual, 3)} of {number(point.allowed, 3)} "
            f"{point.unit}, {verdict}"
        )
    yield from (finding_line(finding) for finding in of.findings)


def changes_table(told: Restatement) -> Table:
    """Return what differs: figure, closed, now, difference, cause."""
    found = _table("figure", "closed", "now", "difference", "unit", "cause", left=("figure", "unit", "cause"))
    for change in told.changes:
        found.add_row(*map(Text, _change(change)))
    return found


def _table(*columns: str, left: Sequence[str] = ("", "source", "factors")) -> Table:
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        found.add_column(column, justify="left" if column in left else "right", overflow="fold")
    return found


def _total(label: str, total: Total) -> tuple[str, ...]:
    return (
        label,
        number(total.tco2e, 3),
        _double(total.uncertainty),
        number(total.known_t, 3),
        number(total.fixed_t, 3),
        percent(total.evidence.coverage),
        _marks(is_provisional=total.evidence.is_provisional, codes=total.codes),
    )


def _line(line: Line) -> tuple[str, ...]:
    return (
        f"{line.scope} {line.id}{f' ({line.subject})' if line.subject else ''}",
        number(line.activity, 1, line.unit),
        number(line.tco2e, 3),
        _double(line.uncertainty),
        number(line.fixed_t, 3),
        ", ".join(dict.fromkeys(factor.id for factor in line.factors)),
        _marks(is_provisional=line.evidence.is_provisional, codes=line.codes),
    )


def _double(uncertainty: float | None) -> str:
    """Return an expanded uncertainty, k = 2."""
    return "-" if uncertainty is None else percent(2.0 * uncertainty)


def _marks(*, is_provisional: bool, codes: Sequence[str]) -> str:
    return " ".join((*(("provisional",) if is_provisional else ()), *codes))


def _per_output(per: PerOutput) -> Iterator[str]:
    yield f"output {number(per.output, 1)} {per.unit}"
    scale, unit = (1000.0, "kgCO2e/m2") if per.unit == "m2" else (1.0, f"tCO2e/{per.unit}")
    for name, label in _INTENSITIES.items():
        value = getattr(per, name)
        yield f"  {label}: {number(None if value is None else scale * value, 4)} {unit}"


def _change(change: FigureChange) -> tuple[str, ...]:
    before, after = change.before, change.after
    moved = None if before is None or after is None else after - before
    return (
        change.figure,
        *("-" if each is None else f"{each:,.9g}" for each in (before, after)),
        "-" if moved is None else f"{moved:+,.6g}",
        change.unit,
        change.cause,
    )
