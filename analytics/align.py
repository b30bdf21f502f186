"""Windows of several points on one grid of edges, and their sum by shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.series import Floats, Instants
from domain.windows import Windows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """n windows between n + 1 edges; NaN and no coverage where a point has no such window."""

    amount: Floats
    grade: NDArray[np.uint8]
    coverage: Floats
    flags: NDArray[np.uint16]


def aligned(windows: Windows, edges: Instants) -> Aligned:
    """Return the windows that lie exactly between two neighbouring edges."""
    n = len(edges) - 1
    found = Aligned(
        amount=np.full(n, np.nan),
        grade=np.zeros(n, np.uint8),
        coverage=np.zeros(n),
        flags=np.zeros(n, np.uint16),
    )
    place = np.searchsorted(edges[:-1], windows.since)
    inside = place < n
    inside[inside] = (edges[:-1][place[inside]] == windows.since[inside]) & (
        edges[1:][place[inside]] == windows.until[inside]
    )
    at = place[inside]
    found.amount[at] = windows.amount[inside]
    found.grade[at] = windows.grade[inside]
    found.coverage[at] = windows.coverage[inside]
    found.flags[at] = windows.flags[inside]
    return found


def worst_of(parts: Sequence[tuple[Aligned, float]], n: int) -> Aligned:
    """Return the sum of the amounts by their shares, with the worst grade and coverage and every flag."""
    if not parts:
        return Aligned(
            amount=np.full(n, np.nan),
            grade=np.zeros(n, np.uint8),
            coverage=np.zeros(n),
            flags=np.zeros(n, np.uint16),
        )
    amount, grade = np.zeros(n), np.zeros(n, np.uint8)
    coverage, flags = np.ones(n), np.zeros(n, np.uint16)
    for part, share in parts:
        amount += part.amount * share
        grade = np.maximum(grade, part.grade)
        coverage = np.minimum(coverage, part.coverage)
        flags |= part.flags
    return Aligned(amount=amount, grade=grade, coverage=coverage, flags=flags)
