"""Types of single values that several tables share."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

Text = Annotated[str, Field(min_length=1, max_length=1024)]
Label = dict[str, str]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=1, le=65535)]
PortOrAny = Annotated[int, Field(ge=0, le=65535)]
"""Port of a listener of ours; 0 lets the system choose."""

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def minute_of(text: str) -> int:
    """Return the minute after midnight that "08:00" names; ValueError for anything else."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError('write hours and minutes, such as "08:00"')
    return int(found[1]) * 60 + int(found[2])


def span_of(text: str) -> tuple[int, int]:
    """Return the minutes that "22:00-06:00" names; ValueError for anything else."""
    first, dash, last = text.partition("-")
    try:
        if not dash:
            raise ValueError
        since, until = minute_of(first.strip()), minute_of(last.strip())
    except ValueError:
        raise ValueError('write two times, such as "22:00-06:00"') from None
    if since == until:
        raise ValueError("let it end at another minute than it begins, or take it out")
    return since, until


def _is_time(text: str) -> str:
    minute_of(text)
    return text


def _is_span(text: str) -> str:
    span_of(text)
    return text


def _as_day(given: object) -> object:
    """Take a day as TOML writes it, or in quotes."""
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            given = None
    if not isinstance(given, date) or isinstance(given, datetime):
        raise ValueError("write a day, such as 2026-10-01")  # noqa: TRY004 - pydantic wants a ValueError
    return given


TimeOfDay = Annotated[str, AfterValidator(_is_time)]
"""Local time, "08:00"."""
TimeSpan = Annotated[str, AfterValidator(_is_span)]
"""Local times, "22:00-06:00"."""
Day = Annotated[date, BeforeValidator(_as_day)]
