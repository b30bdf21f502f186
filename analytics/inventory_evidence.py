"""What a sum of the inventory rests on: grades by amount, coverage by time (METHOD 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.evidence import Evidence
from domain.inventory import Line

NOTHING = Evidence(shares={}, coverage=0.0, is_complete=False)


def shares_of(parts: Sequence[tuple[float, Evidence]]) -> Mapping[str, float]:
    """Return the grades of parts by their size; where all sizes are 0, each part counts the same."""
    known = [(abs(size), evidence) for size, evidence in parts if evidence.shares]
    if not any(size for size, _ in known):
        known = [(1.0, evidence) for _, evidence in known]
    whole = sum(size for size, _ in known)
    found: dict[str, float] = defaultdict(float)
    for size, evidence in known:
        for grade, share in evidence.shares.items():
            found[grade] += share * size / whole
    return dict(sorted((grade, share) for grade, share in found.items() if share > 0.0))


def over_months(
    parts: Sequence[tuple[float | None, int, Evidence]], *, elapsed_ms: int, is_complete: bool
) -> Evidence:
    """Return the evidence of a source over (amount, length in ms, evidence) of its months.

    Coverage is by time over what has passed of the year: a month that is not there is not covered.
    """
    covered = sum(evidence.coverage * length for _, length, evidence in parts)
    return Evidence(
        shares=shares_of([(amount or 0.0, evidence) for amount, _, evidence in parts]),
        coverage=min(1.0, covered / elapsed_ms) if elapsed_ms > 0 else 0.0,
        is_complete=is_complete and all(evidence.is_complete for _, _, evidence in parts),
        codes=tuple(sorted({code for _, _, evidence in parts for code in evidence.codes})),
    )


def over_lines(lines: Sequence[Line]) -> Evidence:
    """Return the evidence of a sum of lines: grades by tonnes, the coverage of the worst line."""
    if not lines:
        return NOTHING
    return Evidence(
        shares=shares_of([(line.tco2e or 0.0, line.evidence) for line in lines]),
        coverage=min(line.evidence.coverage for line in lines),
        is_complete=all(line.evidence.is_complete for line in lines),
        codes=tuple(sorted({code for line in lines for code in line.evidence.codes})),
    )
