"""Main meters of a month against sub-meters and against invoices: with a tolerance, and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.prepared import Prepared
from domain.findings import Finding
from domain.inventory import Reconciled
from domain.periods import Period
from domain.results import Balance


def reconciled(
    prepared: Prepared, balances: Sequence[Balance], *, months: Sequence[Period]
) -> tuple[Mapping[str, tuple[Reconciled, ...]], tuple[Finding, ...]]:
    """Return the comparisons of each month, by its name, and what is doubtful about them.

    `balances` may hold those of other periods too. A month without anything to compare has no key.
    """
    return {}, ()
