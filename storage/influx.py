"""InfluxDB 2 as the store: line protocol in, Flux out. The only file that knows influxdb_client.

Traps that shape this file: the batching writer hides errors, so writes are synchronous and the journal is
the retry; a refused batch may be half written, which is harmless because (series, instant) is written over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from influxdb_client.client.flux_csv_parser import FluxCsvParserException, FluxQueryException
from influxdb_client.client.flux_table import FluxRecord
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.dialect import Dialect
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from domain.errors import StoreError, StoreRejected, StoreUnavailable
from domain.periods import PeriodKind
from domain.ports import Envelope, ResultRow, Written
from domain.reading import Gap, Poll, Reading
from domain.series import Series
from domain.windows import Windows, WindowVersion, no_windows
from storage.duckdb_series import check_past
from storage.influx_answers import answered, instant_of, point_of, quality_of, reading_of
from storage.influx_results import InfluxResults
from storage.influx_series import read_series, write_past
from storage.line_protocol import GAPS, READINGS, LineWriter, flux_text, flux_time, quoted, rfc3339
from storage.result_rows import Where, check_results
from storage.series_file import export_readings
from storage.source import Source
from storage.window_rows import unknown_points

_HOUR_MS = 3_600_000
_WINDOWS_MS = (_HOUR_MS, 24 * _HOUR_MS, 32 * 24 * _HOUR_MS, 2**53)
_END_MS = 2**53
_LINES_A_REQUEST = 10_000
_PRECISION: WritePrecision = WritePrecision.MS  # type: ignore[assignment]  # an enum of plain strings
_PLAIN = Dialect(header=True, annotations=[])  # type: ignore[no-untyped-call]
_PIVOT = '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'

_Prepared = tuple[Envelope, list[str]]


class InfluxStore:
    """Readings in measurement `readings`, gaps in `gaps`, tagged site, gateway, device and point.

    Replays are recognised by (series, instant): `Written.duplicates` counts only those within a batch.
    """

    def __init__(
        self,
        url: str,
        *,
        sources: Sequence[Source],
        org: str,
        bucket: str,
        token: str,
        connect_timeout_s: float = 3.0,
        answer_timeout_s: float = 10.0,
    ) -> None:
        self._url = url
        self._org = org
        self._bucket = bucket
        self._lines = LineWriter(sources)
        self._sites = sorted({(source.site, source.gateway) for source in sources})
        timeout = (int(connect_timeout_s * 1000), int(answer_timeout_s * 1000))
        self._client = InfluxDBClient(url=url, token=token, org=org, timeout=timeout)
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)
        self._reader = self._client.query_api()
        self._deleter = self._client.delete_api()
        self._closed = False
        self._home = self._sites[0] if self._sites else ("-", "-")
        self._results = InfluxResults(self, self._lines, *self._home)

    def close(self) -> None:
        """Release the connections; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._writer.close()  # type: ignore[no-untyped-call]
            self._client.close()  # type: ignore[no-untyped-call]

    def check(self) -> None:
        """Raise StoreError when the store cannot be used now."""
        list(self._query(f"{self.source(READINGS, 0, _END_MS)} |> first() |> limit(n: 1)"))

    # writing

    def know(self, devices: Mapping[str, tuple[str, ...]]) -> None:
        """Take readings of these devices, by the names of their points, from now on."""
        site, gateway = self._home
        self._lines = LineWriter([Source(site=site, gateway=gateway, devices=devices)])
        self._results = InfluxResults(self, self._lines, site, gateway)

    def write(self, batch: Sequence[Envelope]) -> Written:
        """Commit the batch, each envelope once however often offered; StoreUnavailable loses nothing."""
        rejected: dict[tuple[str, int], str] = {}
        seen: set[tuple[str, int]] = set()
        prepared: list[_Prepared] = []
        for envelope in batch:
            name = (envelope.journal, envelope.seq)
            if name in seen:
                continue
            seen.add(name)
            try:
                prepared.append((envelope, self._lines.lines(envelope)))
            except StoreRejected as error:
                rejected[name] = str(error)
        for part in _parts(prepared):
            self._send(part, rejected)
        rows = sum(
            len(lines)
            for envelope, lines in prepared
            if isinstance(envelope.item, Poll) and (envelope.journal, envelope.seq) not in rejected
        )
        return Written(readings=rows, duplicates=len(batch) - len(seen), rejected=rejected)

    def _send(self, part: Sequence[_Prepared], rejected: dict[tuple[str, int], str]) -> None:
        """Write a part of the batch; when its body is refused, halve it until the culprit stands alone."""
        try:
            self.send([line for _, lines in part for line in lines])
        except StoreRejected as error:
            if len(part) == 1:
                rejected[part[0][0].journal, part[0][0].seq] = error.problem
                return
            middle = len(part) // 2
            self._send(part[:middle], rejected)
            self._send(part[middle:], rejected)

    def fill(self, name: str, series: Sequence[Series]) -> int:
        """Write a past that no agent polled, each point once a name however often offered.

        Not in one piece: after a failure the same call again completes it.
        """
        check_past(series)
        unknown_points([one.point for one in series], self._lines.tags)
        return write_past(self, name, series, self._lines.tags, home=self._home)

    def put_windows(self, windows: Sequence[Windows], *, at: int) -> None:
        """Replace what touches [first `since`, last `until`) of each point.

        Not in one piece: after a failure the same call again completes it.
        """
        self._results.put_windows(windows, at=at)

    def replace_results(
        self,
        kind: str,
        rows: Sequence[ResultRow],
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> None:
        """Replace the results of a kind that begin in [since, until); only one period or subject if given.

        Not in one piece: after a failure the same call again completes it.
        """
        where = Where(kind=kind, since=since, until=until, period=period, subject=subject)
        check_results(rows, where)
        self._results.replace_results(rows, where)

    # reading

    def series(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Series]:
        """Return the readings in [since, until) ms as arrays, by point id; every point asked for is there."""
        return {point: read_series(self, point, since, until, self._whole) for point in points}

    def windows(self, points: Sequence[str], *, since: int, until: int) -> Mapping[str, Windows]:
        """Return the windows that begin in [since, until), by point id; every point asked for is there."""
        found = self._results.windows(points, since=since, until=until)
        return {point: found.get(point) or no_windows(point) for point in points}

    def window_versions(self, point: str, since: int) -> Sequence[WindowVersion]:
        """Return every version of the window that begins at `since`, oldest first, what holds now last."""
        return self._results.versions(point, since)

    def version_numbers(self, point: str, *, since: int, until: int) -> Mapping[int, int]:
        """Return the number of the version that holds now, by begin, of the windows in [since, until)."""
        return self._results.version_numbers(point, since, until)

    def results(
        self,
        kind: str,
        *,
        since: int,
        until: int,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[ResultRow]:
        """Return the results of a kind that begin in [since, until), ordered by subject, period, since."""
        return self._results.results(
            Where(kind=kind, since=since, until=until, period=period, subject=subject)
        )

    def latest(self) -> Mapping[str, Reading]:
        """Return the newest reading of every point, by point id."""
        values: dict[str, tuple[int, float]] = {}
        qualities: dict[str, tuple[int, int]] = {}
        for record in self._query(f"{self.source(READINGS, 0, _END_MS)} |> last()"):
            point, at = point_of(record), instant_of(record)
            if record.values["_field"] == "quality":
                qualities[point] = (at, int(record.values["_value"]))
            elif record.values["_field"] == "value":
                values[point] = (at, float(record.values["_value"]))
        found = {}
        for point, (at, number) in qualities.items():
            quality = quality_of(number)
            value_at, value = values.get(point, (-1, None))
            if quality.has_value == (value_at == at) and value_at <= at:
                value = value if value_at == at else None
                found[point] = Reading(point=point, at=at, value=value, quality=quality)
            else:  # a write came between the answers for the two fields
                at = max(at, value_at)
                found |= {one.point: one for one in self.readings([point], since=at, until=at + 1)}
        return found

    def readings(self, points: Sequence[str], *, since: int, until: int) -> Iterator[Reading]:
        """Give the readings of the points in [since, until) ms, ordered by point, then instant."""
        if until <= since:
            return
        for point in sorted(set(points)):
            source = self.source(READINGS, since, until, point)
            flux = f'{source} {_PIVOT} |> group() |> sort(columns: ["_time"])'
            for record in self._query(flux):
                yield reading_of(point, record) or self._whole(point, instant_of(record))

    def _whole(self, point: str, at: int) -> Reading:
        """Return a reading that a query saw half written, asked for again alone."""
        flux = f"{self.source(READINGS, at, at + 1, point)} {_PIVOT}"
        for record in list(self._query(flux)):
            if one := reading_of(point, record):
                return one
        raise StoreUnavailable(
            self._url,
            f"has half a reading of {point} at {at}",
            f"look for another program that writes the measurement {READINGS} with other types",
        )

    def last_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the last good reading of each point at or before `at`; a point without one is left out."""
        spans = [(at + 1 - far, at + 1) for far in _WINDOWS_MS]
        return self._first_found(points, spans, desc="true")

    def next_good(self, points: Sequence[str], at: int) -> Mapping[str, Reading]:
        """Return the first good reading of each point after `at`; a point without one is left out."""
        spans = [(at + 1, at + 1 + far) for far in _WINDOWS_MS]
        return self._first_found(points, spans, desc="false")

    def _first_found(
        self, points: Sequence[str], spans: Sequence[tuple[int, int]], *, desc: str
    ) -> dict[str, Reading]:
        found = {}
        for point in points:
            nearest = (self._nearest(point, since, until, desc=desc) for since, until in spans)
            if reading := next(filter(None, nearest), None):
                found[point] = reading
        return found

    def _nearest(self, point: str, since: int, until: int, *, desc: str) -> Reading | None:
        flux = (
            f"{self.source(READINGS, since, until, point)} {_PIVOT} |> filter(fn: (r) => r.quality == 0)"
            f' |> group() |> sort(columns: ["_time"], desc: {desc}) |> limit(n: 1)'
        )
        for record in list(self._query(flux)):
            return reading_of(point, record) or self._whole(point, instant_of(record))
        return None

    def gaps(self, *, since: int, until: int) -> Sequence[Gap]:
        """Return the gaps that touch [since, until) ms, ordered by device, then instant."""
        if until <= 0:
            return []
        flux = (
            f"{self.source(GAPS, 0, until)} {_PIVOT} |> filter(fn: (r) => r.until > {int(since)})"
            ' |> group() |> sort(columns: ["device", "_time", "until"])'
        )
        return [
            Gap(
                device=record.values["device"],
                since=instant_of(record),
                until=int(record.values["until"]),
                quality=quality_of(int(record.values["quality"])),
            )
            for record in self._query(flux)
        ]

    def count(self) -> int:
        """Return how many readings are stored."""
        flux = f'{self.source(READINGS, 0, _END_MS)} |> filter(fn: (r) => r._field == "quality")'
        return sum(
            int(record.values["_value"]) for record in self._query(f"{flux} |> count() |> group() |> sum()")
        )

    def export(
        self,
        points: Sequence[str],
        *,
        since: int,
        until: int,
        path: Path,
        form: str,
        units: Mapping[str, str] | None = None,
        digits: Mapping[str, int] | None = None,
    ) -> int:
        """Write the readings in [since, until) ms as `csv` or `parquet`, whole or not at all: how many."""
        found = self.readings(points, since=since, until=until)
        return export_readings(found, path=path, form=form, units=units, digits=digits)

    def source(self, measurement: str, since: int, until: int, point: str | None = None) -> str:
        """Return the start of a query over our gateways, or over one point."""
        places = " or ".join(
            f"(r.site == {flux_text(site)} and r.gateway == {flux_text(gateway)})"
            for site, gateway in self._sites
        )
        wanted = f"r._measurement == {flux_text(measurement)} and ({places})"
        if point is not None:
            device, _, name = point.partition(".")
            wanted += f" and r.device == {flux_text(device)} and r.point == {flux_text(name)}"
        return (
            f"from(bucket: {flux_text(self._bucket)}) "
            f"|> range(start: {flux_time(since)}, stop: {flux_time(until)}) |> filter(fn: (r) => {wanted})"
        )

    def send(self, lines: Sequence[str]) -> None:
        """Write lines, some thousand a request."""
        for start in range(0, len(lines), _LINES_A_REQUEST):
            body = "\n".join(lines[start : start + _LINES_A_REQUEST]).encode()
            with self._reachable():
                self._writer.write(
                    bucket=self._bucket, org=self._org, record=body, write_precision=_PRECISION
                )

    def fetch(self, flux: str, *names: str) -> tuple[list[str], ...]:
        """Return columns of the answer as text; a third of the time that records take."""
        columns: tuple[list[str], ...] = tuple([] for _ in names)
        with self._reachable():
            answer = self._reader.query_raw(flux, org=self._org, dialect=_PLAIN)
            places: list[int] = []
            is_head = True
            for row in csv.reader(io.StringIO(answer.read().decode())):
                if not row or is_head:
                    if row and "error" in row:
                        raise StoreUnavailable(self._url, "broke off its answer", "look at its log")
                    places = [row.index(name) for name in names] if row else places
                    is_head = not row
                    continue
                for column, place in zip(columns, places, strict=True):
                    column.append(row[place])
        return columns

    def delete(self, measurement: str, since: int, until: int, tags: Mapping[str, str]) -> None:
        """Delete what begins in [since, until) ms and has all those tags, on any of our gateways."""
        for site, gateway in self._sites:
            wanted = {"_measurement": measurement, "site": site, "gateway": gateway, **tags}
            predicate = " AND ".join(f"{name}={quoted(text)}" for name, text in wanted.items())
            with self._reachable():
                self._deleter.delete(
                    rfc3339(since), rfc3339(until, before=True), predicate, self._bucket, self._org
                )

    def _query(self, flux: str) -> Iterator[FluxRecord]:
        with self._reachable():
            yield from self._reader.query_stream(flux, org=self._org)

    # errors

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Turn what the client raises into our errors: StoreRejected blames the body, the rest can wait."""
        if self._closed:
            raise StoreError(self._url, "the store is closed")
        try:
            yield
        except ApiException as error:
            raise answered(error, self._url, self._org, self._bucket) from error
        except (FluxQueryException, FluxCsvParserException, HTTPError) as error:
            raise StoreUnavailable(
                self._url, f"{type(error).__name__}: {error}", "start InfluxDB, or correct store.url"
            ) from error


def _parts(prepared: Sequence[_Prepared]) -> Iterator[list[_Prepared]]:
    part: list[_Prepared] = []
    lines = 0
    for one in prepared:
        if part and lines + len(one[1]) > _LINES_A_REQUEST:
            yield part
            part, lines = [], 0
        part.append(one)
        lines += len(one[1])
    if part:
        yield part
