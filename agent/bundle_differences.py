"""Where two results differ, in words a verifier can look up: kind/subject/period/field: old -> new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agent.bundle_document import as_text

Plain = Any
"""What JSON decodes to."""
MISSING = "nothing"


def differences(old: bytes, new: bytes) -> Iterator[str]:
    """Give each place where two results differ; the old ones may be damaged."""
    try:
        before = msgspec.json.decode(old)
    except msgspec.DecodeError as error:
        yield f"results.json: is not JSON: {error}"
        return
    found = False
    for line in _between(_named(before), _named(msgspec.json.decode(new)), ""):
        found = True
        yield line
    if not found:
        yield "results.json: the same values, written in another way"


def _named(document: Plain) -> Plain:
    """Return results with names in place of numbers in lists."""
    if not isinstance(document, Mapping):
        return document
    named = dict(document)
    if isinstance(results := document.get("results"), Mapping):
        del named["results"]
        named |= {kind: _by_name(kind, rows) for kind, rows in results.items()}
    if isinstance(windows := document.get("windows"), Mapping):
        named["windows"] = {point: _by_instant(columns) for point, columns in windows.items()}
    return named


def _by_name(kind: str, rows: Plain) -> Plain:
    if not isinstance(rows, list):
        return rows
    found: dict[str, Plain] = {}
    for row in rows:
        name = _name(kind, row) if isinstance(row, Mapping) else "?"
        number = 1 + sum(key.partition("#")[0] == name for key in found) if name in found else 1
        found[name if number == 1 else f"{name}#{number}"] = row
    return found


def _name(kind: str, row: Mapping[str, Plain]) -> str:
    if kind == "finding":
        return f"{row.get('code')}/{row.get('key')}"
    if kind == "track":
        return f"{row.get('process')}/{row.get('year')}"
    subject = next((row[key] for key in ("id", "process", "point", "carrier") if key in row), "site")
    period = row.get("period")
    return f"{subject}/{period['kind']} {period['name']}" if isinstance(period, Mapping) else str(subject)


def _by_instant(columns: Plain) -> Plain:
    """Return columns of windows as one mapping a window."""
    if not isinstance(columns, Mapping) or not isinstance(columns.get("since"), list):
        return columns
    rows = zip(*columns.values(), strict=False)
    return {
        as_text(at): dict(zip(columns, row, strict=True))
        for at, row in zip(columns["since"], rows, strict=False)
    }


def _between(old: Plain, new: Plain, path: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _between(old.get(key, MISSING), new.get(key, MISSING), f"{path}/{key}".lstrip("/"))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _between(one, other, f"{path}[{place}]")
    elif old != new or type(old) is not type(new):
        yield f"{path}: {_short(old)} -> {_short(new)}"


def _short(value: Plain) -> str:
    if value is None or value == MISSING:
        return "not known" if value is None else MISSING
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else f"{text[:77]}..."
