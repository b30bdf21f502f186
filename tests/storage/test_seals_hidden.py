"""Changes of the store that hide from a look at its rows: what is gone, and what is there twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from domain.errors import StoreError
from domain.periods import DAY_MS
from tests.storage.sealed import DAYS, FIRST, GAS, STEP_MS, Sealed, build

AT = FIRST + 2 * DAY_MS + 5 * STEP_MS
DAY_2 = "2026-02-18"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is sealed; not to be changed."""
    folder = tmp_path_factory.mktemp("hidden")
    assert build(folder).seal() == DAYS + 1
    return folder


@pytest.fixture
def sealed(made: Path, tmp_path: Path) -> Sealed:
    return Sealed(shutil.copytree(made, tmp_path / "copy"))


def test_a_column_without_a_value_is_named_like_any_change(sealed: Sealed) -> None:
    for column in ("quality", "seq", "journal"):
        sealed.tamper(f"ALTER TABLE readings ALTER {column} DROP NOT NULL")
    for day, column in enumerate(("quality", "seq", "journal")):
        at = FIRST + day * DAY_MS
        sealed.tamper(f"UPDATE readings SET {column} = NULL WHERE at_ms = ? AND point = 1", at)
    assert sealed.said() == [
        (f"2026-02-{16 + day}", "reading", GAS, FIRST + day * DAY_MS) for day in range(3)
    ]


def test_a_reading_of_no_point_no_instant_or_no_receipt_is_found(sealed: Sealed) -> None:
    for column in ("point", "at_ms", "received_ms"):
        sealed.tamper(f"ALTER TABLE readings ALTER {column} DROP NOT NULL")
    sealed.tamper("UPDATE readings SET point = NULL WHERE at_ms = ? AND point = 1", AT)
    sealed.tamper("UPDATE readings SET at_ms = NULL WHERE at_ms = ? AND point = 1", AT + DAY_MS)
    sealed.tamper("INSERT INTO readings VALUES (1, ?, 1, 0, NULL, 1, 1, NULL)", AT)
    lost, missing, other, moved = sealed.verify().broken
    assert (lost.day, lost.what, lost.problem) == (
        "",
        "store",
        "readings: rows without an instant of receipt: 1",
    )
    assert (missing.day, missing.subject, missing.problem) == (
        DAY_2,
        "#none",
        "none was sealed, 1 are there",
    )
    assert (other.day, other.subject, other.at) == (DAY_2, GAS, AT)
    assert (moved.day, moved.subject) == ("2026-02-19", GAS)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO points SELECT 1, 'forged', 'name'",
        "INSERT INTO points SELECT 999, device, name FROM points WHERE id = 1",
        "INSERT INTO points VALUES (77, 'a', 'b.c'), (78, 'a.b', 'c')",
        "INSERT INTO journals SELECT min(id), 'forged' FROM journals",
        "INSERT INTO journals SELECT 999, name FROM journals WHERE name = 'j1'",
    ],
)
def test_a_second_name_or_number_is_found_also_before_the_first(sealed: Sealed, statement: str) -> None:
    table = "points" if "INTO points" in statement else "journals"
    for each in (
        f"CREATE TABLE kept AS SELECT * FROM {table}",
        f"CREATE TABLE added AS SELECT * FROM {table} WHERE 0",
        statement.replace(f"INTO {table}", "INTO added", 1),
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM added",
        f"INSERT INTO {table} SELECT * FROM kept",
    ):
        sealed.tamper(each)
    said = [each.problem for each in sealed.verify().broken if each.what == "store"]
    assert len(said) == 1
    assert said[0].startswith(f"{table}: ")
    assert "more than once" in said[0]


@pytest.mark.parametrize("table", ["points", "journals"])
@pytest.mark.parametrize("column", ["id", "name"])
def test_a_name_or_number_that_is_gone_is_found(sealed: Sealed, table: str, column: str) -> None:
    sealed.tamper(f"ALTER TABLE {table} ALTER {column} DROP NOT NULL")
    sealed.tamper(f"UPDATE {table} SET {column} = NULL WHERE id = 1")
    assert any(f"{table}: rows without" in each.problem for each in sealed.verify().broken)


def test_a_missing_journal_or_point_breaks_what_came_in_it(sealed: Sealed) -> None:
    sealed.tamper("DELETE FROM journals WHERE name = 'j1'")
    sealed.tamper("DELETE FROM points WHERE device = 'feeder'")
    assert {each.day for each in sealed.verify().broken} >= {f"2026-02-{13 + 3 + day}" for day in range(DAYS)}


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE readings ALTER quality TYPE INTEGER USING quality + 256",
        "ALTER TABLE readings ALTER at_ms TYPE DOUBLE USING at_ms + 0.25",
        "ALTER TABLE readings ALTER journal TYPE DOUBLE USING journal + 0.25",
        "ALTER TABLE readings ALTER value TYPE VARCHAR",
        "ALTER TABLE points ALTER id TYPE BIGINT",
        "ALTER TABLE journals ALTER id TYPE DOUBLE USING id + 0.25",
        "ALTER TABLE readings DROP COLUMN words",
        "ALTER TABLE readings ADD COLUMN more INTEGER",
        "ALTER TABLE readings RENAME TO kept; CREATE VIEW readings AS SELECT * FROM kept",
    ],
)
def test_tables_of_another_make_are_refused(sealed: Sealed, statement: str) -> None:
    for each in statement.split("; "):
        sealed.tamper(each)
    with pytest.raises(StoreError, match="is not the table that this agent makes"):
        sealed.verify()


def test_a_point_put_in_the_place_of_none_is_found(sealed: Sealed) -> None:
    sealed.tamper("ALTER TABLE readings ALTER point DROP NOT NULL")
    sealed.tamper("UPDATE points SET id = -1 WHERE id = 1")
    sealed.tamper("UPDATE readings SET point = NULL WHERE point = 1")
    assert len([each for each in sealed.verify().broken if each.subject == GAS]) == DAYS


def test_a_reading_that_waits_for_a_day_far_ahead_is_found(sealed: Sealed) -> None:
    for received in (sealed.now + DAY_MS - 1, 2**63 - 1):
        sealed.tamper(f"INSERT INTO readings VALUES (1, {AT}, 9.5, 0, {received}, 1, 1, NULL)")
    [one] = sealed.verify().broken
    assert one.problem == "readings: rows received later than tomorrow, by the clock of this machine: 1"
