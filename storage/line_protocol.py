"""Rows -> InfluxDB line protocol and Flux text: pure, with everything escaped.

readings,site=S,gateway=G,device=D,point=P value=1.5,quality=0i,words="000005dc" <ms>
gaps,site=S,gateway=G,device=D until=1763800060000i,quality=20i <ms>
fills,site=S,gateway=G,name=N,of=<point> readings=3i 0: that past is written
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from domain.errors import StoreRejected
from domain.ports import Envelope
from domain.reading import Gap, point_id
from storage.rows import check_gap, poll_rows, row_words
from storage.source import Source

READINGS = "readings"
GAPS = "gaps"
FILLS = "fills"
_LAST_MS = (2**63 - 1) // 1_000_000 - 1


class LineWriter:
    """Knows the tags of every configured point, escaped once."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._points: dict[str, dict[str, str]] = {}
        self._gaps: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        """Point id -> its tags."""
        for source in sources:
            for device, names in source.devices.items():
                tags = f"site={tag(source.site)},gateway={tag(source.gateway)},device={tag(device)}"
                self._points[device] = {name: f"{READINGS},{tags},point={tag(name)} " for name in names}
                self._gaps[device] = f"{GAPS},{tags} "
                self.tags |= {point_id(device, name): f"{tags},point={tag(name)}" for name in names}

    @property
    def points(self) -> Mapping[str, Mapping[str, str]]:
        """Return the start of each point's lines, by device and name."""
        return self._points

    def lines(self, envelope: Envelope) -> list[str]:
        """Return the lines of one envelope; StoreRejected with the reason when it cannot be stored."""
        item = envelope.item
        if isinstance(item, Gap):
            check_gap(item)
            start = self._gaps.get(item.device)
            if start is None:
                raise StoreRejected(item.device, "is not a configured device")
            return [f"{start}until={item.until}i,quality={int(item.quality)}i {item.since}"]
        if not item.values and not item.quality:
            return []
        starts = self._points.get(item.device)
        if starts is None:
            raise StoreRejected(item.device, "is not a configured device")
        names, values, qualities = poll_rows(item, starts)
        at, places = item.at, row_words(item, names) if item.words else ()
        kept = [f',words="{item.words[name]}"' if n in places else "" for n, name in enumerate(names)]
        return [
            f"{starts[name]}value={float(value)!r},quality={quality}i{words} {at}"
            if value is not None
            else f"{starts[name]}quality={quality}i{words} {at}"
            for name, value, quality, words in zip(names, values, qualities, kept, strict=True)
        ]


def tag(text: str) -> str:
    """Return a tag value as line protocol wants it: comma, equals sign and space escaped.

    A line break would end the line and a last backslash would escape what follows: ValueError.
    """
    if "\n" in text or "\r" in text or not text or text.endswith("\\"):
        raise ValueError(f"{text!r} cannot be a tag")
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def field_text(text: str) -> str:
    """Return a text field as line protocol wants it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flux_text(text: str) -> str:
    """Return a Flux string literal: quotes, backslashes, `${` and control characters escaped."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    safe = safe.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{safe}"'


def flux_time(at_ms: int) -> str:
    """Return a Flux instant from milliseconds since 1970 UTC, held inside 64 bits of nanoseconds."""
    return f"time(v: {min(max(int(at_ms), 0), _LAST_MS) * 1_000_000})"


def quoted(text: str) -> str:
    """Return a value in the predicate of a deletion."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rfc3339(at_ms: int, *, before: bool = False) -> str:
    """Return an instant as text, or the last nanosecond before it: deletions include both their ends."""
    nanoseconds = min(max(int(at_ms), 0), _LAST_MS) * 1_000_000 - before
    return f"{np.datetime64(max(nanoseconds, 0), 'ns')}Z"
