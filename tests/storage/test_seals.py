"""Seals: what is untouched verifies, and whatever somebody changes is named by day and row."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from domain.errors import StoreError, StoreUnavailable
from domain.periods import DAY_MS
from domain.ports import Envelope
from domain.reading import Poll
from storage.seal_making import sealing_day
from storage.seal_root import Link
from storage.seals import SealBook, Unread, sealed_until
from tests.storage.sealed import DAYS, FIRST, GAS, STEP_MS, Sealed, build

ROOT = Path(__file__).parents[2]
DAY_2 = "2026-02-18"
AT = FIRST + 2 * DAY_MS + 5 * STEP_MS
"""An instant of a reading on that day."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is sealed; not to be changed."""
    folder = tmp_path_factory.mktemp("sealed")
    assert build(folder).seal() == DAYS + 1
    return folder


@pytest.fixture
def sealed(made: Path, tmp_path: Path) -> Sealed:
    return Sealed(shutil.copytree(made, tmp_path / "copy"))


def readable(book: SealBook) -> list[Link]:
    return [each[0] for each in book.links() if not isinstance(each, Unread)]


def test_an_untouched_store_is_whole(sealed: Sealed) -> None:
    found = sealed.verify()
    assert found.broken == ()
    assert found.unsealed_days == ()
    assert (found.days, found.first, found.last) == (DAYS + 1, "2026-02-13", "2026-02-21")
    assert found.readings == 2 * DAYS * 144 + 144
    assert found.entries == 4
    with closing(SealBook(sealed.seals_path)) as book:
        seals = book.seals()
        assert [seal.readings for seal in seals] == [144] + DAYS * [288]
        assert found.root == seals[-1].root
        assert [each.previous for each in seals[1:]] == [each.root for each in seals[:-1]]
        assert book.seals(2) == seals[-2:]


def test_a_part_of_the_days_is_verified_alone(sealed: Sealed) -> None:
    found = sealed.verify("2026-02-17", "2026-02-18")
    assert (found.days, found.readings, found.broken) == (2, 576, ())


def test_the_same_readings_and_entries_have_the_same_roots(made: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    again.seal()
    assert again.verify().root == Sealed(made).verify().root


def test_a_changed_value_is_named_by_day_point_and_instant(sealed: Sealed) -> None:
    sealed.tamper("UPDATE readings SET value = value + 1e-7 WHERE at_ms = ? AND point = 1", AT)
    [one] = sealed.verify().broken
    assert (one.day, one.what, one.subject, one.at) == (DAY_2, "reading", GAS, AT)
    assert one.problem == "has changed since the day was sealed"


def test_every_column_is_sealed(sealed: Sealed) -> None:
    changes = [
        "value = NULL",
        "value = 'nan'::DOUBLE",
        "quality = 3",
        "seq = seq + 1",
        "journal = 1",
        "words = 0",
    ]
    for day, change in enumerate(changes):
        sealed.tamper(f"UPDATE readings SET {change} WHERE at_ms = ? AND point = 1", FIRST + day * DAY_MS)
    sealed.tamper("UPDATE readings SET received_ms = received_ms + 1 WHERE at_ms = ? AND point = 2", AT)
    found = sorted((subject, at) for _, what, subject, at in sealed.said() if what == "reading")
    assert found == [(GAS, FIRST + day * DAY_MS) for day in range(DAYS)] + [("boiler.pressure", AT)]


def test_a_reading_that_is_missing_added_or_moved_is_named(sealed: Sealed) -> None:
    sealed.tamper("DELETE FROM readings WHERE at_ms = ? AND point = 1", AT)
    [one] = sealed.verify().broken
    assert (one.day, one.subject, one.at) == (DAY_2, GAS, AT)
    assert "is missing" in one.problem
    late = FIRST + 4 * DAY_MS
    sealed.tamper(f"INSERT INTO readings VALUES (1, {late + 7000}, 1, 0, {late + 7000}, 1, 1, NULL)")
    sealed.tamper("UPDATE readings SET at_ms = at_ms + 60000 WHERE at_ms = ? AND point = 2", FIRST)
    moved, _, added = sealed.verify().broken
    assert (added.day, added.at) == ("2026-02-20", late + 7000)
    assert "was added" in added.problem
    assert (moved.day, moved.subject, moved.at) == ("2026-02-16", "boiler.pressure", FIRST + 60_000)
    assert "its instant was 2026-02-16T00:00:00Z" in moved.problem


def test_a_reading_under_another_day_of_receipt_is_missing_there_and_added_here(sealed: Sealed) -> None:
    sealed.tamper(
        f"UPDATE readings SET received_ms = received_ms + {DAY_MS} WHERE at_ms = ? AND point = 1", AT
    )
    assert sealed.said() == [(DAY_2, "reading", GAS, AT), ("2026-02-19", "reading", GAS, AT)]


def test_two_changed_readings_of_a_point_and_day_are_counted(sealed: Sealed) -> None:
    sealed.tamper("UPDATE readings SET value = 0 WHERE at_ms IN (?, ?) AND point = 1", AT, AT + STEP_MS)
    [one] = sealed.verify().broken
    assert (one.day, one.what, one.subject, one.at) == (DAY_2, "readings", GAS, None)
    assert one.problem == "at least two of 144 have changed"
    sealed.tamper("DELETE FROM readings WHERE at_ms IN (?, ?) AND point = 1", AT, AT + STEP_MS)
    assert [each.problem for each in sealed.verify().broken] == ["144 were sealed, 142 are there"]


def test_a_whole_day_or_point_that_is_gone_or_new_is_counted(sealed: Sealed) -> None:
    sealed.tamper("UPDATE readings SET point = 4 WHERE at_ms // 86400000 = ? AND point = 1", AT // DAY_MS)
    problems = {each.subject: each.problem for each in sealed.verify().broken}
    assert problems[GAS] == "144 were sealed, none is there"
    assert "none was sealed, 144 are there" in problems.values()


def test_a_row_before_the_first_day_or_on_an_empty_one_is_found(sealed: Sealed) -> None:
    for received in (-5, FIRST - DAY_MS):
        sealed.tamper(f"INSERT INTO readings VALUES (1, {received}, 1, 0, {received}, 1, 1, NULL)")
    assert [(each.day, each.subject) for each in sealed.verify().broken] == [
        ("2026-02-13", GAS),
        ("2026-02-16", GAS),
    ]


def test_the_last_bit_of_register_words_counts(sealed: Sealed) -> None:
    sealed.poll((FIRST + DAYS * DAY_MS, 1.0))
    sealed.tamper("UPDATE readings SET words = 18446744073709551615 WHERE at_ms = ?", FIRST + DAYS * DAY_MS)
    sealed.now += DAY_MS
    assert sealed.seal() == 1
    sealed.tamper(
        "UPDATE readings SET words = words - 1 WHERE at_ms = ? AND point = 1", FIRST + DAYS * DAY_MS
    )
    assert sealed.said() == [("2026-02-22", "reading", GAS, FIRST + DAYS * DAY_MS)]


def test_another_name_of_a_journal_breaks_what_came_in_it(sealed: Sealed) -> None:
    sealed.tamper("UPDATE journals SET name = 'j2' WHERE name = 'j1'")
    assert len(sealed.verify().broken) == 2 * DAYS


def test_a_changed_or_missing_entry_is_named_by_its_number(sealed: Sealed) -> None:
    sealed.break_into(
        sealed.ledger_path,
        "UPDATE entries SET who = 'Wu' WHERE number = 1",
        "UPDATE entries SET body = x'ff00' WHERE number = 2",
        "UPDATE entries SET at = at + 1 WHERE number = 3",
        "DELETE FROM entries WHERE number = 4",
    )
    broken = sealed.verify().broken
    assert [each.subject for each in broken] == ["entry 1", "entry 2", "entry 3", "entry 4"]
    assert [each.day for each in broken] == ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19"]
    assert [each.problem.partition(" since")[0].partition(":")[0] for each in broken] == [
        *3 * ["has changed"],
        "is missing",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {
            2: "UPDATE sealed_entries SET sha = x'00' WHERE seal = 2",
            3: "UPDATE sealed_points SET readings = 145 WHERE seal = 3 AND point = 'boiler.gas'",
            4: "UPDATE sealed_points SET sha = x'00' WHERE seal = 4 AND point = 'boiler.gas'",
            5: "UPDATE sealed_points SET locator = x'00' WHERE seal = 5 AND point = 'boiler.gas'",
            6: "DELETE FROM sealed_points WHERE seal = 6 AND point = 'boiler.gas'",
            7: "UPDATE seals SET sealed = sealed + 1 WHERE number = 7",
        },
        {
            2: "UPDATE seals SET root = replace(root, substr(root, 1, 1), '#') WHERE number = 2",
            7: "UPDATE seals SET until = until + 1 WHERE number = 7",
        },
    ],
)
def test_a_changed_seal_is_named_by_its_day(sealed: Sealed, changes: dict[int, str]) -> None:
    sealed.break_into(sealed.seals_path, *changes.values())
    changed = [each for each in sealed.verify().broken if "its seal has been changed" in each.problem]
    assert {each.what for each in changed} == {"seal"}
    assert [each.day for each in changed] == [f"2026-02-{14 + number}" for number in changes]


def test_a_seal_that_was_made_again_breaks_the_chain_after_it(sealed: Sealed) -> None:
    sealed.tamper("UPDATE readings SET value = 0 WHERE at_ms = ? AND point = 1", AT)
    with closing(SealBook(sealed.seals_path)) as book:
        link = readable(book)[3]
    forged = Link(**{name: getattr(link, name) for name in Link.__slots__} | {"sealed": 1}).root()
    sealed.break_into(sealed.seals_path, f"UPDATE seals SET sealed = 1, root = '{forged}' WHERE number = 4")
    day, chain = sealed.verify().broken
    assert (day.day, day.what) == (DAY_2, "reading")
    assert (chain.day, chain.what) == ("2026-02-19", "seal")
    assert "the chain is broken here" in chain.problem


def test_seals_that_are_missing_are_named(sealed: Sealed) -> None:
    sealed.break_into(
        sealed.seals_path, "DELETE FROM seals WHERE number = 4", "DELETE FROM seals WHERE number = 1"
    )
    first, later = sealed.verify().broken
    assert first.problem == "1 sealed day is missing before 2026-02-16"
    assert later.problem == "1 sealed day is missing between 2026-02-17 and 2026-02-19"


def test_days_over_without_a_seal_are_named(sealed: Sealed) -> None:
    sealed.break_into(sealed.seals_path, "DELETE FROM seals WHERE number >= 6")
    found = sealed.verify()
    assert found.unsealed_days == ("2026-02-20", "2026-02-21")
    assert found.broken == ()


def test_a_day_is_sealed_ten_minutes_after_its_end_and_not_twice(sealed: Sealed) -> None:
    assert sealed.seal() == 0
    day = FIRST + DAYS * DAY_MS
    sealed.poll((day + 5000, 1.0))
    sealed.now = day + DAY_MS + 599_999
    assert sealed.seal() == 0
    sealed.now += 1
    assert sealed.seal() == 1
    assert sealed.verify().broken == ()


def test_what_comes_late_counts_as_received_on_the_first_day_not_sealed(sealed: Sealed) -> None:
    sealed.poll((AT + 1000, 7.0), received=AT + 2000)
    sealed.fill("late", FIRST - 10 * DAY_MS, 17)
    found = sealed.verify()
    assert (found.broken, found.unsealed_days) == ((), ())
    sealed.now += 8 * DAY_MS
    assert sealed.seal() == 1
    found = sealed.verify()
    assert found.broken == ()
    assert found.readings == 2 * DAYS * 144 + 144 + 2 + 17 * 144


def test_what_is_committed_while_its_day_is_being_sealed_belongs_to_the_next(sealed: Sealed) -> None:
    day = FIRST // DAY_MS + DAYS
    at = day * DAY_MS + 5000
    sealed.poll((at, 1.0))
    sealed.now += 2 * DAY_MS
    with sealed.opened() as (store, book, ledger):
        under_way = sealing_day(book, store.receipts, ledger, day, now=sealed.now)
        assert next(under_way) is None
        late = Poll(device="boiler", at=at + 1000, values={"gas": 2.0, "pressure": 1.5})
        store.write([Envelope(journal="j2", seq=1, received_ms=at + 1000, item=late)])
        seal = next(under_way)
        assert seal is not None
        assert seal.readings == 2
    found = sealed.verify()
    assert (found.broken, found.unsealed_days) == ((), ("2026-02-23",))
    assert sealed.seal() == 1
    assert sealed.verify().broken == ()


def test_days_on_which_nothing_came_have_no_seal_and_entries_alone_have_one(sealed: Sealed) -> None:
    sealed.declare(40)
    sealed.now = FIRST + 50 * DAY_MS
    assert sealed.seal() == 1
    found = sealed.verify()
    assert (found.last, found.entries, found.broken) == ("2026-03-28", 5, ())


def test_an_empty_plant_has_nothing_to_seal_and_says_so(tmp_path: Path) -> None:
    empty = Sealed(tmp_path)
    assert empty.seal() == 0
    found = empty.verify()
    assert (found.days, found.root, found.broken, found.unsealed_days) == (0, "", (), ())


def test_the_book_is_private_and_append_only(sealed: Sealed) -> None:
    assert stat.S_IMODE(sealed.seals_path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(sealed.seals_path)) as db:
        for statement in ("UPDATE seals SET day = 'x'", "DELETE FROM sealed_points"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)


def test_a_link_that_does_not_follow_the_last_one_is_refused(sealed: Sealed) -> None:
    with closing(SealBook(sealed.seals_path)) as book:
        link = readable(book)[-1]
        with pytest.raises(StoreUnavailable, match="another process"):
            book.add(link)
        assert len(book.seals()) == DAYS + 1


@pytest.mark.parametrize("content", [b"hello " * 2000, b"SQLite format 3\x00" + bytes(4000)])
def test_a_file_that_is_no_book_of_seals_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seals.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="seals cannot be"):
        sealed_until(path)
    assert path.read_bytes() == content


def test_the_ledger_is_no_book_of_seals(sealed: Sealed) -> None:
    with pytest.raises(StoreError, match="is no book of seals"):
        SealBook(sealed.ledger_path)


def test_killed_while_it_seals_the_chain_is_whole_and_goes_on(tmp_path: Path) -> None:
    made = build(tmp_path)
    command = [sys.executable, "-m", "tests.storage.killed_seals", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as child:
        assert child.stdout
        child.stdout.readline()
        child.stdout.readline()
        time.sleep(0.003)
        child.kill()
    found = made.verify()
    assert found.broken == ()
    assert found.days >= 2
    made.seal()
    found = made.verify()
    assert (found.days, found.broken, found.unsealed_days) == (DAYS + 1, (), ())
