"""Results as rows of a store and as canonical JSON: the same result is the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
import numpy as np

from domain.findings import Finding
from domain.inventory import Inventory
from domain.ports import ResultRow
from domain.results import (
    Alert,
    Balance,
    DriftWatch,
    Intensity,
    Pv,
    RecoveredHeat,
    Results,
    Track,
)

T = TypeVar("T")
KINDS: Mapping[str, Any] = {
    "intensity": Intensity,
    "balance": Balance,
    "pv": Pv,
    "heat": RecoveredHeat,
    "track": Track,
    "watch": DriftWatch,
    "alert": Alert,
    "finding": Finding,
    "inventory": Inventory,
}
"""Kind of a row -> what its body is."""
WHOLE_KINDS = ("track", "watch", "alert", "finding")
"""Kinds that have no period: they are replaced as a whole."""


def encode(result: object) -> bytes:
    """Return canonical JSON: fields in their order, mappings by key, NaN as null."""
    return msgspec.json.encode(result, order="deterministic", enc_hook=_plain)


def _plain(value: object) -> object:
    """Return a number of numpy as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no part of a result")


def decode(kind: str, body: bytes) -> Any:
    """Return the result of a row; ValueError (msgspec.ValidationError) for what is none."""
    return msgspec.json.decode(body, type=KINDS[kind])


def rows_of(results: Results) -> dict[str, list[ResultRow]]:
    """Return every result as a row, by kind, ordered by (subject, period, since)."""
    since, until = results.since, results.until
    found: dict[str, Iterable[ResultRow]] = {
        "intensity": (_of_period("intensity", each.process, each) for each in results.intensities),
        "balance": (_of_period("balance", each.carrier, each) for each in results.balances),
        "pv": (_of_period("pv", "site", each) for each in results.pv),
        "heat": (_of_period("heat", each.point, each) for each in results.heat),
        "track": (
            _whole("track", f"{each.process}-{each.year}", each, since, until) for each in results.tracks
        ),
        "watch": (_whole("watch", each.process, each, since, until) for each in results.watches),
        "alert": (_whole("alert", each.id, each, each.since, each.until or until) for each in results.alerts),
        "finding": _findings(results),
        "inventory": (_of_period("inventory", "site", each) for each in results.inventories),
    }
    return {
        kind: sorted(rows, key=lambda row: (row.subject, row.period, row.since))
        for kind, rows in found.items()
    }


def _of_period(
    kind: str, subject: str, result: Intensity | Balance | Pv | RecoveredHeat | Inventory
) -> ResultRow:
    period = result.period
    return ResultRow(
        kind=kind,
        subject=subject,
        period=period.kind,
        since=period.since,
        until=period.until,
        body=encode(result),
    )


def _whole(kind: str, subject: str, result: object, since: int, until: int) -> ResultRow:
    return ResultRow(kind=kind, subject=subject, period="", since=since, until=until, body=encode(result))


def _findings(results: Results) -> Iterator[ResultRow]:
    """Give the findings; the second of one code, key and instant has `#2` behind its name."""
    seen: Counter[tuple[str, int]] = Counter()
    for finding in results.findings:
        since = finding.since if finding.since is not None else results.since
        until = finding.until if finding.until is not None else results.until
        name = f"{finding.code}/{finding.key}"
        seen[name, since] += 1
        number = seen[name, since]
        yield _whole("finding", name if number == 1 else f"{name}#{number}", finding, since, until)
