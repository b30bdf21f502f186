"""The meters behind an inventory report: their assumed uncertainty, their calibration at the period's end."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.live import carrier_name
from dashboard.numbers import MISSING
from dashboard.page import Asked
from dashboard.said import thing
from dashboard.views.inventory_report_parts import Reported, counted, twofold
from dashboard.views.report_table import Cell, Column, ReportTable, written
from domain.carbon_book import Calibrated
from domain.plant import Carrier


def meters_table(reported: Reported, uncertainty: Mapping[str, float]) -> ReportTable:
    """Return every meter behind the lines of the period; `uncertainty`: carrier -> assumed, k = 1."""
    words = reported.asked.words
    carriers = {point: line.id for line in reported.inventory.lines for point in line.points}
    return ReportTable(
        id="meters",
        title=words("Meters and their calibration"),
        note=words(
            "Uncertainty: assumed by carrier in the plant file. Calibration: the last one up to the period's"
            " end (now, while it runs), of the entries that the figures know."
        ),
        columns=(
            Column(name=words("Meter")),
            Column(name=words("Carrier"), is_whole=True),
            Column(name=words("Assumed uncertainty, k = 2"), unit="%", decimals=1),
            Column(name=words("Calibrated"), is_whole=True),
            Column(name=words("Certificate number")),
            Column(name=words("Valid until"), is_whole=True),
            Column(name=words("At the period's end")),
            Column(name=words("Entry"), decimals=0),
        ),
        rows=tuple(
            _meter(reported, point, carrier, uncertainty.get(carrier))
            for point, carrier in sorted(carriers.items(), key=lambda each: (each[1], each[0]))
        ),
    )


def _meter(reported: Reported, point: str, carrier: str, uncertainty: float | None) -> tuple[Cell, ...]:
    asked = reported.asked
    numbers, last = asked.numbers, last_calibration(reported, point)
    until = last.valid_until.isoformat() if last is not None and last.valid_until is not None else MISSING
    return (
        written(thing(point, asked), f"/point/{point}"),
        written(carrier_name(Carrier(carrier), asked) if carrier in list(Carrier) else carrier),
        twofold(numbers, uncertainty),
        written(numbers.day(last.at) if last is not None else MISSING),
        written((last.certificate if last is not None else "") or MISSING),
        written(until),
        written(_standing(last, _end(reported), asked)),
        counted(numbers, last.number if last is not None else None, 0),
    )


def _end(reported: Reported) -> int:
    """Return the instant at which calibrations are judged."""
    period = reported.inventory.period
    return period.until if reported.inventory.is_over else min(period.until, reported.asked.now)


def last_calibration(reported: Reported, point: str) -> Calibrated | None:
    """Return the last calibration of a meter before the end, as far as the figures know it."""
    end = _end(reported)
    known = (
        each
        for each in reported.book.calibrations
        if each.point == point and each.at < end and each.number <= reported.known
    )
    return max(known, key=lambda each: (each.at, each.number), default=None)


def _standing(last: Calibrated | None, end: int, asked: Asked) -> str:
    """Return whether a calibration held at the end: its last day is included."""
    words = asked.words
    if last is None:
        return words("none declared")
    if last.valid_until is None:
        return words("no end stated")
    return words("▲ expired") if last.valid_until < asked.calendar.day_of(end - 1) else words("valid")
