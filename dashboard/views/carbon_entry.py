"""An entry of the carbon ledger in words: what it is, its fields one by one."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from enum import Enum

from dashboard.numbers import NBSP, Quantity
from dashboard.page import Asked
from dashboard.views.carbon_figures import unit_text, value_text
from domain.carbon_book import Declaration
from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    Certificates,
    EmissionFactor,
    FuelUse,
    GreenContract,
    Invoice,
)

_INSTANTS = ("since", "until", "at")


def entry_kind(kind: str, asked: Asked) -> str:
    """Return what a kind of entry is called."""
    words = asked.words
    return {
        "emission_factor": words("emission factor"),
        "fuel_use": words("fuel"),
        "invoice": words("invoice"),
        "certificates": words("green certificates"),
        "green_contract": words("green power contract"),
        "aluminium_lot": words("aluminium lot"),
        "base_year": words("base year"),
        "explained": words("reason of a difference"),
    }.get(kind, kind)


def entry_text(body: Declaration, asked: Asked) -> str:
    """Return an entry in one line."""
    numbers = asked.numbers
    if isinstance(body, EmissionFactor):
        return f"{body.id} = {value_text(body.value, body.unit)} ({body.source})"
    if isinstance(body, FuelUse):
        stated = f"{numbers.number(body.stated, 1)}{NBSP}{body.stated_unit}"
        return _joined(fuel_name(body.fuel, asked), stated, body.what, body.document)
    if isinstance(body, Invoice):
        amount = f"{numbers.number(body.quantity, 0)}{NBSP}{unit_text(body.unit)}"
        return _joined(amount, body.supplier, body.number)
    if isinstance(body, Certificates):
        return _joined(f"{body.first} – {body.last}", body.technology, body.document)
    if isinstance(body, GreenContract):
        return _joined(body.id, numbers.quantity(body.kwh, Quantity.ENERGY), body.supplier, body.document)
    if isinstance(body, AluminiumLot):
        return _joined(
            body.id, numbers.quantity(body.mass_t, Quantity.OUTPUT_T), body.supplier, body.document
        )
    if isinstance(body, BaseYear):
        return _joined(str(body.year), body.what, body.document)
    return _joined(numbers.day(body.since)[:7], body.reason)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def fuel_name(fuel: str, asked: Asked) -> str:
    """Return what a fuel is called."""
    words = asked.words
    return {"diesel": words("Diesel"), "gasoline": words("Petrol"), "lpg": words("LPG")}.get(fuel, fuel)


def entry_fields(body: Declaration, asked: Asked) -> tuple[tuple[str, str], ...]:
    """Return every field of an entry that says something, by its name in the tables for import."""
    found = []
    for each in fields(body):
        value = getattr(body, each.name)
        if value is None or value == "":
            continue
        found.append((each.name, _field_text(each.name, value, asked)))
    return tuple(found)


def _field_text(name: str, value: object, asked: Asked) -> str:
    words = asked.words
    if isinstance(value, bool):
        return words("yes") if value else words("no")
    if name in _INSTANTS and isinstance(value, int):
        return asked.numbers.instant(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
