"""What answers are made of: flat rows whose fields know their unit, instants in two forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypedDict, TypeVar

from msgspec import Meta

from domain.periods import PlantCalendar
from domain.results import Estimate, Evidence
from domain.windows import Flag

Row = TypeVar("Row")


def unit(name: str, description: str | None = None) -> Meta:
    """Return the mark of a field: its unit, which the schema and the header of a CSV carry."""
    return Meta(description=description, extra_json_schema={"x-unit": name})


Nm3 = Annotated[float | None, unit("Nm3", "Gas at 0 C, 101.325 kPa.")]
Kwh = Annotated[float | None, unit("kWh")]
Kw = Annotated[float | None, unit("kW")]
Kg = Annotated[float | None, unit("kg", "CO2 equivalent.")]
Tonnes = Annotated[float | None, unit("t", "CO2 equivalent.")]
Hours = Annotated[float, unit("h")]
Share = Annotated[float | None, unit("1", "A share: 0.02 is 2 %.")]
Instant = Annotated[str, Meta(description="ISO 8601, plant time.", extra_json_schema={"format": "date-time"})]
Ms = Annotated[int, unit("ms", "Milliseconds since 1970 UTC.")]


@dataclass(frozen=True, kw_only=True)
class Spanned:
    """A half-open span."""

    since: Instant
    since_ms: Ms
    until: Instant
    until_ms: Ms


class SpanFields(TypedDict):
    """Values of `Spanned`."""

    since: str
    since_ms: int
    until: str
    until_ms: int


@dataclass(frozen=True, kw_only=True)
class Proven:
    """What a figure rests on: shares of its amount by grade, coverage, codes of what is doubtful."""

    measured: Share
    bridged: Share
    estimated: Share
    manual: Share
    restated: Share
    coverage: Share
    is_complete: bool
    is_provisional: bool
    codes: str
    """Parted by spaces."""


class ProofFields(TypedDict):
    """Values of `Proven`."""

    measured: float | None
    bridged: float | None
    estimated: float | None
    manual: float | None
    restated: float | None
    coverage: float | None
    is_complete: bool
    is_provisional: bool
    codes: str


@dataclass(frozen=True, kw_only=True)
class Rows(Generic[Row]):
    """An answer: rows, and how to go on when there are more."""

    rows: tuple[Row, ...]
    is_cut: bool = False
    """There are more rows: `next` is where they are."""
    next: str | None = None


def span_fields(calendar: PlantCalendar, since: int, until: int) -> SpanFields:
    """Return a span as rows have it."""
    return {
        "since": iso(calendar, since),
        "since_ms": since,
        "until": iso(calendar, until),
        "until_ms": until,
    }


def iso(calendar: PlantCalendar, at: int) -> str:
    """Return an instant in plant time with its offset."""
    return calendar.local(at).isoformat(timespec="milliseconds")


def iso_or_none(calendar: PlantCalendar, at: int | None) -> str | None:
    """Return an instant in plant time, None for none."""
    return None if at is None else iso(calendar, at)


def proof_fields(evidence: Evidence) -> ProofFields:
    """Return evidence as rows have it; shares are None where nothing is known."""
    shares = evidence.shares
    return {
        "measured": _share(shares, "measured"),
        "bridged": _share(shares, "bridged"),
        "estimated": _share(shares, "estimated"),
        "manual": _share(shares, "manual"),
        "restated": _share(shares, "restated"),
        "coverage": evidence.coverage,
        "is_complete": evidence.is_complete,
        "is_provisional": evidence.is_provisional,
        "codes": " ".join(evidence.codes),
    }


def _share(shares: Mapping[str, float], grade: str) -> float | None:
    return shares.get(grade, 0.0) if shares else None


def flag_names(flags: int) -> str:
    """Return the names of a window's flags, parted by spaces."""
    return " ".join(str(flag.name).lower() for flag in Flag if flag and flags & flag)


def low(estimate: Estimate | None) -> float | None:
    """Return the lower end of an estimate."""
    return None if estimate is None else estimate.low


def high(estimate: Estimate | None) -> float | None:
    """Return the upper end of an estimate."""
    return None if estimate is None else estimate.high


def middle(estimate: Estimate | None) -> float | None:
    """Return the value of an estimate."""
    return None if estimate is None else estimate.value
