"""Numbers, units, days and ages as people read them: Babel's symbols, fixed decimals for each quantity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from dashboard.words import Words
from domain.periods import PlantCalendar

MINUS, NBSP, MISSING = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}", "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class _Look:
    unit: str
    decimals: int
    scale: float = 1.0
    """Of the value as the domain has it."""


class Quantity(Enum):
    """What is shown, and how: unit, decimals, scale."""

    GAS_RATE = _Look("Nm³/h", 0)
    POWER = _Look("kW", 0)
    GAS = _Look("Nm³", 0)
    ENERGY = _Look("MWh", 1, 1e-3)
    """Given in kWh."""
    ENERGY_KWH = _Look("kWh", 0)
    CARBON = _Look("tCO₂e", 1, 1e-3)
    """Given in kg."""
    CARBON_T = _Look("tCO₂e", 1)
    CARBON_PER_OUTPUT = _Look("tCO₂e/t", 3)
    PER_TONNE = _Look("Nm³/t", 2)
    PER_M2 = _Look("Nm³/m²", 3)
    OUTPUT_T = _Look("t", 1)
    OUTPUT_M2 = _Look("m²", 0)
    TEMPERATURE = _Look("°C", 1)
    HOURS = _Look("h", 1)

    @property
    def unit(self) -> str:
        """Return the unit as it is written."""
        return self.value.unit


INTENSITIES = {"t": Quantity.PER_TONNE, "m2": Quantity.PER_M2}
OUTPUTS = {"t": Quantity.OUTPUT_T, "m2": Quantity.OUTPUT_M2}


class Numbers:
    """Numbers and instants for one reader: language and plant time."""

    def __init__(self, words: Words, calendar: PlantCalendar) -> None:
        self._words = words
        self._locale = words.language
        self._calendar = calendar

    def number(self, value: float | None, decimals: int = 0, *, sign: bool = False) -> str:
        """Return a number with thousands separators and a real minus; a dash for None or NaN."""
        if value is None or not math.isfinite(value):
            return MISSING
        rounded = round(value, decimals) + 0.0
        if rounded == 0.0:
            rounded = 0.0  # no minus before a zero
        text = f"{Decimal(repr(abs(rounded))):,.{decimals}f}".translate(_symbols(self._locale))
        if rounded < 0:
            return MINUS + text
        return "+" + text if sign and rounded > 0 else text

    def value(self, value: float | None, quantity: Quantity, *, sign: bool = False) -> str:
        """Return the number alone, in the unit of the quantity."""
        look = quantity.value
        return self.number(None if value is None else value * look.scale, look.decimals, sign=sign)

    def quantity(self, value: float | None, quantity: Quantity, *, sign: bool = False) -> str:
        """Return number and unit, which no line break parts."""
        text = self.value(value, quantity, sign=sign)
        return text if text == MISSING else f"{text}{NBSP}{quantity.unit}"

    def percent(self, share: float | None, decimals: int = 1, *, sign: bool = False) -> str:
        """Return a share (0.02) as `2.0 %`."""
        text = self.number(None if share is None else share * 100.0, decimals, sign=sign)
        return text if text == MISSING else f"{text}{NBSP}%"

    # instants, in plant time

    def clock(self, at: int) -> str:
        """Return 14:32."""
        return self._local(at).strftime("%H:%M")

    def clock_s(self, at: int) -> str:
        """Return 14:32:09."""
        return self._local(at).strftime("%H:%M:%S")

    def month_day(self, at: int) -> str:
        """Return 10-26."""
        return self._local(at).strftime("%m-%d")

    def day(self, at: int) -> str:
        """Return 2026-10-26."""
        return self._local(at).strftime("%Y-%m-%d")

    def instant(self, at: int) -> str:
        """Return 2026-10-26 14:32."""
        return self._local(at).strftime("%Y-%m-%d %H:%M")

    def instant_s(self, at: int) -> str:
        """Return 2026-10-26 14:32:09."""
        return self._local(at).strftime("%Y-%m-%d %H:%M:%S")

    def month_name(self, day: date) -> str:
        """Return `October 2026` or `2026年10月`."""
        return format_date(day, "MMMM y" if self._locale == "en" else "y年M月", locale=self._locale)

    def age(self, ms: int) -> str:
        """Return how long ago something was, in the largest fitting unit."""
        seconds = max(0, ms) // 1000
        words = self._words
        if seconds < 120:
            return words("%(n)s s", n=seconds)
        if seconds < 7200:
            return words("%(n)s min", n=seconds // 60)
        if seconds < 48 * 3600:
            return words("%(n)s h", n=seconds // 3600)
        return words("%(n)s d", n=seconds // 86400)

    def _local(self, at: int) -> datetime:
        return self._calendar.local(at)


@cache
def _symbols(locale: str) -> dict[int, str]:
    """Return Babel's separators; its own way to a number writes the same at five times the cost."""
    return str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale)})
