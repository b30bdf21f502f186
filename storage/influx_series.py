"""Readings of InfluxDB as arrays, in and out: two plain columns a point instead of a pivot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from domain.reading import Quality, Reading
from domain.series import Series, no_series, series_of
from storage.influx_results import Influx, milliseconds
from storage.line_protocol import FILLS, READINGS, flux_text, tag

_LINES = 10_000


def read_series(
    influx: Influx, point: str, since: int, until: int, again: Callable[[str, int], Reading]
) -> Series:
    """Return the readings of a point in [since, until); `again` asks once more for one that is half there."""
    if until <= max(since, 0):
        return no_series(point)
    source = influx.source(READINGS, since, until, point)
    keep = '|> keep(columns: ["_time", "_value"]) |> group()'
    texts = {
        name: influx.fetch(f'{source} |> filter(fn: (r) => r._field == "{name}") {keep}', "_time", "_value")
        for name in ("value", "quality")
    }
    at = milliseconds(texts["quality"][0])
    quality = np.array(texts["quality"][1], np.float64).astype(np.uint8)
    order = np.argsort(at, kind="stable")
    at, quality = at[order], quality[order]
    value = np.full(len(at), np.nan)
    value_at = milliseconds(texts["value"][0])
    places = np.searchsorted(at, value_at)
    known = places < len(at)
    known[known] = at[places[known]] == value_at[known]
    value[places[known]] = np.array(texts["value"][1], np.float64)[known]
    for place in np.flatnonzero((quality < Quality.NO_ANSWER) == np.isnan(value)):
        one = again(point, int(at[place]))  # a write came between the two answers
        value[place], quality[place] = np.nan if one.value is None else one.value, int(one.quality)
    return series_of(point, at, value, quality)


def write_past(
    influx: Influx, name: str, series: Sequence[Series], tags: Mapping[str, str], *, home: tuple[str, str]
) -> int:
    """Write those series that were not yet written under that name; a mark says so afterwards."""
    filter_name = f"|> filter(fn: (r) => r.name == {flux_text(name)})"
    source = f'{influx.source(FILLS, 0, 1)} {filter_name} |> keep(columns: ["of"]) |> group()'
    held = set(influx.fetch(source, "of")[0])
    rows = 0
    mark = f"site={tag(home[0])},gateway={tag(home[1])},name={tag(name)}"
    for one in series:
        if one.point in held or not len(one):
            continue
        for lines in _lines(one, tags[one.point]):
            influx.send(lines)
        influx.send([f"{FILLS},{mark},of={tag(one.point)} readings={len(one)}i 0"])
        rows += len(one)
    return rows


def _lines(series: Series, tags: str) -> Iterator[list[str]]:
    words = [""] * len(series)
    if series.words is not None:
        words = [
            f',words="{each:016x}"' if known else ""
            for each, known in zip(series.words.tolist(), series.has_value, strict=True)
        ]
    columns = series.at, series.value, series.quality
    for start in range(0, len(series), _LINES):
        part = slice(start, start + _LINES)
        yield [
            f"{READINGS},{tags} value={value!r},quality={quality}i{kept} {at}"
            if value == value
            else f"{READINGS},{tags} quality={quality}i {at}"
            for (at, value, quality), kept in zip(
                zip(*(column[part].tolist() for column in columns), strict=True), words[part], strict=True
            )
        ]
