"""What the ledger says for the carbon inventory, as it holds now, each with the number of its entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

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
from domain.ledger import Entry, GasQuality
from domain.plain_ids import plain_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Generic[T]):
    """A body with the number of its entry."""

    number: int
    at: int
    """When it was recorded."""
    body: T


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCarbon:
    """Standing declarations in the order of recording; of one id, however it is written, the later counts."""

    factors: tuple[Numbered[EmissionFactor], ...] = ()
    fuels: tuple[Numbered[FuelUse], ...] = ()
    void_fuels: tuple[Numbered[FuelUse], ...] = ()
    """Those that count no more; closed periods may."""
    invoices: tuple[Numbered[Invoice], ...] = ()
    certificates: tuple[Numbered[Certificates], ...] = ()
    """All of them: what overlaps is judged where they are matched."""
    contracts: tuple[Numbered[GreenContract], ...] = ()
    lots: tuple[Numbered[AluminiumLot], ...] = ()
    base_years: tuple[Numbered[BaseYear], ...] = ()
    """Every one, the last holds."""
    explained: tuple[Numbered[Explained], ...] = ()
    gas_quality: tuple[Numbered[GasQuality], ...] = ()
    """Statements of the supplier, every one."""
    closings: Mapping[str, tuple[Numbered[Closed | Restated], ...]] = field(default_factory=dict)
    """Name of the period -> its closing and restatements; the last stands."""


def declare_carbon(standing: Iterable[Entry], void: Iterable[Entry] = ()) -> DeclaredCarbon:
    """Return what standing entries, in order of number, amount to, beside void ones."""
    entries = list(standing)
    closings: dict[str, list[Numbered[Closed | Restated]]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry.body, Closed | Restated):
            closings[entry.body.period].append(Numbered(number=entry.number, at=entry.at, body=entry.body))
    return DeclaredCarbon(
        factors=_last(entries, EmissionFactor, lambda body: body.id),
        fuels=_all(entries, FuelUse),
        void_fuels=_all(void, FuelUse),
        invoices=_all(entries, Invoice),
        certificates=_all(entries, Certificates),
        contracts=_last(entries, GreenContract, lambda body: plain_id(body.id)),
        lots=_last(entries, AluminiumLot, lambda body: plain_id(body.id)),
        base_years=_all(entries, BaseYear),
        explained=_last(entries, Explained, lambda body: (body.carrier, body.since, body.against)),
        gas_quality=_all(entries, GasQuality),
        closings={period: tuple(of) for period, of in closings.items()},
    )


def _all(entries: Iterable[Entry], kind: type[T]) -> tuple[Numbered[T], ...]:
    return tuple(
        Numbered(number=entry.number, at=entry.at, body=entry.body)
        for entry in entries
        if isinstance(entry.body, kind)
    )


def _last(entries: Iterable[Entry], kind: type[T], key: Callable[[T], Hashable]) -> tuple[Numbered[T], ...]:
    found: dict[Hashable, Numbered[T]] = {}
    for each in _all(entries, kind):
        found.pop(key(each.body), None)
        found[key(each.body)] = each
    return tuple(found.values())
