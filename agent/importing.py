"""Import of tables of output: look first, write only what is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import fsum
from pathlib import Path
from typing import Any

from agent.events import body_of
from agent.ledger import Desk, standing
from config.production_file import Parsed, parse_production
from config.production_rules import Rules, Sorted, Stated, rules_of, sort_out
from config.toml_file import read_regular
from domain.errors import EnergyAgentError
from domain.findings import Finding
from domain.ledger import Body, Production, ProductionPlan

LARGEST = 64 * 1024 * 1024
"""Longest table that is read, bytes; 100,000 rows have about 5 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What importing a file would do."""

    name: str
    parsed: Parsed
    found: Sorted
    rules: Rules

    @property
    def findings(self) -> Sequence[Finding]:
        """Return every fault, in the order of lines."""
        return sorted((*self.parsed.findings, *self.found.findings), key=lambda fault: line_of(fault.key))

    @property
    def bad_rows(self) -> int:
        """Return how many rows have a fault."""
        return len({fault.key for fault in self.findings}) if self.parsed.rows else 0

    @property
    def rows(self) -> int:
        """Return how many rows the file has."""
        return self.parsed.rows

    @property
    def new(self) -> int:
        """Return how many rows would be recorded."""
        return len(self.found.new)

    def bodies(self) -> list[Body]:
        """Return what would be recorded."""
        return [body_of(each, is_plan=self.rules.is_plan, source=each.place) for each in self.found.new]

    def in_words(self) -> list[str]:
        """Return what was found, line by line."""
        return _in_words(self)

    def for_script(self, *, written: Sequence[int]) -> dict[str, Any]:
        """Return what was found and done, as JSON has it."""
        return _for_script(self, written=written)


def read_table(path: Path) -> bytes:
    """Return the bytes of a file; EnergyAgentError when there is none to read."""
    try:
        return read_regular(path, LARGEST)[0]
    except OSError as error:
        hint = "give a table as CSV, as a spreadsheet exports it"
        raise EnergyAgentError(str(path), f"cannot be read: {error.strerror}", hint) from error


def look(
    desk: Desk,
    content: bytes,
    name: str,
    *,
    is_plan: bool,
    process: str | None,
    advance: Callable[[int, int], None],
) -> Look:
    """Return what importing the content would do now."""
    rules = rules_of(desk.loaded.plant, desk.calendar, now=desk.now, is_plan=is_plan)
    parsed = parse_production(content, name, rules, process=process, advance=advance)
    kind = ProductionPlan if is_plan else Production
    recorded = {number: e.body for number, e in standing(desk.entries).items() if isinstance(e.body, kind)}
    found = sort_out(parsed.stated, recorded, rules)
    return Look(name=name, parsed=parsed, found=found, rules=rules)


def _in_words(seen: Look) -> list[str]:
    """Return what was found, line by line."""
    parsed, rules = seen.parsed, seen.rules
    lines = []
    if parsed.encoding:
        rows = f"{parsed.rows:,} {'row' if parsed.rows == 1 else 'rows'}"
        lines.append(f"{seen.name}: {rows} ({parsed.encoding}, {parsed.separator})")
    table = [
        (process, f"{len(rows):,}", f"{_total(rows):,.10g} {rows[0].unit}", rules.span(*_span(rows)))
        for process, rows in _by_process(seen.found.new).items()
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for process, count, total, span in table:
        lines.append(f"  {process:{widths[0]}}  {count:>{widths[1]}} new  {total:>{widths[2]}}  {span}")
    if seen.found.already:
        numbers = [number for _, number in seen.found.already]
        entries = f"entries {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"entry {numbers[0]}"
        lines.append(f"  {len(numbers):,} already there ({entries}), left out")
    lines += [str(fault) for fault in seen.findings]
    return lines


def _for_script(seen: Look, *, written: Sequence[int]) -> dict[str, Any]:
    """Return what was found and done, as JSON has it."""
    return {
        "file": seen.name,
        "encoding": seen.parsed.encoding,
        "separator": seen.parsed.separator,
        "rows": seen.parsed.rows,
        "new": len(seen.found.new),
        "already": [{"place": each.place, "entry": number} for each, number in seen.found.already],
        "bad": seen.bad_rows,
        "processes": [
            {
                "process": process,
                "rows": len(rows),
                "quantity": _total(rows),
                "unit": rows[0].unit,
                "since": _span(rows)[0],
                "until": _span(rows)[1],
            }
            for process, rows in _by_process(seen.found.new).items()
        ],
        "findings": [asdict(fault) for fault in seen.findings],
        "written": {"first": written[0], "last": written[-1]} if written else None,
    }


def _by_process(stated: Sequence[Stated]) -> dict[str, list[Stated]]:
    found: defaultdict[str, list[Stated]] = defaultdict(list)
    for each in stated:
        found[each.process].append(each)
    return dict(sorted(found.items()))


def _total(rows: Sequence[Stated]) -> float:
    return fsum(row.quantity for row in rows)


def _span(rows: Sequence[Stated]) -> tuple[int, int]:
    return min(row.since for row in rows), max(row.until for row in rows)


def line_of(key: str) -> int:
    """Return the line in the key of a finding, `march.csv:7`; 0 where it has none."""
    line = key.rpartition(":")[2]
    return int(line) if line.isascii() and line.isdigit() else 0
