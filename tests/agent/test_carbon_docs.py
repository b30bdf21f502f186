"""docs/carbon-entries.md: every column of every table, every code, and examples that can be imported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.carbon_help import csv_example
from config.carbon_codes import CODES
from config.carbon_columns import KINDS, Column, Table, Value
from config.carbon_tables import parse_table
from config.carbon_units import BOUNDS, units_of
from domain.factors import USES
from tests.config.carbon_rows import RULES

TEXT = (Path(__file__).parents[2] / "docs/carbon-entries.md").read_text(encoding="utf-8")


def section(table: Table) -> str:
    """Return what the document says of a table."""
    start = TEXT.index(f"\n## {table.plural}\n")
    return TEXT[start : TEXT.find("\n## ", start + 4)]


def row_of(table: Table, column: Column) -> str:
    """Return the row of a column in the document."""
    is_needed = column.is_needed or (table.has_span and column.name == "date")
    how = column.value.value
    if column.choices and column.choices != tuple(USES):
        how = ", ".join(f"`{each}`" for each in column.choices)
    elif column.value is Value.NUMBER and (column.low or column.high != 1e9):
        how = f"{column.low:,.10g} to {column.high:,.10g}"
    names = ", ".join((*column.en, *column.zh))
    return f"| `{column.name}`{'*' if is_needed else ''} | {how} | {column.help} | {names} |"


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_has_every_column_of_a_table_and_its_example(kind: str) -> None:
    table = KINDS[kind]
    text = section(table)
    rows = re.findall(r"^\| `.*$", text.partition("```")[0], re.MULTILINE)
    assert rows == [row_of(table, each) for each in table.columns]
    assert f"energy-agent import {table.plural}" in text
    assert f"energy-agent enter {table.word}" in text
    assert f"```csv\n{csv_example(table)}```" in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_the_document_can_be_imported(kind: str) -> None:
    examples = re.findall(r"```csv\n(.*?)```", section(KINDS[kind]), re.DOTALL)
    assert examples
    for example in examples:
        found = parse_table(example.encode(), "docs.csv", kind, RULES)
        assert found.findings == ()
        assert found.read


def test_the_document_has_every_use_with_its_units_and_bounds() -> None:
    for use, unit in USES.items():
        others, (low, high) = ", ".join(each for each in units_of(use) if each != unit), BOUNDS[use]
        assert f"| `{use}` | {unit} | {others} | {low:g} to {high:g} |\n" in TEXT


def test_the_document_has_every_code() -> None:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (.*?) \|$", TEXT.partition("## Codes")[2], re.MULTILINE)
    assert rows == list(CODES.items())
