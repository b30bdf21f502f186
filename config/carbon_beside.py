"""Rows for carbon beside each other and the ledger: new, there already, a correction, or twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from config.carbon_tables import CarbonRules, Read
from config.codes import error
from domain.carbon_book import Declaration
from domain.carbon_entries import (
    AluminiumLot,
    BaseYear,
    BaseYearReason,
    Certificates,
    EmissionFactor,
    Explained,
    FuelUse,
    GreenContract,
    Invoice,
)
from domain.certificate_ids import id_range
from domain.findings import Finding
from domain.plain_ids import plain_id

_WORDS: Mapping[type, str] = {EmissionFactor: "factor", GreenContract: "contract", AluminiumLot: "lot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """A row that the ledger has."""

    read: Read
    entry: int
    corrected_by: int | None = None
    """A later entry of the same id, which counts: the row is not written back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Rows beside what the ledger says already."""

    new: tuple[Read, ...]
    """To be recorded, corrections included."""
    corrects: Mapping[int, int]
    """Line of a new row -> the entry of the same id that counts no more."""
    already: tuple[There, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What a row or an entry takes for itself: of two that overlap, one is too many."""

    rooms: tuple[Hashable, ...]
    first: int
    end: int
    """Not included."""
    read: Read | None
    entry: int
    others: tuple[Hashable, ...] = ()
    """Rooms in which it can meet another one; none: `rooms`."""


def place_rows(read: Sequence[Read], recorded: Mapping[int, Declaration], rules: CarbonRules) -> Placed:
    """Return what is new; `recorded` has the standing entries of the kind by number."""
    newest = {id_of(body): number for number, body in recorded.items() if id_of(body) is not None}
    there = {without_place(body): number for number, body in recorded.items()}
    already, fresh = [], []
    for each in read:
        entry = there.get(without_place(each.body))
        if entry is None:
            fresh.append(each)
        else:
            last = newest.get(id_of(each.body), entry)
            already.append(There(read=each, entry=entry, corrected_by=last if last != entry else None))
    bad = _twice(fresh, rules) | _clashes(fresh, recorded, rules) | _written_otherwise(fresh, newest)
    for each in fresh:
        fault = _against(each, recorded, newest)
        if fault is not None:
            bad.setdefault(each.order, fault)
    new = tuple(each for each in fresh if each.order not in bad)
    return Placed(
        new=new,
        corrects={each.order: newest[id_of(each.body)] for each in new if id_of(each.body) in newest},
        already=tuple(already),
        findings=tuple(bad[order] for order in sorted(bad)),
    )


def without_place(body: Declaration) -> Declaration:
    """Return a body without where it was read: what makes two rows the same."""
    if isinstance(body, EmissionFactor | BaseYear | Explained):
        return body
    return replace(body, source="")


def placed_at(body: Declaration, place: str) -> Declaration:
    """Return a body that says where it was read; a factor names its own source, not ours."""
    if isinstance(body, EmissionFactor | BaseYear | Explained):
        return body
    return replace(body, source=place)


def id_of(body: Declaration) -> Hashable:
    """Return what the later of two entries corrects the earlier one by; None where both count."""
    if isinstance(body, EmissionFactor | GreenContract | AluminiumLot):
        return body.id
    return (body.carrier, body.since, body.against) if isinstance(body, Explained) else None


def _twice(fresh: Sequence[Read], rules: CarbonRules) -> dict[int, Finding]:
    """Return order -> finding for rows of one file about the same thing: nothing says which is right."""
    groups: defaultdict[Hashable, list[Read]] = defaultdict(list)
    for each in fresh:
        key = _plain(id_of(each.body))
        if key is not None or isinstance(each.body, BaseYear):
            groups[each.body if key is None else key].append(each)
    found = {}
    for rows in groups.values():
        for each in rows:
            other = next((row for row in rows if row is not each), None)
            if other is not None:
                problem = f"{_named(each.body, rules)} is in {other.place} too"
                found[each.order] = error("entry.twice", each.place, problem, "keep the row that is right")
    return found


def _plain(key: Hashable) -> Hashable:
    """Return an id as it is compared."""
    return plain_id(key) if isinstance(key, str) else key


def _written_otherwise(fresh: Sequence[Read], newest: Mapping[Hashable, int]) -> dict[int, Finding]:
    """Return order -> finding for rows with the id of an entry in another writing."""
    there = {plain_id(known): known for known in newest if isinstance(known, str)}
    found = {}
    for each in fresh:
        own = id_of(each.body)
        other = there.get(plain_id(own)) if isinstance(own, str) else None
        if other is not None and own not in newest:
            problem = f"{own!r} differs from {other!r} of entry {newest[other]} in case, width or spaces only"
            remedy = f"write {other!r} to correct that entry, or take an id that is another one"
            found[each.order] = error("entry.other_writing", each.place, problem, remedy)
    return found


def _against(
    each: Read, recorded: Mapping[int, Declaration], newest: Mapping[Hashable, int]
) -> Finding | None:
    """Return why a row cannot stand beside an entry."""
    body = each.body
    if isinstance(body, EmissionFactor) and body.id in newest:
        other = recorded[newest[body.id]]
        if isinstance(other, EmissionFactor) and other.use != body.use:
            problem = f"{body.id!r} is {other.use} in entry {newest[body.id]}, not {body.use}"
            remedy = "an id names one factor for ever: take another id"
            return error("factor.other_use", each.place, problem, remedy)
    if isinstance(body, BaseYear) and body.reason is BaseYearReason.FIRST:
        firsts = [number for number, other in recorded.items() if isinstance(other, BaseYear)]
        if firsts:
            problem = f"entry {firsts[-1]} has a base year already; this one is a recalculation"
            remedy = "say why: reason structural, method, factor or error, and what"
            return error("base_year.first_twice", each.place, problem, remedy)
    return None


def _clashes(
    fresh: Sequence[Read], recorded: Mapping[int, Declaration], rules: CarbonRules
) -> dict[int, Finding]:
    """Return order -> finding for rows that claim what another row or an entry has. Both rows are named."""
    claims = [claim for each in fresh if (claim := _claim(each.body, each, 0)) is not None]
    claims += [claim for no, body in recorded.items() if (claim := _claim(body, None, no)) is not None]
    claims.sort(
        key=lambda claim: (claim.first, claim.end, claim.entry, claim.read.order if claim.read else 0)
    )
    longest: dict[Hashable, _Claim] = {}
    found: dict[int, Finding] = {}
    for claim in claims:
        for other in (longest.get(room) for room in claim.others or claim.rooms):
            if other is None or other.end <= claim.first:
                continue
            for one, two in ((claim, other), (other, claim)):
                if one.read is not None:
                    found.setdefault(one.read.order, _clash(one.read, two, rules))
        for room in claim.rooms:
            if room not in longest or claim.end > longest[room].end:
                longest[room] = claim
    return found


def _claim(body: Declaration, read: Read | None, entry: int) -> _Claim | None:
    """Return what an invoice, a use of fuel or certificates take for themselves; None for what has an id."""
    if isinstance(body, FuelUse):
        return _fuel_claim(body, read, entry)
    if isinstance(body, Invoice):
        rooms = ((body.carrier, plain_id(body.number)),)
        return _Claim(rooms=rooms, first=body.since, end=body.until, read=read, entry=entry)
    if isinstance(body, Certificates) and (ids := id_range(body.first, body.last)) is not None:
        return _Claim(rooms=(ids.prefix,), first=ids.first, end=ids.last + 1, read=read, entry=entry)
    return None


def _fuel_claim(body: FuelUse, read: Read | None, entry: int) -> _Claim:
    """Return what a use of fuel takes: of one document all of its time where it does not say what for.

    Two that say so differently stand beside each other, unless span and quantity are equal too.
    """
    document, what = (body.fuel, plain_id(body.document)), plain_id(body.what)
    same = (*document, body.since, body.until, body.mass_t)
    return _Claim(
        rooms=((*document, what), document, same),
        others=((*document, what), (*document, ""), same) if what else (document, same),
        first=body.since,
        end=body.until,
        read=read,
        entry=entry,
    )


def _clash(read: Read, other: _Claim, rules: CarbonRules) -> Finding:
    kind = {FuelUse: "fuel", Invoice: "invoice"}.get(type(read.body), "certificate")
    where = f"entry {other.entry} of the ledger" if other.read is None else other.read.place
    problem = f"{_named(read.body, rules)} overlaps {where}"
    remedy = "count each once: take the row out, or correct it"
    if kind == "fuel":
        remedy += "; of equal amounts for two purposes enter the sum"
    if other.read is None:
        remedy += f"; if the entry is wrong: energy-agent event void {other.entry} --why ..."
    return error(f"{kind}.twice", read.place, problem, remedy)


def _named(body: Declaration, rules: CarbonRules) -> str:
    """Return what a row is about."""
    if isinstance(body, EmissionFactor | GreenContract | AluminiumLot):
        return f"{_WORDS[type(body)]} {body.id!r}"
    if isinstance(body, Certificates):
        return f"{body.first} to {body.last}"
    if isinstance(body, BaseYear):
        return f"base year {body.year}"
    span = f"{rules.local(body.since)} to {rules.local(body.until)}"
    if isinstance(body, Explained):
        return f"{body.carrier.value} against {body.against}, {span}"
    if isinstance(body, Invoice):
        return f"invoice {body.number!r} of {body.carrier.value}, {span},"
    return f"{body.fuel} of {body.document!r}, {span},"
