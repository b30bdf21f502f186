"""What a figure of a period rests on: grades by amount, coverage by time, and what is doubtful (METHOD 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.sums import Inside, Spans, inside
from domain.results import Evidence
from domain.series import Bools, Floats, Instants
from domain.windows import Flag, Grade, Windows

CODES: Mapping[Flag, str] = {flag: f"data.{str(flag.name).lower()}" for flag in Flag if flag}
"""Flag of a window -> code in the evidence of every figure that it touches."""


def codes_of(flags: int) -> tuple[str, ...]:
    """Return the codes of a window's flags, ordered."""
    return tuple(sorted(code for flag, code in CODES.items() if flags & flag))


def with_codes(evidence: Evidence, *codes: str) -> Evidence:
    """Return the evidence with more codes, ordered, each once."""
    return replace(evidence, codes=tuple(sorted({*evidence.codes, *codes}))) if codes else evidence


def evidence_of(
    *,
    amount: Floats,
    grade: NDArray[np.uint8],
    coverage: Floats,
    flags: NDArray[np.uint16],
    since: Instants,
    until: Instants,
    span: tuple[int, int],
) -> Evidence:
    """Return the evidence of one span; see `evidences`. Windows that are not inside it do not count."""
    return evidences(
        amount=amount,
        grade=grade,
        coverage=coverage,
        flags=flags,
        since=since,
        until=until,
        places=inside(since, until, [span]),
    )[0]


def evidences_of(windows: Windows, spans: Spans) -> tuple[Evidence, ...]:
    """Return the evidence of each span for the windows of one point; see `evidences`."""
    return evidences(
        amount=windows.amount,
        grade=windows.grade,
        coverage=windows.coverage,
        flags=windows.flags,
        since=windows.since,
        until=windows.until,
        places=inside(windows.since, windows.until, spans),
    )


def evidences(
    *,
    amount: Floats,
    grade: NDArray[np.uint8],
    coverage: Floats,
    flags: NDArray[np.uint16],
    since: Instants,
    until: Instants,
    places: Inside,
) -> tuple[Evidence, ...]:
    """Return the evidence of each span from n ordered windows.

    Shares are weighted by the size of the known amounts; where these are all 0 (a line at rest), by time.
    Coverage is weighted by time over what has passed of the span: what has no window is not covered. A span
    is complete when windows fill it, each has an amount and none is still open.
    """
    length = (until - since).astype(np.float64)
    is_known = np.isfinite(amount)
    shares = _shares(np.where(is_known, np.abs(amount), 0.0), np.where(is_known, length, 0.0), grade, places)
    whole = places.length_ms.astype(np.float64)
    elapsed = places.elapsed_ms.astype(np.float64)
    covered = places.total(coverage * length) / np.where(elapsed > 0.0, elapsed, 1.0)
    done = is_known & ((flags & Flag.OPEN) == 0)
    complete = (places.total(length) == whole) & (whole > 0.0) & ~places.some(~done)
    return _objects(shares, covered, complete, places.union(flags))


def _shares(
    size: Floats, length: Floats, grade: NDArray[np.uint8], places: Inside
) -> list[tuple[Grade, Floats]]:
    """Return the share of each grade that occurs, by span; 0 where nothing is known."""
    by_size, by_time = places.total(size), places.total(length)
    whole = np.where(by_size > 0.0, by_size, by_time)
    whole = np.where(whole > 0.0, whole, 1.0)
    found = []
    for each in Grade:
        of_grade = grade == each
        if of_grade.any():
            part_size = places.total(np.where(of_grade, size, 0.0))
            part_time = places.total(np.where(of_grade, length, 0.0))
            found.append((each, np.where(by_size > 0.0, part_size, part_time) / whole))
    return found


def _objects(
    shares: Sequence[tuple[Grade, Floats]], covered: Floats, complete: Bools, flags: NDArray[np.uint16]
) -> tuple[Evidence, ...]:
    """Return one object a span; equal ones are one object, for most hours are equal."""
    names = [grade.code for grade, _ in shares]
    columns = [share.tolist() for _, share in shares]
    known: dict[tuple[object, ...], Evidence] = {}
    found = []
    for key in zip(covered.tolist(), complete.tolist(), flags.tolist(), *columns, strict=True):
        evidence = known.get(key)
        if evidence is None:
            coverage, is_complete, flag, *parts = key
            evidence = known[key] = Evidence(
                shares={name: part for name, part in zip(names, parts, strict=True) if part > 0.0},
                coverage=min(1.0, coverage),
                is_complete=is_complete,
                codes=codes_of(flag),
            )
        found.append(evidence)
    return tuple(found)
