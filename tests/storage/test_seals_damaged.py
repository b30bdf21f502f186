"""A book of seals whose own rows were made into something else: named or refused, never a traceback."""

from __future__ import annotations

import shutil
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from domain.errors import StoreError
from domain.periods import DAY_MS
from storage.seal_check import verify
from storage.seals import SealBook
from tests.storage.sealed import DAYS, Sealed, build, rebuilt

STRANGE = ("NULL", "'zz'", "9223372036854775807", "CAST({} AS BLOB)")
KEPT = {("sha", STRANGE[-1]), ("locator", STRANGE[-1])}
"""Bytes made bytes: no change."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is sealed; not to be changed."""
    folder = tmp_path_factory.mktemp("damaged")
    assert build(folder).seal() == DAYS + 1
    return folder


@pytest.fixture
def sealed(made: Path, tmp_path: Path) -> Sealed:
    return Sealed(shutil.copytree(made, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("table", "columns", "number"),
    [
        ("seals", "number day sealed since until first_entry last_entry previous root", 3),
        ("seals", "number day until", DAYS + 1),
        ("sealed_points", "point readings sha locator", 3),
        ("sealed_entries", "number sha", 3),
    ],
)
def test_a_seal_of_strange_columns_is_named_and_hides_no_other(
    sealed: Sealed, table: str, columns: str, number: int
) -> None:
    key = "number" if table == "seals" else "seal"
    sealed.break_into(sealed.seals_path, *rebuilt(table))
    whole = sealed.seals_path.read_bytes()
    with sealed.opened() as (store, _, ledger):
        for column, value in product(columns.split(), STRANGE):
            if (column, value) in KEPT:
                continue
            sealed.seals_path.write_bytes(whole)
            change = f"UPDATE {table} SET {column} = {value.format(column)} WHERE {key} = {number}"
            sealed.break_into(sealed.seals_path, change)
            with closing(SealBook(sealed.seals_path)) as book:
                found = verify(book, store.receipts, ledger, now=sealed.now, since="9999")
                named = {each.day for each in found.broken if each.what == "seal"}
                assert named & {f"2026-02-{14 + number}", "zz", "", str(2**63 - 1)}, (column, value)
                assert len(book.seals()) >= DAYS


@pytest.mark.parametrize("table", ["sealed_points", "sealed_entries"])
def test_rows_twice_or_of_no_seal_are_named(sealed: Sealed, table: str) -> None:
    sealed.break_into(
        sealed.seals_path, *rebuilt(table, f"INSERT INTO {table} SELECT * FROM {table} WHERE seal = 3")
    )
    [one] = sealed.verify().broken
    assert (one.day, one.what) == ("2026-02-17", "seal")


def test_a_seal_that_is_there_twice_is_said_to_be(sealed: Sealed) -> None:
    sealed.break_into(
        sealed.seals_path, *rebuilt("seals", "INSERT INTO seals SELECT * FROM seals WHERE number = 3")
    )
    [one] = sealed.verify().broken
    assert (one.day, one.problem) == ("2026-02-17", "its seal is there more than once")


def test_nothing_is_sealed_after_a_seal_that_cannot_be_read(sealed: Sealed) -> None:
    sealed.break_into(sealed.seals_path, *rebuilt("seals", "UPDATE seals SET until = 'x' WHERE number = 7"))
    sealed.now += 2 * DAY_MS
    with pytest.raises(StoreError, match="seal 7 cannot be read"):
        sealed.seal()
    [one] = sealed.verify().broken
    assert (one.day, one.problem) == ("2026-02-21", "its seal cannot be read: it has been changed")
