"""Bodies of the ledger as canonical JSON under a versioned kind, and back.

A body that was written by an older agent may lack fields that have a default by now; one with a field that
this agent does not know, or of a kind it does not know, is refused: it must not count in part.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    Certificates,
    Closed,
    EmissionFactor,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
    Restated,
)
from domain.errors import StoreError, StoreRejected
from domain.ledger import (
    AlertEntry,
    BaselineApproved,
    BaselineFitted,
    Body,
    CalendarChange,
    GasQuality,
    MeterEvent,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)

KINDS: dict[str, type[Body]] = {
    "production.1": Production,
    "plan.1": ProductionPlan,
    "meter_event.1": MeterEvent,
    "static_factor.1": StaticFactor,
    "gas_quality.1": GasQuality,
    "calendar.1": CalendarChange,
    "baseline.1": BaselineFitted,
    "baseline_approved.1": BaselineApproved,
    "alert.1": AlertEntry,
    "voided.1": Voided,
    "emission_factor.1": EmissionFactor,
    "fuel_use.1": FuelUse,
    "invoice.1": Invoice,
    "certificates.1": Certificates,
    "green_contract.1": GreenContract,
    "aluminium_lot.1": AluminiumLot,
    "base_year.1": BaseYear,
    "explained.1": Explained,
    "closed.1": Closed,
    "restated.1": Restated,
}
"""Kind as stored -> body. Another meaning of a kind's fields is another version of it."""

_KIND_OF = {body: kind for kind, body in KINDS.items()}
_MAY_BE_UNKNOWN = (BaselineFitted, AlertEntry)
"""Bodies that we compute: a figure in them may be NaN. What people state is finite."""
_SPANS = (
    Production,
    ProductionPlan,
    GasQuality,
    FuelUse,
    Invoice,
    Certificates,
    GreenContract,
    Explained,
    Closed,
    Restated,
)
"""Bodies about a span that is never empty."""
_FLOAT = "$float"
"""JSON has no NaN and no infinity: {"$float": "nan"}."""
_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODERS = {kind: msgspec.json.Decoder(body) for kind, body in KINDS.items()}


def kind_name(body: Body) -> str:
    """Return the kind of a body as people name it, without its version: `production`."""
    return _KIND_OF[type(body)].partition(".")[0]


def encode_body(body: Body) -> tuple[str, str]:
    """Return (kind, canonical JSON): equal bodies give equal text. StoreRejected for what has no JSON."""
    kind = _KIND_OF[type(body)]
    try:
        plain = msgspec.to_builtins(body)
        if _is_finite(plain):
            return kind, _ENCODER.encode(body).decode()
        if isinstance(body, _MAY_BE_UNKNOWN):
            return kind, _ENCODER.encode(_packed(plain)).decode()
    except (UnicodeError, OverflowError, TypeError) as error:
        raise StoreRejected(kind, f"cannot be written as JSON: {error}", "correct the entry") from error
    raise StoreRejected(kind, "has a number that is not finite", "give the figure, or leave the entry out")


def decode_body(kind: str, text: str, subject: str) -> Body:
    """Return the body of a stored row; StoreError names `subject` when it is damaged or too new."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise StoreError(
            subject,
            f"is of a kind this agent does not know: {kind[:60]!r}",
            "it was written by a newer agent: upgrade this one",
        )
    try:
        if f'"{_FLOAT}"' in text:
            body = msgspec.convert(_unpacked(msgspec.json.decode(text)), KINDS[kind])
        else:
            body = decoder.decode(text)
        again = encode_body(body)[1]
        if again != text and not _is_within(msgspec.json.decode(text), msgspec.json.decode(again)):
            hint = "a newer agent wrote it (upgrade this one), or it is damaged (take the file from a backup)"
            raise StoreError(subject, f"has fields that {kind!r} has not here", hint)
    except (msgspec.MsgspecError, StoreRejected, UnicodeError, RecursionError) as error:
        hint = "the row is damaged: take the file from a backup"
        raise StoreError(subject, f"is no {kind!r}: {error}", hint) from error
    return body


def span_fault(body: Body) -> str | None:
    """Return what is wrong with the span of what people state; None when nothing is."""
    is_empty = isinstance(body, _SPANS) and body.since >= body.until
    if isinstance(body, StaticFactor):
        is_empty = body.until is not None and body.since >= body.until
    return "its until is not after its since" if is_empty else None


def _is_finite(plain: object) -> bool:
    """Say whether all numbers in a plain value are finite."""
    if isinstance(plain, float):
        return math.isfinite(plain)
    if isinstance(plain, dict):
        return all(map(_is_finite, plain.values()))
    return all(map(_is_finite, plain)) if isinstance(plain, list | tuple) else True


def _packed(plain: Any) -> Any:
    """Return a plain value with {"$float": ...} for what JSON has no number for."""
    if isinstance(plain, float) and not math.isfinite(plain):
        return {_FLOAT: repr(plain)}
    if isinstance(plain, dict):
        return {name: _packed(value) for name, value in plain.items()}
    return [_packed(value) for value in plain] if isinstance(plain, list | tuple) else plain


def _unpacked(plain: Any) -> Any:
    """Undo `_packed`."""
    if isinstance(plain, dict):
        if plain.keys() == {_FLOAT} and plain[_FLOAT] in ("nan", "inf", "-inf"):
            return float(plain[_FLOAT])
        return {name: _unpacked(value) for name, value in plain.items()}
    return [_unpacked(value) for value in plain] if isinstance(plain, list) else plain


def _is_within(stored: Any, again: Any) -> bool:
    """Say whether all that is stored came back; what came back may have more fields, by default."""
    if isinstance(stored, dict) and isinstance(again, dict):
        return all(name in again and _is_within(value, again[name]) for name, value in stored.items())
    if isinstance(stored, list) and isinstance(again, list):
        # A set has no order: written by hand it may come in any.
        same = len(stored) == len(again)
        return same and (all(map(_is_within, stored, again)) or _as_set(stored) == _as_set(again))
    return bool(stored == again)


def _as_set(values: list[Any]) -> list[bytes]:
    return sorted(_ENCODER.encode(value) for value in values)
