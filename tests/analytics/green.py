"""Certificates, contracts and months of a plant in Shanghai's zone, made for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from analytics.certificates import Covered, covers
from analytics.declared import declare
from analytics.declared_carbon import DeclaredCarbon
from domain.carbon_entries import Certificates, GreenContract
from domain.inventory import Cover
from domain.ledger import Body, Entry
from domain.method import CarbonMethod, Method
from domain.periods import Period, PeriodKind, PlantCalendar

CALENDAR = PlantCalendar(ZoneInfo("Asia/Shanghai"))
OWNER = "Jiangmen Works"
METHOD = CarbonMethod(beneficiary=OWNER)


def day(year: int, month: int, number: int = 1) -> int:
    """Return the instant at which a day begins."""
    return CALENDAR.instant(date(year, month, number))


def months(first: tuple[int, int] = (2026, 1), last: tuple[int, int] = (2026, 12)) -> tuple[Period, ...]:
    """Return the months from one to another, both included."""
    return tuple(CALENDAR.periods(PeriodKind.MONTH, day(*first), day(*last) + 1))


def month(year: int, number: int) -> Period:
    """Return one month."""
    return months((year, number), (year, number))[0]


def carbon(*bodies: Body) -> DeclaredCarbon:
    """Return entries 1, 2 ... as they hold."""
    entries = [
        Entry(number=number, at=1000 * number, who="Li", why="", body=body)
        for number, body in enumerate(bodies, 1)
    ]
    return declare(entries, Method()).carbon


def batch(number: int, count: int, vintage: Period, /, **more: Any) -> Certificates:
    """Return consecutive certificates, retired for the plant after their generation."""
    usual = Certificates(
        first=f"GEC{number:06d}",
        last=f"GEC{number + count - 1:06d}",
        since=vintage.since,
        until=vintage.until,
        retired=date(2027, 1, 31),
        beneficiary=OWNER,
        document="statement.pdf",
    )
    return replace(usual, **more)


def contract(kwh: float, since: int, until: int, **more: Any) -> GreenContract:
    """Return a contract that was settled over a span."""
    usual = GreenContract(
        id="direct", supplier="Wind Co", since=since, until=until, kwh=kwh, document="settlement.pdf"
    )
    return replace(usual, **more)


def matched(
    *bodies: Body,
    bought: Mapping[str, float | None],
    pv: Mapping[str, float | None] | None = None,
    generated: Mapping[str, float | None] | None = None,
    closed: Mapping[str, tuple[Cover, ...]] | None = None,
    method: CarbonMethod = METHOD,
    of: tuple[Period, ...] = (),
) -> Covered:
    """Return what the entries cover of a year."""
    return covers(
        carbon(*bodies),
        method,
        bought=bought,
        pv=pv or {},
        months=of or months(),
        closed=closed or {},
        generated=generated,
    )


def kwh_of(found: Covered) -> dict[str, float]:
    """Return what is covered of each month."""
    by_month: dict[str, float] = {}
    for each in found.covers:
        by_month[each.month] = by_month.get(each.month, 0.0) + each.kwh
    return by_month


def codes(found: Covered) -> list[str]:
    """Return the codes of the findings in order."""
    return [each.code for each in found.findings]
