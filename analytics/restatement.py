"""A closed inventory against what its inputs give now: every figure that differs, and why (METHOD 7).

Figures are compared exactly: the same inputs give the same bits. Causes are ids and numbers, in no language:

    gas.ncv: OLD (1) -> NEW (60)     another factor, each with the number of its entry
    grid.location: +NEW (61)         a factor beside the others that are still used
    windows: gas_main.volume         the meters behind an activity show another amount
    entries: +12 -7                  entries of the ledger that came and went
    covers: FIRST..LAST              certificates or contracts that cover another amount
    formula: gas.1 -> gas.2
    reason: a valve stood open       why two meters differ, as somebody entered it since; no figure moves
    method                           none of these: a choice of the plant file, or the software
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from domain.factors import FactorUsed
from domain.inventory import Cover, FigureChange, Inventory, Line, Reconciled, Total

METHOD = "method"
_SCOPES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3_1")
_OF = {
    "scope_1": ("1",),
    "scope_1_2_location": ("1", "2_location"),
    "scope_1_2_market": ("1", "2_market"),
    "scope_3_1": ("3_1",),
}
"""Intensity -> scopes of the lines in it."""
_AVOIDED = ("pv_kwh", "pv_plan_kwh", "pv_generated_kwh", "pv_t", "heat_kwh", "heat_plan_kwh", "heat_t")
_MOST_NAMED = 6
"""Lines that a sum names as its causes; a year has many lots."""


@dataclass(frozen=True, slots=True)
class _Figure:
    value: float | None
    unit: str
    cause: str
    """Of a difference, should there be one."""


def difference(before: Inventory, now: Inventory) -> tuple[FigureChange, ...]:
    """Return what differs, sums first; the order of lines, factors and covers is none."""
    causes, several = _causes(before, now), _several(before) | _several(now)
    old, new = (dict(_figures(each, causes, several)) for each in (before, now))
    found = []
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        known = one or other
        values = [None if each is None else each.value for each in (one, other)]
        if known is not None and values[0] != values[1]:
            found.append(
                FigureChange(
                    figure=name, before=values[0], after=values[1], unit=known.unit, cause=known.cause
                )
            )
    return (*found, *_reasons(before, now))


def _reasons(before: Inventory, now: Inventory) -> Iterator[FigureChange]:
    """Give each comparison that has another reason than it was closed with."""
    old, new = ({_reconciled(each, "reason"): each.reason for each in of.reconciled} for of in (before, now))
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            cause = f"reason: {new[name] or 'none'}"
            yield FigureChange(figure=name, before=None, after=None, unit="", cause=cause)


# figures by name


def _figures(of: Inventory, causes: Mapping[str, str], several: Set[str]) -> Iterator[tuple[str, _Figure]]:
    """Give every figure of an inventory under a name that says where it stands."""
    for scope in _SCOPES:
        cause = _together(causes, (scope.removeprefix("scope_"),))
        yield from _total(scope, getattr(of, scope), cause)
    for per in of.per_output:
        yield f"per_output.{per.unit}.output", _Figure(per.output, per.unit, "output")
        for name, scopes in _OF.items():
            cause = _together(causes, scopes, otherwise="output")
            yield f"per_output.{per.unit}.{name}", _Figure(getattr(per, name), f"tCO2e/{per.unit}", cause)
    for key, line in _lines(of).items():
        yield from _line(key, line, causes.get(key, METHOD))
        for use, factors in _by_use(line).items():
            for factor in factors:
                name = f"{key}.{use}"
                which = f".{factor.id}.{factor.entry}" if name in several else ""
                yield f"factor.{name}{which}", _Figure(factor.value, factor.unit, causes.get(key, METHOD))
    for name, cover in _covers(of).items():
        yield f"cover.{name}", _Figure(cover.kwh, "kWh", f"covers: {cover.instrument}")
    yield from _beside(of, causes)


def _total(name: str, total: Total, cause: str) -> Iterator[tuple[str, _Figure]]:
    yield name, _Figure(total.tco2e, "tCO2e", cause)
    yield f"{name}.known", _Figure(total.known_t, "tCO2e", cause)
    yield f"{name}.fixed", _Figure(total.fixed_t, "tCO2e", cause)
    yield f"{name}.uncertainty", _Figure(total.uncertainty, "1", cause)


def _line(key: str, line: Line, cause: str) -> Iterator[tuple[str, _Figure]]:
    name = f"line.{key}"
    yield name, _Figure(line.tco2e, "tCO2e", cause)
    yield f"{name}.activity", _Figure(line.activity, line.unit, cause)
    for gas, tco2e in sorted(line.gases.items()):
        yield f"{name}.{gas}", _Figure(tco2e, "tCO2e", cause)
    yield f"{name}.fixed", _Figure(line.fixed_t, "tCO2e", cause)
    yield f"{name}.uncertainty", _Figure(line.uncertainty, "1", cause)
    yield f"{name}.coverage", _Figure(line.evidence.coverage, "1", cause)


def _beside(of: Inventory, causes: Mapping[str, str]) -> Iterator[tuple[str, _Figure]]:
    """Give the figures that no emission rests on."""
    for each in sorted(of.reconciled, key=lambda row: (row.carrier, row.against, row.month)):
        unit = "Nm3" if each.carrier == "gas" else "kWh"
        yield _reconciled(each, "main"), _Figure(each.main, unit, "windows")
        yield _reconciled(each, "other"), _Figure(each.other, unit, _entries(each.entries))
    for name in _AVOIDED:
        unit, cause = "kWh", METHOD if "plan" in name else "windows"
        if name.endswith("_t"):  # weighed with what the grid or a boiler would have emitted
            unit, cause = "tCO2e", _together(causes, ("1", "2_location"), otherwise="windows")
        yield f"avoided.{name}", _Figure(getattr(of.avoided, name), unit, cause)
    for point in of.paths:
        cause = _together(causes, _OF.get(f"{point.path}_market", _OF["scope_3_1"]), otherwise="output")
        by_location = _together(causes, _OF["scope_1_2_location"], otherwise="output")
        for name in ("allowed", "stated", "actual", "actual_location"):
            given = METHOD if name in ("allowed", "stated") else cause
            given = by_location if name == "actual_location" else given
            yield (
                f"path.{point.path}.{point.year}.{name}",
                _Figure(getattr(point, name), point.unit, given),
            )


def _reconciled(row: Reconciled, side: str) -> str:
    return f"reconciled.{row.carrier}.{row.against}.{row.month}.{side}"


def _entries(numbers: Iterable[int]) -> str:
    found = " ".join(map(str, sorted(numbers)))
    return f"entries: {found}" if found else "windows"


def _lines(of: Inventory) -> dict[str, Line]:
    """Return scope and id -> line, in order; a second one of both has `#2` behind its key."""
    found: dict[str, Line] = {}
    for line in sorted(of.lines, key=lambda each: (each.scope, each.id, each.entries, each.tco2e or 0.0)):
        key, number = f"{line.scope}.{line.id}", 1
        while key in found:
            number += 1
            key = f"{line.scope}.{line.id}#{number}"
        found[key] = line
    return found


def _covers(of: Inventory) -> dict[str, Cover]:
    return {
        f"{each.month}.{each.instrument}": each
        for each in sorted(of.covers, key=lambda cover: (cover.month, cover.instrument, cover.entry))
    }


def _several(of: Inventory) -> set[str]:
    """Return where more than one factor of a use was taken, by their days: each has a row of its own."""
    return {
        f"{key}.{use}"
        for key, line in _lines(of).items()
        for use, factors in _by_use(line).items()
        if len(factors) > 1
    }


def _by_use(line: Line) -> dict[str, list[FactorUsed]]:
    found: dict[str, list[FactorUsed]] = defaultdict(list)
    for factor in sorted(set(line.factors), key=lambda each: (each.use, each.id, each.entry)):
        found[factor.use].append(factor)
    return found


# causes


def _causes(before: Inventory, now: Inventory) -> dict[str, str]:
    """Return key of a line -> what has changed behind it; only lines behind which something has."""
    old, new = _lines(before), _lines(now)
    one, other = _covers(before), _covers(now)
    moved = sorted(
        {
            cover.instrument
            for name in one.keys() | other.keys()
            for cover in (one.get(name), other.get(name))
            if cover is not None and _kwh(one.get(name)) != _kwh(other.get(name))
        }
    )
    found = {}
    for key in sorted(old.keys() | new.keys()):
        parts = list(_line_causes(old.get(key), new.get(key)))
        if key.startswith("2_market.") and moved:
            parts.append(f"covers: {', '.join(moved)}")
        if parts:
            found[key] = "; ".join(parts)
    return found


def _kwh(cover: Cover | None) -> float | None:
    return None if cover is None else cover.kwh


def _line_causes(before: Line | None, now: Line | None) -> Iterator[str]:
    old, new = (_by_use(each) if each is not None else {} for each in (before, now))
    if before is not None and now is not None:
        for use in sorted(old.keys() | new.keys()):
            gone, come = (
                [each for each in these.get(use, []) if _same(each) not in map(_same, those.get(use, []))]
                for these, those in ((old, new), (new, old))
            )
            if gone or come:
                yield f"{use}: {_moved(gone, come)}"
        if before.formula != now.formula:
            yield f"formula: {before.formula} -> {now.formula}"
    first, last = (set(each.entries) if each is not None else set() for each in (before, now))
    if first != last:
        came, went = (
            [f"{sign}{number}" for number in sorted(numbers)]
            for sign, numbers in (("+", last - first), ("-", first - last))
        )
        yield f"entries: {' '.join((*came, *went))}"
    elif _activity(before) != _activity(now):
        points = sorted({point for each in (before, now) if each is not None for point in each.points})
        yield f"windows: {', '.join(points)}" if points else "windows"


def _activity(line: Line | None) -> tuple[float | None, float] | None:
    return None if line is None else (line.activity, line.evidence.coverage)


def _same(factor: FactorUsed) -> tuple[str, int, float]:
    return factor.id, factor.entry, factor.value


def _moved(gone: Sequence[FactorUsed], come: Sequence[FactorUsed]) -> str:
    """Return what took the place of what; one that came beside others, or went from them, alone."""
    if not gone or not come:
        return f"+{_named(come)}" if come else f"-{_named(gone)}"
    return f"{_named(gone)} -> {_named(come)}"


def _named(factors: Iterable[FactorUsed]) -> str:
    return ", ".join(f"{each.id} ({each.entry})" for each in factors)


def _together(causes: Mapping[str, str], scopes: Iterable[str], *, otherwise: str = METHOD) -> str:
    """Return the causes of all lines of some scopes, one behind the other."""
    found = [
        f"{key.partition('.')[2]}: {cause}"
        for key, cause in causes.items()
        if key.partition(".")[0] in tuple(scopes)
    ]
    more = len(found) - _MOST_NAMED
    return "; ".join((*found[:_MOST_NAMED], *((f"+{more}",) if more > 0 else ()))) or otherwise
