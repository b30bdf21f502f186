"""The newest rows of the ledger: what people declared and decided, with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.page import Asked, BadRequest
from dashboard.pages import PageSpec
from dashboard.said import thing
from dashboard.source import Source
from domain.declared import EntryPicture

_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry."""

    number: int
    at: str
    who: str
    kind: str
    about: str
    text: str
    why: str
    is_voided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """The page."""

    rows: tuple[Row, ...]
    kinds: tuple[tuple[str, str, bool], ...]
    """(code, name, is chosen) of what may be chosen; the first is all."""
    most: int


def build(source: Source, asked: Asked) -> LedgerView:
    """Return the newest rows, of one kind where the address asks for one."""
    entries = source.entries(limit=_MOST)
    names = kind_names(asked)
    chosen = asked.query.get("kind", "")
    if chosen and chosen not in names:
        raise BadRequest("kind", f"{chosen!r} is no kind of entry", f"one of {', '.join(names)}")
    there = [kind for kind in names if kind == chosen or any(entry.kind == kind for entry in entries)]
    return LedgerView(
        rows=tuple(row_of(entry, asked) for entry in entries if chosen in ("", entry.kind)),
        kinds=(
            ("", asked.words("all"), not chosen),
            *((kind, names[kind], kind == chosen) for kind in there),
        ),
        most=_MOST,
    )


def row_of(entry: EntryPicture, asked: Asked) -> Row:
    """Return an entry as it is written."""
    return Row(
        number=entry.number,
        at=asked.numbers.instant(entry.at),
        who=entry.who,
        kind=kind_names(asked).get(entry.kind, entry.kind),
        about=thing(entry.subject, asked),
        text=entry.text,
        why=entry.why,
        is_voided=entry.is_voided,
    )


def kind_names(asked: Asked) -> dict[str, str]:
    """Return what each kind of entry is called."""
    words = asked.words
    return {
        "production": words("production"),
        "plan": words("planned production"),
        "exchange": words("meter exchange"),
        "reset": words("counter set to another index"),
        "calibration": words("calibration"),
        "static_factor": words("static factor"),
        "gas_quality": words("gas quality"),
        "calendar": words("calendar"),
        "baseline": words("baseline fitted"),
        "baseline_approved": words("baseline approved"),
        "alert": words("alert"),
        "voided": words("voids an entry"),
        "emission_factor": words("emission factor"),
        "fuel_use": words("fuel"),
        "invoice": words("invoice"),
        "certificates": words("green certificates"),
        "green_contract": words("green power contract"),
        "aluminium_lot": words("aluminium lot"),
        "base_year": words("base year"),
        "explained": words("reason of a difference"),
        "closed": words("period closed"),
        "restated": words("period restated"),
    }


PAGE = PageSpec(name="ledger", path="/ledger", title="Ledger", template="ledger.html", view=build)
