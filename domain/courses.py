"""What charts show: courses over time and rows of a model. Tuples of one length; None where not known."""

from __future__ import annotations

from dataclasses import dataclass

from domain.plant import Carrier
from domain.windows import Grade

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Mean rates in steps [at, at + step)."""

    name: str
    """gas, gas_expected, electricity, pv, heat; or a point's id."""
    unit: str
    """Nm3/h or kW."""
    values: Values
    is_whole: tuple[bool, ...] = ()
    """False where some of the meters, or some of the time, is missing: a value that is too small. Empty: all
    are whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How the plant's carriers went over [since, until)."""

    since: int
    until: int
    step_ms: int
    at: tuple[int, ...]
    """Begin of each step; the last one may be cut by `until` or by now."""
    gas: Course
    gas_expected: Course | None
    """Model expectation of the processes with a baseline plus what all other gas meters showed, so that it
    compares with `gas`; None without a baseline."""
    electricity: Course
    """All that the plant used: import + PV - export."""
    pv: Course
    heat: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Cusum:
    """Gas against the baseline, added up row by row (ISO 50006), Nm3."""

    process: str
    interval: str
    """day, week or month."""
    baseline: str
    """Id."""
    since: tuple[int, ...]
    """Begin of each row; rows without a figure are left out of none: their sum is None."""
    until: tuple[int, ...]
    excess: Values
    """Actual - expected of the row."""
    total: Values
    """Sum of `excess` up to and with the row, from the first row on; unknown rows add nothing."""
    alert: str | None
    """Id of the drift that is open, None without."""
    onset: int | None
    """Its begin."""
    shift: float | None
    """Its size, a share of the expected gas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPoint:
    """One row of a baseline model: a day, week or month."""

    since: int
    until: int
    output: float | None
    gas_nm3: float | None
    expected_nm3: float | None
    """With all variables of the baseline and its adjustments."""
    is_operating: bool
    is_in_baseline: bool
    """Lies in the baseline's own period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRowsPicture:
    """All rows of one process with the line that the baseline draws through them."""

    process: str
    interval: str
    output_unit: str
    baseline: str | None
    """Id; None without an approved one: rows have no expectation then."""
    constant: float | None
    """Gas of a row without output, other variables at their means."""
    slope: float | None
    """Nm3 per output unit."""
    r_squared: float | None
    rows: tuple[ModelPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCompleteness:
    """How much of a day one device was observed."""

    day: str
    """2026-03-01."""
    since: int
    until: int
    coverage: float | None
    """0 to 1 of the time that has passed; None: nothing is kept of it."""
    grade: Grade | None
    """The worst."""
    flags: int
    """`domain.windows.Flag`, all of its windows together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """One device over days."""

    device: str
    days: tuple[DayCompleteness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPicture:
    """One window of a point, for drill-down."""

    since: int
    until: int
    amount: float | None
    """Canonical unit; of a gas meter as read. A mean for what is no counter."""
    amount_nm3: float | None
    """Gas at 0 C, 101.325 kPa; None for everything else."""
    grade: Grade
    coverage: float
    flags: int
    versions: int
    """How often it was said, this one included; 0 while it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What a counter showed in a span: the sum of its windows that begin there."""

    point: str
    amount: float | None
    """None where no window has an amount, and of what is no counter."""
    unit: str
    """Nm3 of a gas meter; canonical unit of everything else."""
    windows: int
    missing: int
    """Of the windows, those without an amount."""
    is_pending: bool = False
    """The agent has just started: its windows are not computed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsPicture:
    """Raw readings of a point in [since, until), oldest first."""

    point: str
    unit: str
    at: tuple[int, ...]
    value: Values
    quality: tuple[str, ...]
    """`Quality` codes."""
    is_cut: bool
    """There are more than were asked for: these are the first."""
    words: tuple[str, ...] = ()
    """Register words as they came, four hexadecimal digits each; "" without. An empty tuple: none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointNow:
    """Newest reading of a point and what is known of its device."""

    point: str
    unit: str
    carrier: Carrier | None
    value: float | None
    at: int | None
    quality: str
