"""How uncertain tonnes are: root-sum-square of what is independent (METHOD 7, GUM).

One factor or one meter is wrong by the same share in every month and every line that uses it: the tonnes in
proportion to it are added up before they are squared. A meter moves all that it counts, and a rest that is
not covered takes all of its error; the masses of lots are independent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.factors import FactorUsed
from domain.inventory import Line
from domain.method import CarbonMethod

PARTIAL = "inventory.uncertainty_partial"
"""A factor or a source that matters states no uncertainty: the figure is of the others."""
UNKNOWN = "inventory.uncertainty_unknown"
"""So does more than a tenth of the tonnes: there is no figure."""
MATERIAL = 0.01
"""Share of the tonnes from which a part without a stated uncertainty matters."""
MOST_UNKNOWN = 0.10
"""Share of the tonnes that may be without one (as METHOD 1 has it for coverage)."""


ACTIVITY = "activity"
"""Key of the metered or weighed amount in what a line tells of itself."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """Standard uncertainties of a line in tonnes."""

    by_source: Mapping[str, float]
    is_partial: bool = False


def with_uncertainty(line: Line, method: CarbonMethod) -> Line:
    """Return a line with its uncertainty."""
    found, codes = combined([line], method)
    return replace(line, uncertainty=found, codes=tuple(sorted({*line.codes, *codes})))


def combined(lines: Sequence[Line], method: CarbonMethod) -> tuple[float | None, tuple[str, ...]]:
    """Return the relative standard uncertainty of the sum of lines, and codes; None where it is not known.

    Lines of months give that of a year. Nothing emitted: None without a code. It is of the lines whose
    factors state an uncertainty, where these are at least 90 % of the tonnes.
    """
    known = [line for line in lines if line.tco2e]
    whole = math.fsum(abs(line.tco2e or 0.0) for line in known)
    if whole == 0.0:
        return None, ()
    sums: dict[str, float] = defaultdict(float)
    unknown, is_partial = 0.0, False
    for line in known:
        parts = _parts(line, method)
        if parts is None:
            unknown += abs(line.tco2e or 0.0)
            continue
        is_partial |= parts.is_partial and abs(line.tco2e or 0.0) >= MATERIAL * whole
        for source, tonnes in parts.by_source.items():
            sums[source] += tonnes
    if unknown > MOST_UNKNOWN * whole:
        return None, (UNKNOWN,)
    is_partial |= unknown >= MATERIAL * whole
    found = math.sqrt(math.fsum(tonnes**2 for tonnes in sums.values())) / (whole - unknown)
    return found, (PARTIAL,) if is_partial else ()


def _parts(line: Line, method: CarbonMethod) -> _Parts | None:
    """Return what each source is wrong by; None where no factor states an uncertainty."""
    whole = abs(line.tco2e or 0.0)
    if line.formula.startswith("lot."):
        if line.uncertainty is None:
            return None
        if not line.moved:
            return _Parts({"+".join(sorted(each.id for each in line.factors)): line.uncertainty * whole})
    found: dict[str, float] = defaultdict(float)
    is_partial = False
    for factor in line.factors:
        moved = _moved(line, factor)
        if factor.uncertainty is None:
            is_partial |= moved >= MATERIAL * whole
        else:
            found[_source(factor)] += moved * factor.uncertainty
    if not found:
        return None
    source, share = _measured(line, method)
    if share is None:
        return _Parts(found, is_partial=True)
    counted = abs(line.moved.get(ACTIVITY, whole))
    return _Parts({**found, source: share * counted}, is_partial=is_partial)


def _moved(line: Line, factor: FactorUsed) -> float:
    """Return the tonnes that are in proportion to a factor; of a line that does not tell, by its formula."""
    if line.moved:
        return abs(line.moved.get(factor.id, 0.0))
    part = factor.use.rpartition(".")[2]
    if line.formula in ("gas.1", "fuel.1") and part != "ncv":
        return abs(line.gases.get(part if part in ("ch4", "n2o") else "co2", 0.0))
    if factor.value == 0.0:
        return 0.0
    return abs(line.tco2e or 0.0)


def _source(factor: FactorUsed) -> str:
    """Return what is wrong by one share: the supplier's calorific values are of one instrument."""
    return factor.use if factor.id.startswith("statement-") else factor.id


def _measured(line: Line, method: CarbonMethod) -> tuple[str, float | None]:
    if line.formula == "fuel.1" or line.formula.startswith("lot."):
        return f"mass.{line.id}", method.invoice_uncertainty
    return f"meter.{line.id}", method.meter_uncertainty.get(line.id)
