"""Windows and results in InfluxDB: written first, deleted only where nothing new stands.

consumption,<tags of the point> amount=1.5,grade=0i,coverage=1.0,flags=0i,row="..." <since>
consumption_versions,<tags of the point>,version=1 ... the same, of a window that was closed and changed
results_<kind>,site=S,gateway=G,subject=X,period=day <numbers of the body>,until=..i,body="{...}" <since>

The single fields are for people and Grafana. We read `row` and `body`: one field needs no pivot, which
would take most of the time. A deletion costs up to 0.1 s and is seen at once, so it is the exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Protocol

import numpy as np

from domain.errors import StoreRejected
from domain.periods import DAY_MS
from domain.ports import ResultRow
from domain.series import Instants
from domain.windows import Flag, Grade, Windows, WindowVersion
from storage.line_protocol import LineWriter, field_text, flux_text, tag
from storage.result_rows import Where, changed_results, name_of
from storage.window_rows import COLUMNS, Rows, compare, pick, rows_of_windows, spans_of, windows_of_rows

WINDOWS = "consumption"
VERSIONS = "consumption_versions"
RESULTS = "results_"
_KEPT = tuple(name for name in COLUMNS if name not in ("point", "since_ms"))
"""What `row` holds, in this order, with semicolons between."""
_SHOWN = ("amount", "coverage", "minimum", "maximum")
_LONGEST = 60_000
"""Bytes of a body: the server takes 64 KiB in a field."""


class Influx(Protocol):
    """What is used here of the client."""

    def source(self, measurement: str, since: int, until: int, point: str | None = None) -> str:
        """Return the start of a query over our gateways, or over one point."""
        ...

    def fetch(self, flux: str, *names: str) -> tuple[list[str], ...]:
        """Return columns of the answer as text, a missing value as ""."""
        ...

    def send(self, lines: Sequence[str]) -> None:
        """Write lines."""
        ...

    def delete(self, measurement: str, since: int, until: int, tags: Mapping[str, str]) -> None:
        """Delete what begins in [since, until) ms and has all those tags."""
        ...


class InfluxResults:
    """Windows of the configured points, and results, of the first of our gateways by name."""

    def __init__(self, influx: Influx, lines: LineWriter, site: str, gateway: str) -> None:
        self._influx = influx
        self._tags = lines.tags
        self._numbers = {point: number for number, point in enumerate(sorted(lines.tags))}
        self._names = sorted(lines.tags)
        self._home = {"site": site, "gateway": gateway}

    # windows

    def put_windows(self, windows: Sequence[Windows], *, at: int) -> None:
        """Make the windows that touch the spans of the new ones those."""
        new = rows_of_windows(windows, self._numbers, at=at)
        if not len(new["point"]):
            return
        spans = spans_of(new)
        since, until = int(spans["since_ms"].min()), int(spans["until_ms"].max())
        points = [self._names[number] for number in spans["point"]]
        held = self._touching(self._rows(WINDOWS, points, since - DAY_MS, until), spans)
        highest = self._highest(points, since - DAY_MS, until)
        changes = compare(held, new, highest)
        self._influx.send(list(self._lines(VERSIONS, changes.superseded)))
        self._remove(changes.removed, changes.written, new)
        self._influx.send(list(self._lines(WINDOWS, changes.written)))

    def windows(self, points: Sequence[str], *, since: int, until: int) -> dict[str, Windows]:
        """Return the windows that begin in [since, until) of those points that are configured."""
        known = [point for point in points if point in self._numbers]
        rows = self._rows(WINDOWS, known, since, until)
        return {point: windows_of_rows(rows, self._numbers[point], point) for point in known}

    def versions(self, point: str, since: int) -> list[WindowVersion]:
        """Return what was ever said of a window, and what is said now."""
        if point not in self._numbers:
            return []
        found = []
        for measurement in (VERSIONS, WINDOWS):
            rows = self._rows(measurement, [point], since, since + 1)
            order = np.argsort(rows["version"])
            for place in order:
                one = {name: array[place].item() for name, array in rows.items()}
                found.append(
                    WindowVersion(
                        version=one["version"],
                        recorded=one["recorded_ms"],
                        until=one["until_ms"],
                        amount=one["amount"],
                        grade=Grade(one["grade"]),
                        coverage=one["coverage"],
                        flags=Flag(one["flags"]),
                    )
                )
        return found

    def version_numbers(self, point: str, since: int, until: int) -> dict[int, int]:
        """Return the number of what is said now of each window that begins in [since, until)."""
        if point not in self._numbers:
            return {}
        rows = self._rows(WINDOWS, [point], since, until)
        return dict(zip(rows["since_ms"].tolist(), rows["version"].tolist(), strict=True))

    def _touching(self, rows: Rows, spans: Rows) -> Rows:
        """Return those rows that touch the span of their point."""
        places = np.searchsorted(spans["point"], rows["point"])
        reach = (rows["until_ms"] > spans["since_ms"][places]) & (
            rows["since_ms"] < spans["until_ms"][places]
        )
        return pick(rows, reach)

    def _highest(self, points: Sequence[str], since: int, until: int) -> dict[tuple[int, int], int]:
        rows = self._rows(VERSIONS, points, since, until)
        highest: dict[tuple[int, int], int] = {}
        for point, at, version in zip(rows["point"], rows["since_ms"], rows["version"], strict=True):
            name = int(point), int(at)
            highest[name] = max(int(version), highest.get(name, 0))
        return highest

    def _rows(self, measurement: str, points: Sequence[str], since: int, until: int) -> Rows:
        """Return rows that begin in [since, until), ordered by point, then instant."""
        numbers: list[int] = []
        instants: list[str] = []
        texts: list[str] = []
        only = points[0] if len(points) == 1 else None
        wanted = set(points)
        if points and until > max(since, 0):
            flux = (
                self._influx.source(measurement, since, until, only)
                + ' |> filter(fn: (r) => r._field == "row")'
                ' |> keep(columns: ["_time", "_value", "device", "point"]) |> group()'
            )
            for device, name, instant, text in zip(
                *self._influx.fetch(flux, "device", "point", "_time", "_value"), strict=True
            ):
                point = f"{device}.{name}"
                if point in wanted:
                    numbers.append(self._numbers[point])
                    instants.append(instant)
                    texts.append(text)
        kept = zip(*(text.split(";") for text in texts), strict=True) if texts else ((),) * len(_KEPT)
        rows: Rows = {"point": np.array(numbers, np.int32), "since_ms": milliseconds(instants)}
        for name, column in zip(_KEPT, kept, strict=True):
            rows[name] = np.array(column, np.float64 if texts else None).astype(COLUMNS[name])
        order = np.lexsort((rows["since_ms"], rows["point"]))
        return {name: rows[name][order] for name in COLUMNS}

    def _lines(self, measurement: str, rows: Rows) -> Iterator[str]:
        columns = {name: array.tolist() for name, array in rows.items()}
        for place, (number, since) in enumerate(zip(columns["point"], columns["since_ms"], strict=True)):
            one = {name: column[place] for name, column in columns.items()}
            tags = self._tags[self._names[number]]
            if measurement == VERSIONS:
                tags = f"{tags},version={one['version']}"
            shown = "".join(f"{name}={one[name]!r}," for name in _SHOWN if isfinite(one[name]))
            row = ";".join(repr(one[name]) for name in _KEPT)
            yield (
                f"{measurement},{tags} {shown}grade={one['grade']}i,flags={one['flags']}i,"
                f'until={one["until_ms"]}i,version={one["version"]}i,row="{row}" {since}'
            )

    def _remove(self, removed: Rows, written: Rows, new: Rows) -> None:
        """Delete rows that nothing stands for now, and those of which a number would stay behind."""
        names = zip(written["point"].tolist(), written["since_ms"].tolist(), strict=True)
        again = {name: place for place, name in enumerate(names)}
        goes = np.ones(len(removed["point"]), np.bool_)
        names = zip(removed["point"].tolist(), removed["since_ms"].tolist(), strict=True)
        for place, name in enumerate(names):
            if name in again:
                goes[place] = any(
                    isfinite(removed[field][place]) and not isfinite(written[field][again[name]])
                    for field in _SHOWN
                )
        gone = pick(removed, goes)
        for number in np.unique(gone["point"]):
            device, _, point = self._names[number].partition(".")
            stays = new["since_ms"][new["point"] == number]
            for since, until in runs(gone["since_ms"][gone["point"] == number], stays):
                self._influx.delete(WINDOWS, since, until + 1, {"device": device, "point": point})

    # results

    def replace_results(self, rows: Sequence[ResultRow], where: Where) -> None:
        """Make the results of a place the rows given; those that are as they were stay untouched."""
        measurement = RESULTS + where.kind
        removed, written = changed_results(self.results(where), rows)
        again = {name_of(row): _shown(row).keys() for row in written}
        for row in removed:
            if name_of(row) in again and _shown(row).keys() <= again[name_of(row)]:
                continue  # written over; else a number would stay behind
            tags = {**self._home, "subject": row.subject, "period": row.period or "-"}
            self._influx.delete(measurement, row.since, row.since + 1, tags)
        self._influx.send([self._result_line(measurement, row) for row in written])

    def results(self, where: Where) -> list[ResultRow]:
        """Return the results of a place, ordered by subject, period, since."""
        if where.until <= max(where.since, 0):
            return []
        source = self._influx.source(RESULTS + where.kind, where.since, where.until)
        flux = f'{source} |> filter(fn: (r) => r._field == "body" or r._field == "until")'
        if where.subject is not None:
            flux += f" |> filter(fn: (r) => r.subject == {flux_text(where.subject)})"
        if where.period is not None:
            flux += f" |> filter(fn: (r) => r.period == {flux_text(where.period.value)})"
        columns = ("subject", "period", "_time", "_value")
        keep = ", ".join(f'"{name}"' for name in columns)
        bodies, ends = (
            self._influx.fetch(
                f'{flux} |> filter(fn: (r) => r._field == "{field}") |> keep(columns: [{keep}]) |> group()',
                *columns,
            )
            for field in ("body", "until")
        )
        until = {name[:3]: int(name[3]) for name in zip(*ends, strict=True)}
        found = [
            ResultRow(
                kind=where.kind,
                subject=subject,
                period="" if period == "-" else period,
                since=since,
                until=until[subject, period, instant],
                body=body.encode(),
            )
            for (subject, period, instant, body), since in zip(
                zip(*bodies, strict=True), milliseconds(bodies[2]).tolist(), strict=True
            )
            if (subject, period, instant) in until
        ]
        return sorted(found, key=lambda row: (row.subject, row.period, row.since))

    def _result_line(self, measurement: str, row: ResultRow) -> str:
        if len(row.body) > _LONGEST:
            raise StoreRejected(f"{row.kind} {row.subject}", f"result of {len(row.body)} bytes is too long")
        tags = {**self._home, "subject": row.subject, "period": row.period or "-"}
        shown = "".join(f"{tag(name)}={value!r}," for name, value in _shown(row).items())
        head = ",".join(f"{name}={tag(text)}" for name, text in tags.items())
        return (
            f"{measurement},{head} {shown}until={row.until}i,body={field_text(row.body.decode())} {row.since}"
        )


def _shown(row: ResultRow) -> dict[str, float]:
    """Return the numbers of a result by field."""
    return {name: value for name, value in _numbers("", json.loads(row.body)) if name != "until"}


def _numbers(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """Give the numbers of a JSON body: `{"a": {"b": 1}}` is a_b 1.0; lists are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(f"{name}_{key}" if name else str(key), inner)
    elif isinstance(value, int | float) and isfinite(value):
        yield name, float(value)


def milliseconds(instants: Sequence[str]) -> Instants:
    """Return RFC 3339 texts in UTC as milliseconds since 1970."""
    found: Instants = np.array([text[:-1] for text in instants], "datetime64[ms]").astype(np.int64)
    return found


def runs(gone: Instants, stays: Instants) -> Iterator[tuple[int, int]]:
    """Give spans (both ends included) that hold the instants that go, and none that stays between two."""
    if not len(gone):
        return
    between = np.searchsorted(stays, gone)
    cuts = np.flatnonzero((between[1:] != between[:-1]) | np.isin(gone[1:], stays)) + 1
    for part in np.split(gone, cuts):
        yield int(part[0]), int(part[-1])
