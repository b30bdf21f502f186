"""Changes of the ledger that hide from a look at its rows: strange numbers, rows that are there twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from domain.periods import DAY_MS
from tests.storage.sealed import DAYS, Sealed, build, rebuilt


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is sealed; not to be changed."""
    folder = tmp_path_factory.mktemp("hidden")
    assert build(folder).seal() == DAYS + 1
    return folder


@pytest.fixture
def sealed(made: Path, tmp_path: Path) -> Sealed:
    return Sealed(shutil.copytree(made, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("0", "entry 0 has no number that an entry can have"),
        ("-5", "entry -5 has no number that an entry can have"),
        ("2.5", "entry 2.5 has no number that an entry can have"),
        ("'x'", "entry 'x' has no number that an entry can have"),
        ("NULL", "entry NULL has no number that an entry can have"),
        ("99", "entry 99 comes where entry 5 should be"),
        ("2", "entry 2 is there 2 times"),
    ],
)
def test_an_entry_under_a_strange_number_is_found(sealed: Sealed, number: str, problem: str) -> None:
    row = f"SELECT {number} AS number, at, who, 'forged' AS why, kind, body FROM entries WHERE number = 2"
    sealed.break_into(sealed.ledger_path, *rebuilt("entries", first=row))
    said = [f"{each.subject} {each.problem}" for each in sealed.verify().broken]
    assert problem in said
    sealed.now += 2 * DAY_MS
    sealed.seal()
    there = {each.subject for each in sealed.verify().broken}
    assert there == {"entries 5 to 98" if number == "99" else " ".join(problem.split()[:2])}


def test_text_that_became_bytes_is_a_change(sealed: Sealed) -> None:
    sealed.break_into(
        sealed.ledger_path, "UPDATE entries SET body = CAST(body AS BLOB), why = why WHERE number = 2"
    )
    assert sealed.said() == [("2026-02-17", "entry", "entry 2", None)]


def test_an_entry_after_the_last_seal_that_is_no_entry_is_found(sealed: Sealed) -> None:
    sealed.declare(DAYS)
    assert sealed.verify().broken == ()
    sealed.break_into(
        sealed.ledger_path, *rebuilt("entries", "UPDATE entries SET at = 'noon' WHERE number = 5")
    )
    [one] = sealed.verify().broken
    assert (one.day, one.what, one.subject, one.problem) == ("", "entry", "entry 5", "is damaged")


def test_an_entry_taken_away_before_its_day_was_sealed_is_found(sealed: Sealed) -> None:
    for _ in range(3):
        sealed.declare(DAYS)
    sealed.break_into(sealed.ledger_path, "DELETE FROM entries WHERE number IN (5, 6)")
    sealed.now += 2 * DAY_MS
    assert sealed.seal() == 1
    [one] = sealed.verify().broken
    assert (one.day, one.subject) == ("2026-02-22", "entries 5 to 6")
    assert one.problem == "were missing already when the day was sealed"
