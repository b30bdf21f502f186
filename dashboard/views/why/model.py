"""A figure taken apart, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.proof import Proof
from dashboard.said import Sentence
from dashboard.views.figure import Figure
from dashboard.views.ledger import Row as LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One part of a figure."""

    name: str
    value: Figure
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A factor or a choice of the method."""

    name: str
    value: str
    source: str
    is_verified: bool | None = None
    """None: there is nothing to verify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A point that a figure rests on."""

    name: str
    point: str
    href: str
    role: str
    amount: str
    share: str
    doubt: str
    """Why its amount may be too small; empty without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A row of figures that add up, or a span inside the span."""

    cells: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A table of them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The whole page."""

    heading: str
    span: str
    value: str
    """As every page shows it."""
    formula: tuple[str, ...]
    """In words, with the numbers put in."""
    facts: tuple[Fact, ...] = ()
    proof: Proof | None = None
    grades: tuple[Fact, ...] = ()
    doubts: tuple[Sentence, ...] = ()
    meters: tuple[Meter, ...] = ()
    parts: tuple[Parts, ...] = ()
    choices: tuple[Choice, ...] = ()
    entries: tuple[LedgerRow, ...] = ()
    links: tuple[Figure, ...] = ()
    """Where to go on; the tables for spreadsheets too."""

    @property
    def is_paired(self) -> bool:
        """Say whether the method stands beside a narrow table."""
        return sum(len(part.columns) < 5 for part in self.parts) % 2 == 1
