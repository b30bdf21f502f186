"""Whether a period may be held against its baseline yet: what has begun without output is no standing day."""

from __future__ import annotations

from dataclasses import replace

from dashboard.page import Asked
from domain.periods import PeriodKind
from domain.results import Intensity


def comparable(each: Intensity, asked: Asked) -> tuple[Intensity, str]:
    """Return a period as it may be shown, and why nothing of it is compared; empty where it is.

    An oven that heats up in the morning burns many times what a standing day does: as long as the first day
    of a period, or a shorter one, lasts and nothing has come out, its index says nothing.
    """
    period, calendar = each.period, asked.calendar
    is_short = period.kind in (PeriodKind.HOUR, PeriodKind.SHIFT)
    is_begun = is_short or calendar.day_of(period.since) == calendar.day_of(asked.now)
    if period.until <= asked.now or not is_begun or (each.output is not None and each.output > 0.0):
        return each, ""
    if each.expected_nm3 is None:
        return each, ""
    is_heating = (each.startup_nm3 or 0.0) > 0.0
    why = asked.words("heating up") if is_heating else asked.words("not comparable yet")
    return replace(each, index=None, normalised=None, expected_nm3=None, saving_nm3=None), why
