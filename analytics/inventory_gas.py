"""Scope 1 of metered gas, month by month (METHOD 2): formula gas.1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analytics.declared_carbon import Numbered
from analytics.gas import can_be
from analytics.inventory_basis import Basis, Missing, MonthLines
from analytics.inventory_combustion import Fuel, fuel_line, fuel_uses
from analytics.inventory_days import Stretch, places, stretches
from analytics.inventory_meters import NO_METER, metered, sums_by
from domain.factors import FactorUsed
from domain.inventory import Line
from domain.ledger import GasQuality
from domain.plant import Carrier
from domain.registers import Reference
from domain.series import Instants

GAS = "gas"
MIXED = "inventory.mixed_ncv"
_LEDGER = -1
"""Label of windows that no statement of the supplier covers."""

Statements = Sequence[Numbered[GasQuality]]


def gas_lines(basis: Basis) -> MonthLines:
    """Return the gas of each month with the factors of its days, window by window.

    The supplier's net calorific value holds where it was stated, window by window; of two statements the
    later entry. A month with more than one value says so (`inventory.mixed_ncv`). A plant without a gas meter
    has no line; where gas was billed to it, its sums say what they lack (`inventory.no_meter`).
    """
    of_gas = metered(basis, Carrier.GAS)
    if of_gas.windows is None or of_gas.places is None:
        return MonthLines(lines={}, unsaid=dict.fromkeys(_billed(basis), NO_METER))
    statements = [each for each in basis.carbon.gas_quality if can_be(each.body)]
    held = stretches(basis, fuel_uses(GAS))
    labels = places(basis, held, of_gas.windows.since) * (len(statements) + 1)
    labels += _labels(of_gas.windows.since, statements) + 1
    sums = sums_by(of_gas.places, of_gas.windows.amount, labels)
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    for place, month in enumerate(basis.months):
        of_month = held[month.name]
        parts: dict[Stretch, list[tuple[float, FactorUsed | None]]] = {}
        stated = set()
        for label, nm3 in sorted(sums[place].items()):
            number, which = divmod(label, len(statements) + 1)
            ncv = basis.chosen.of("gas.ncv", of_month[number].day)
            if which > 0:
                stated.add(statements[which - 1].number)
                ncv = _stated(basis, statements[which - 1], ncv)
            parts.setdefault(of_month[number], []).append((nm3, ncv))
        values = {ncv for amounts in parts.values() for _, ncv in amounts}
        fuel = Fuel(
            id=GAS,
            activity=of_gas.amounts[place],
            unit="Nm3",
            formula="gas.1",
            evidence=of_gas.evidence[place],
            points=of_gas.points,
            entries=tuple(sorted(stated)),
            codes=(*of_gas.codes[place], *((MIXED,) if len(values) > 1 else ())),
        )
        lines[month.name], lacking = fuel_line(basis, month, fuel, list(parts.items()))
        missing += lacking
    return MonthLines(lines=lines, missing=tuple(missing))


def _billed(basis: Basis) -> Iterator[str]:
    """Give the names of the months that gas was billed for."""
    bills = [each.body for each in basis.carbon.invoices if each.body.carrier is Carrier.GAS]
    for month in basis.months:
        if any(each.since < month.until and month.since < each.until for each in bills):
            yield month.name


def _labels(since: Instants, statements: Statements) -> Instants:
    """Return which statement holds for each window that begins at `since`."""
    found: Instants = np.full(len(since), _LEDGER, dtype=np.int64)
    for place, each in enumerate(statements):
        first, end = np.searchsorted(since, [each.body.since, each.body.until])
        found[first:end] = place
    return found


def _stated(basis: Basis, statement: Numbered[GasQuality], ledger: FactorUsed | None) -> FactorUsed:
    """Return a supplier's value as a factor: as uncertain as the one of the ledger whose place it takes."""
    body, calendar = statement.body, basis.prepared.calendar
    return FactorUsed(
        use="gas.ncv",
        id=f"statement-{statement.number}",
        entry=statement.number,
        value=body.ncv_mj_per_nm3,
        unit="MJ/Nm3",
        source=body.source or "statement of the supplier",
        reference=Reference.AT_0C,
        valid_from=calendar.day_of(body.since),
        valid_until=calendar.day_of(body.until - 1),
        uncertainty=ledger.uncertainty if ledger is not None else None,
    )
