"""Import and typed entry of what people declare for the carbon inventory: look first, then write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from agent.closed_periods import closed_in_words, closed_under
from agent.importing import line_of
from agent.ledger import Desk, standing
from agent.ledger_text import summary
from config.carbon_beside import Placed, place_rows, placed_at
from config.carbon_tables import KINDS, CarbonRules, Fault, ParsedCarbon, Read, parse_table, typed_row
from domain.carbon_book import Declaration
from domain.carbon_entries import EmissionFactor
from domain.declared import Refused
from domain.findings import Finding
from domain.ledger import Body
from storage.ledger_rows import kind_name

_MOST_LINES = 12
"""Of new rows that a dry run shows one by one; corrections are all shown."""
_FIELD_OF_CODE = {
    "entry.twice": "id",
    "entry.other_writing": "id",
    "factor.other_use": "use",
    "fuel.twice": "document",
    "invoice.twice": "number",
    "certificate.twice": "first",
    "base_year.first_twice": "reason",
}
"""Code of a row that cannot stand beside an entry -> the field that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonLook:
    """What importing a file would do."""

    name: str
    kind: str
    parsed: ParsedCarbon
    placed: Placed
    desk: Desk

    @property
    def findings(self) -> Sequence[Finding]:
        """Return every fault, in the order of lines."""
        return sorted((*self.parsed.findings, *self.placed.findings), key=lambda fault: line_of(fault.key))

    @property
    def rows(self) -> int:
        """Return how many rows the file has."""
        return self.parsed.rows

    @property
    def new(self) -> int:
        """Return how many rows would be recorded."""
        return len(self.placed.new)

    @property
    def bad_rows(self) -> int:
        """Return how many rows have a fault."""
        return len({fault.key for fault in self.findings}) if self.parsed.rows else 0

    @property
    def closed(self) -> tuple[str, ...]:
        """Return the closed periods that new rows, or what they correct, are about."""
        bodies = (each.body for each in self.placed.new)
        return closed_under(bodies, self.desk, gone=self.placed.corrects.values())

    def bodies(self) -> list[Body]:
        """Return what would be recorded."""
        return [placed_at(each.body, each.place) for each in self.placed.new]

    def in_words(self) -> list[str]:
        """Return what was found, line by line."""
        lines = []
        if self.parsed.encoding:
            rows = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
            lines.append(f"{self.name}: {rows} ({self.parsed.encoding}, {self.parsed.separator})")
        plain = [each for each in self.placed.new if each.order not in self.placed.corrects]
        lines += [f"  new      {summary(each.body, self.desk)}" for each in plain[:_MOST_LINES]]
        if len(plain) > _MOST_LINES:
            lines.append(f"  ... {len(plain) - _MOST_LINES:,} more new")
        for each in self.placed.new:
            if each.order in self.placed.corrects:
                entry = self.placed.corrects[each.order]
                lines += correction(each.body, entry, self.desk, place=each.place)
        for there in self.placed.already:
            if there.corrected_by is not None:
                by = f"corrected since by entry {there.corrected_by}, which stands"
                lines.append(f"  {there.read.place} is entry {there.entry}, {by}; left out")
        same = [there.entry for there in self.placed.already if there.corrected_by is None]
        if same:
            entries = f"entries {min(same)} to {max(same)}" if len(same) > 1 else f"entry {same[0]}"
            lines.append(f"  {len(same):,} already there ({entries}), left out")
        lines += closed_in_words(self.closed)
        return lines + [str(fault) for fault in self.findings]

    def for_script(self, *, written: Sequence[int]) -> dict[str, Any]:
        """Return what was found and done, as JSON has it."""
        return {
            "file": self.name,
            "kind": self.kind,
            "encoding": self.parsed.encoding,
            "separator": self.parsed.separator,
            "rows": self.rows,
            "new": self.new,
            "corrects": [
                {"place": each.place, "entry": self.placed.corrects[each.order]}
                for each in self.placed.new
                if each.order in self.placed.corrects
            ],
            "already": [
                {"place": there.read.place, "entry": there.entry, "corrected_by": there.corrected_by}
                for there in self.placed.already
            ],
            "closed": self.closed,
            "bad": self.bad_rows,
            "findings": [asdict(fault) for fault in self.findings],
            "written": {"first": written[0], "last": written[-1]} if written else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A row that was typed and is good."""

    body: Declaration
    corrects: int | None
    """The entry of the same id that counts no more."""


def look(
    desk: Desk,
    content: bytes,
    name: str,
    kind: str,
    *,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> CarbonLook:
    """Return what importing the content would do now; `kind` is of `config.carbon_tables.KINDS`."""
    rules = carbon_rules(desk)
    parsed = parse_table(content, name, kind, rules, advance=advance)
    placed = place_rows(parsed.read, recorded(desk, kind), rules)
    return CarbonLook(name=name, kind=kind, parsed=parsed, placed=placed, desk=desk)


def typed(desk: Desk, kind: str, given: Mapping[str, str]) -> tuple[Body, ...]:
    """Return what a filled form says; Refused names the first faulty field."""
    found = typed_or_faults(desk, kind, given)
    if isinstance(found, Typed):
        return (found.body,)
    raise Refused(found[0].field, found[0].problem, found[0].remedy)


def typed_or_faults(desk: Desk, kind: str, given: Mapping[str, str]) -> Typed | tuple[Fault, ...]:
    """Return what one row says beside the ledger, or every fault of it."""
    if kind not in KINDS:
        known = ", ".join(KINDS)
        return (_fault("kind", "entry.header", f"{kind[:40]!r} cannot be declared", f"use one of: {known}"),)
    rules = carbon_rules(desk)
    body = typed_row(kind, given, rules)
    if isinstance(body, tuple):
        return body
    read = Read(place=KINDS[kind].word, order=0, body=body)
    placed = place_rows((read,), recorded(desk, kind), rules)
    if placed.already:
        there = placed.already[0]
        remedy = "nothing is written"
        if there.corrected_by is not None:
            remedy = f"entry {there.corrected_by} corrects it: void that one to go back"
        field = KINDS[kind].columns[0].name
        return (_fault(field, "entry.already", f"entry {there.entry} says so already", remedy),)
    if placed.findings:
        finding = placed.findings[0]
        return (_fault(_FIELD_OF_CODE[finding.code], finding.code, finding.problem, finding.remedy),)
    return Typed(body=body, corrects=placed.corrects.get(0))


def carbon_rules(desk: Desk) -> CarbonRules:
    """Return what declarations are judged by; grids that the plant has named are known."""
    method = desk.loaded.method.carbon
    factors = [entry.body for entry in desk.entries if isinstance(entry.body, EmissionFactor)]
    regions = {method.grid_region, *(factor.region for factor in factors)} - {""}
    return CarbonRules(
        calendar=desk.calendar,
        now=desk.now,
        regions=frozenset(regions),
        threshold=method.base_year_threshold,
    )


def recorded(desk: Desk, kind: str) -> dict[int, Declaration]:
    """Return the standing entries of a kind by number."""
    return {
        number: entry.body
        for number, entry in standing(desk.entries).items()
        if isinstance(entry.body, Declaration) and kind_name(entry.body) == kind
    }


def correction(body: Declaration, entry: int, desk: Desk, *, place: str) -> list[str]:
    """Return what a row at `place` corrects, field by field."""
    before = next(each.body for each in desk.entries if each.number == entry)
    lines = [f"  {place} corrects entry {entry}: {summary(before, desk)}"]
    for field in fields(body):
        if field.name != "source" or isinstance(body, EmissionFactor):
            old, new = getattr(before, field.name), getattr(body, field.name)
            if old != new:
                lines.append(
                    f"    {field.name}: {_shown(old, field.name, desk)} -> {_shown(new, field.name, desk)}"
                )
    return lines


def _shown(value: object, name: str, desk: Desk) -> str:
    """Return a field's value as a person writes it."""
    if isinstance(value, int) and not isinstance(value, bool) and name in ("since", "until", "at"):
        return desk.local(value)
    if isinstance(value, float):
        return f"{value:,.15g}"
    return "empty" if value in (None, "") else str(value)


def _fault(field: str, code: str, problem: str, remedy: str) -> Fault:
    return Fault(field=field, code=code, problem=problem, remedy=remedy)
