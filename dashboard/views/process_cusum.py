"""Gas of a process against its baseline, added up: since when it runs away, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.cusum import CusumWords, cusum_chart
from dashboard.charts.svg import Size
from dashboard.numbers import Quantity
from dashboard.page import Asked
from dashboard.views.figure import Figure, why_intensity
from domain.courses import Cusum
from domain.periods import DAY_MS, PeriodKind

_BY_DAY_MS = 100 * DAY_MS
_MONTHS_FROM_MS = 200 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumRow:
    """One month of the table twin."""

    name: str
    rows: str
    """Known rows of all: `29/30`."""
    more: Figure
    """Actual - expected."""
    total: str
    """The sum at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumCard:
    """The CUSUM of the process."""

    finding: str
    chart: Markup
    rows: tuple[CusumRow, ...]
    is_empty: bool
    alert: str
    """Address of the drift's alert; empty without one."""
    since: str
    """Its first day: 2026-01-01; empty without rows."""
    state: str
    """warning with a drift upwards, good otherwise, stale without a baseline."""


def cusum_card(cusum: Cusum | None, asked: Asked) -> CusumCard:
    """Return gas against the baseline, added up, with the onset of a drift."""
    numbers, words = asked.numbers, asked.words
    known = [each for each in cusum.total if each is not None] if cusum is not None else []
    end = numbers.quantity(known[-1], Quantity.GAS, sign=True) if known else ""
    finding, state = _cusum_finding(cusum, end, asked)
    has_onset = cusum is not None and cusum.onset is not None
    said = CusumWords(
        axis=words("Added-up difference, Nm³ (above 0: more than expected)"),
        onset=words("drift since %(day)s", day=numbers.month_day(cusum.onset))
        if cusum and cusum.onset
        else "",
        slope=numbers.percent(cusum.shift, sign=True) if cusum is not None and has_onset else "",
        end=end,
        nothing=finding,
    )

    def draw(size: Size, prefix: str) -> Markup:
        return cusum_chart(
            cusum,
            words=said,
            title=finding,
            prefix=prefix,
            ticks=_ticks(cusum, asked),
            format_value=lambda value: numbers.value(value, Quantity.GAS),
            format_time=_format_time(cusum, asked),
            size=size,
        )

    return CusumCard(
        finding=finding,
        chart=both(draw, prefix="cusum"),
        rows=tuple(_cusum_months(cusum, asked)) if cusum is not None else (),
        is_empty=not known,
        alert=f"/why/alert/{cusum.alert}" if cusum is not None and cusum.alert else "",
        since=numbers.day(cusum.since[0]) if cusum is not None and cusum.since else "",
        state=state,
    )


def _cusum_finding(cusum: Cusum | None, end: str, asked: Asked) -> tuple[str, str]:
    words, numbers = asked.words, asked.numbers
    if cusum is None:
        return words("Nothing to add up yet: no baseline is approved"), "stale"
    if not end:
        return words("No row since the begin is known yet"), "stale"
    since = numbers.day(cusum.since[0])
    if cusum.onset is None or cusum.shift is None:
        return words(
            "No drift is open; since %(since)s the differences add up to %(end)s", since=since, end=end
        ), "good"
    said = {
        "onset": numbers.day(cusum.onset),
        "shift": numbers.percent(abs(cusum.shift)),
        "end": end,
        "since": since,
    }
    if cusum.shift > 0.0:
        text = words(
            "Since %(onset)s %(shift)s more gas than before for the same work; %(end)s since %(since)s",
            **said,
        )
        return text, "warning"
    text = words(
        "Since %(onset)s %(shift)s less gas than before for the same work; %(end)s since %(since)s",
        **said,
    )
    return text, "good"


def _ticks(cusum: Cusum | None, asked: Asked) -> list[int]:
    if cusum is None or not cusum.since:
        return []
    since, until = cusum.since[0], cusum.until[-1]
    kind = PeriodKind.WEEK if until - since < _BY_DAY_MS else PeriodKind.MONTH
    return [period.since for period in asked.calendar.periods(kind, since, until) if period.since >= since]


def _format_time(cusum: Cusum | None, asked: Asked) -> Callable[[int], str]:
    """Return month and day, of a course longer than that year and month."""
    if cusum is None or not cusum.since or cusum.until[-1] - cusum.since[0] < _MONTHS_FROM_MS:
        return asked.numbers.month_day
    return lambda at: asked.numbers.day(at)[:7]


def _cusum_months(cusum: Cusum, asked: Asked) -> list[CusumRow]:
    """Return the differences by month and the sum at its end, newest first."""
    numbers = asked.numbers
    by_month: dict[str, list[int]] = {}
    for place, since in enumerate(cusum.since):
        by_month.setdefault(numbers.day(since)[:7], []).append(place)
    found = []
    for month, places in reversed(by_month.items()):
        known = [cusum.excess[place] for place in places if cusum.excess[place] is not None]
        more = numbers.value(sum(each or 0.0 for each in known) if known else None, Quantity.GAS, sign=True)
        found.append(
            CusumRow(
                name=month,
                rows=f"{len(known)}/{len(places)}",
                more=Figure(more, why_intensity(cusum.process, "month", month) if known else ""),
                total=numbers.value(cusum.total[places[-1]], Quantity.GAS, sign=True),
            )
        )
    return found
