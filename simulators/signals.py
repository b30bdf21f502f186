"""The plant as named signals: value = f(instant, seed), pure, monotone where it is a counter.

Inside a slot every sum follows one cubic with its ends on the table's sums, so that balances hold at
every instant and flow is exactly the slope of volume, power that of energy.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from simulators.noise import Floats
from simulators.tables import YearTable, build_year
from simulators.truth import Truth
from simulators.workdays import (
    DAY_MS,
    FIRST_DAY,
    LAST_YEAR,
    SLOT_MS,
    SLOTS,
    UTC_OFFSET_MS,
    day_number,
    midnight_ms,
    year_days,
)

Value: TypeAlias = Any
"""A float, or an array of them: the formulas are the same."""
_SWING = 0.06
"""How far a rate moves inside a slot, relative."""
_TABLES_KEPT = 2
_OLDEST = 0.02
"""Most that a counter shows on the first day, of its maximum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """Where an instant (or an array of them, all in one year) lies in a table."""

    table: YearTable
    slot: Value
    x: Value
    """Share of the slot that has passed, [0, 1)."""

    def total(self, key: str) -> Value:
        """Return a sum since the model's first day."""
        sums = self.table.sums[key]
        before, after = _pick(sums, self.slot), _pick(sums, self.slot + 1)
        return before + (after - before) * self._passed()

    def rate(self, key: str) -> Value:
        """Return the slope of a sum, per hour."""
        sums = self.table.sums[key]
        before, after = _pick(sums, self.slot), _pick(sums, self.slot + 1)
        return (after - before) * (3_600_000 / SLOT_MS) * self.swing()

    def level(self, key: str) -> Value:
        """Return a level, on the straight line between two slot borders."""
        levels = self.table.levels[key]
        before, after = _pick(levels, self.slot), _pick(levels, self.slot + 1)
        return before + (after - before) * self.x

    def step(self, key: str) -> Value:
        """Return what is constant inside the slot."""
        return _pick(self.table.steps[key], self.slot)

    def swing(self) -> Value:
        """Return the slope of `_passed`: 1 on average, positive."""
        return 1.0 + _SWING * (1.0 - 6.0 * self.x + 6.0 * self.x * self.x)

    def midnight(self) -> Instant:
        """Return the begin of the local day."""
        return Instant(table=self.table, slot=self.slot // SLOTS * SLOTS, x=self.x * 0.0)

    def _passed(self) -> Value:
        x = self.x
        return x + _SWING * (x - 3.0 * x * x + 2.0 * x * x * x)


def _pick(values: Floats, slot: Value) -> Value:
    return values.item(slot) if isinstance(slot, int) else values[slot]


Formula = Callable[[Instant], Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One named quantity of the plant, in a canonical unit of domain.units."""

    name: str
    unit: str
    is_counter: bool = False
    maximum: float
    """Not exceeded before 2031; devices choose their resolution by it."""
    evaluate: Formula


def quantity(name: str, unit: str, maximum: float, evaluate: Formula) -> Signal:
    """Return a signal that is no counter."""
    return Signal(name=name, unit=unit, maximum=maximum, evaluate=evaluate)


def counter(name: str, unit: str, maximum: float, evaluate: Formula) -> Signal:
    """Return a signal that only rises."""
    return Signal(name=name, unit=unit, is_counter=True, maximum=maximum, evaluate=evaluate)


class PlantModel:
    """All signals for one truth and one seed. Instants are clamped to 2023-12-01..2030 (UTC+8)."""

    def __init__(self, signals: Mapping[str, Signal], truth: Truth, seed: int = 0) -> None:
        self.signals = signals
        self.truth = truth
        self.seed = seed
        self._tables: OrderedDict[int, YearTable] = OrderedDict()
        self._before: dict[int, dict[str, float]] = {FIRST_DAY.year: {}}
        self._first_ms = midnight_ms(day_number(FIRST_DAY))
        self._last_ms = midnight_ms(year_days(LAST_YEAR - 1)[1]) - 1
        self._cached: Instant | None = None
        self._cached_ms = -1

    def value(self, name: str, at_ms: int) -> float:
        """Return a signal at an instant (milliseconds since 1970 UTC); KeyError for an unknown name."""
        signal = self.signals[name]
        if self._cached is None or self._cached_ms != at_ms:
            self._cached, self._cached_ms = self._instant(at_ms), at_ms
        return float(signal.evaluate(self._cached)) + self._first_index(signal)

    def series(self, name: str, at_ms: NDArray[np.int64]) -> Floats:
        """Return a signal at many instants, in any order: bit for bit what `value` returns."""
        signal = self.signals[name]
        clamped = np.clip(at_ms, self._first_ms, self._last_ms)
        local = (clamped + UTC_OFFSET_MS).astype("datetime64[ms]")
        years = local.astype("datetime64[Y]").astype(np.int64) + 1970
        values = np.empty(at_ms.shape)
        for year in np.unique(years):
            chosen = years == year
            table = self._table(int(year))
            slot, rest = np.divmod(clamped[chosen] - table.start_ms, SLOT_MS)
            instant = Instant(table=table, slot=slot, x=rest / SLOT_MS)
            values[chosen] = signal.evaluate(instant)
        return values + self._first_index(signal)

    def _first_index(self, signal: Signal) -> float:
        """Return what a counter showed on the model's first day: no two meters start alike."""
        if not signal.is_counter:
            return 0.0
        meter = signal.name.rpartition(".")[0]
        age = crc32(f"{self.seed}/{meter}".encode()) / 2**32
        return float(int(age * signal.maximum * _OLDEST))

    def _instant(self, at_ms: int) -> Instant:
        clamped = max(self._first_ms, min(self._last_ms, at_ms))
        local = datetime.fromtimestamp((clamped + UTC_OFFSET_MS) // DAY_MS * 86_400, UTC)
        table = self._table(local.year)
        slot, rest = divmod(clamped - table.start_ms, SLOT_MS)
        return Instant(table=table, slot=slot, x=rest / SLOT_MS)

    def _table(self, year: int) -> YearTable:
        table = self._tables.get(year)
        if table is not None:
            self._tables.move_to_end(year)
            return table
        if year not in self._before:
            self._table(year - 1)
        table = build_year(self.truth, self.seed, year, self._before[year])
        self._before[year + 1] = {key: float(sums[-1]) for key, sums in table.sums.items()}
        self._tables[year] = table
        while len(self._tables) > _TABLES_KEPT:
            self._tables.popitem(last=False)
        return table
