"""How the carbon book travels: its bodies as the ledger writes them, for a union of bodies has no tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from domain.carbon_book import Booked, Calibrated, CarbonBook, Closing, Declaration
from domain.findings import Finding
from domain.seals import Seal
from storage.ledger_rows import decode_body, encode_body


@dataclass(frozen=True, slots=True, kw_only=True)
class WireBooked:
    """A `Booked` with its body as text."""

    number: int
    at: int
    who: str
    why: str
    kind: str
    stored_kind: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WireBook:
    """A `CarbonBook` that can be told from its bytes."""

    booked: tuple[WireBooked, ...]
    closings: tuple[Closing, ...]
    seals: tuple[Seal, ...]
    findings: tuple[Finding, ...]
    calibrations: tuple[Calibrated, ...]


def to_wire(book: CarbonBook) -> WireBook:
    """Return a book as it travels."""
    return WireBook(
        booked=tuple(_written(each) for each in book.booked),
        closings=book.closings,
        seals=book.seals,
        findings=book.findings,
        calibrations=book.calibrations,
    )


def from_wire(book: WireBook) -> CarbonBook:
    """Return a book that has arrived; StoreError for a body of another version."""
    return CarbonBook(
        booked=tuple(_read(each) for each in book.booked),
        closings=book.closings,
        seals=book.seals,
        findings=book.findings,
        calibrations=book.calibrations,
    )


def _written(each: Booked) -> WireBooked:
    kind, text = encode_body(each.body)
    return WireBooked(
        number=each.number,
        at=each.at,
        who=each.who,
        why=each.why,
        kind=each.kind,
        stored_kind=kind,
        body=text,
    )


def _read(each: WireBooked) -> Booked:
    body = cast(Declaration, decode_body(each.stored_kind, each.body, f"entry {each.number}"))
    return Booked(number=each.number, at=each.at, who=each.who, why=each.why, kind=each.kind, body=body)
