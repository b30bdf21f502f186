"""The ledger: what is recorded stays as it is, all or none, whoever else writes."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from domain.errors import StoreError, StoreRejected, StoreUnavailable
from domain.ledger import (
    AlertAction,
    AlertEntry,
    BaselineApproved,
    BaselineFitted,
    Body,
    CalendarChange,
    MeterEvent,
    MeterEventKind,
    Production,
    ProductionPlan,
    StaticFactor,
    Voided,
)
from domain.periods import PeriodKind, Shift, WorkingCalendar
from domain.results import Baseline
from storage.ledger import LedgerMoved, SqliteLedger
from tests.storage.killed_ledger import GROUP

ROOT = Path(__file__).parents[2]

BASELINE = Baseline(
    id="coil-0123456789ab",
    process="coil",
    interval=PeriodKind.DAY,
    since=0,
    until=86_400_000,
    variables=("output",),
    coefficients=(16788.9972, 63.348039),
    standard_errors=(1.0, 2.0),
    inverse=((1.0, -0.5), (-0.5, 0.1)),
    residual_sd=375.1312,
    rows=12,
    autocorrelation=0.1,
    r_squared=0.996348,
    f_statistic=2728.281,
    f_p_value=1e-300,
    p_values=(0.0, 5e-324),
    cv_rmse=0.00517,
    durbin_watson=1.871,
    lows=(610.0,),
    highs=(960.0,),
    means=(880.4,),
    deviations=(93.0,),
    standing_mean=0.0,
    standing_sd=float("nan"),
    standing_rows=0,
    gas=871_000.0,
    output=10_565.0,
    coverage=1.0,
    data_hash="0" * 64,
    failures=("baseline.few_rows",),
)
OUTPUT = Production(process="coil", since=0, until=1000, quantity=0.1 + 0.2, unit="t", product="3003-H24")
BODIES: tuple[Body, ...] = (
    OUTPUT,
    ProductionPlan(process="卷涂", since=0, until=1000, quantity=1e300, unit="t"),
    MeterEvent(
        kind=MeterEventKind.EXCHANGE,
        point="gas_coil.volume",
        at=5,
        old_final=9.5,
        new_start=0.0,
        certificate='"a,b"',
    ),
    MeterEvent(kind=MeterEventKind.CALIBRATION, point="gas_coil.volume", at=6, valid_until=date(2027, 1, 31)),
    StaticFactor(process="coil", since=7, what="烘箱改造", share=-0.03, approver="王"),
    CalendarChange(
        calendar=WorkingCalendar(
            valid_from=date(2026, 3, 1),
            day_start_min=480,
            shifts=(
                Shift(name="白班", start_min=480, end_min=1200),
                Shift(name="夜班", start_min=1200, end_min=480),
            ),
            rest_days=frozenset({6, 5}),
            holidays=frozenset({date(2026, 10, 1), date(2026, 5, 1)}),
        )
    ),
    AlertEntry(
        alert="drift/coil",
        action=AlertAction.RAISED,
        at=8,
        subject="coil",
        facts={"b": 1.0, "a": "x", "c": float("inf")},
    ),
    BaselineApproved(baseline="coil-0123456789ab", process="coil", valid_from=9),
    Voided(entry=1),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(path)) as made:
        yield made


def broken(path: Path, statement: str, *values: object) -> None:
    """Change the file behind the ledger's back, as a fault or a person with a tool would."""
    with closing(sqlite3.connect(path)) as db:
        for trigger in ("never_changed", "never_removed", "follow_each_other"):
            db.execute(
                f"DROP TRIGGER entries_are_{trigger}"
                if "never" in trigger
                else f"DROP TRIGGER entries_{trigger}"
            )
        db.execute(statement, values)
        db.commit()


def test_every_kind_of_entry_comes_back_as_it_was_recorded(ledger: SqliteLedger, path: Path) -> None:
    added = ledger.add(BODIES, who="李雷", why='a, "b"\nc', at=1_772_000_000_123)
    ledger.close()
    with closing(SqliteLedger(path)) as again:
        assert again.entries() == added
    assert [entry.number for entry in added] == list(range(1, len(BODIES) + 1))
    assert [entry.body for entry in added] == list(BODIES)
    assert {(entry.who, entry.why, entry.at) for entry in added} == {("李雷", 'a, "b"\nc', 1_772_000_000_123)}


def test_a_baseline_keeps_every_digit_and_what_it_does_not_know(ledger: SqliteLedger) -> None:
    ledger.add([BaselineFitted(baseline=BASELINE)], who="a", why="", at=1)
    body = ledger.entries()[0].body
    assert isinstance(body, BaselineFitted)
    assert repr(body.baseline) == repr(BASELINE)


def test_last_counts_and_after_skips(ledger: SqliteLedger) -> None:
    assert ledger.last() == 0
    assert ledger.entries() == ()
    ledger.add([OUTPUT] * 5, who="a", why="", at=1)
    assert ledger.last() == 5
    assert [entry.number for entry in ledger.entries(after=3)] == [4, 5]
    assert ledger.entries(after=5) == ()
    assert ledger.add([], who="a", why="", at=1) == ()


def test_the_file_is_private_and_so_is_the_folder_it_makes(ledger: SqliteLedger, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make files for others")
def test_a_file_made_by_root_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    with closing(SqliteLedger(folder / "ledger.sqlite")):
        found = (folder / "ledger.sqlite").stat()
    assert (found.st_uid, found.st_gid) == (12345, 12346)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET who = 'b'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT number, at, 'b', why, kind, body FROM entries",
        "INSERT INTO entries SELECT number + 7, at, who, why, kind, body FROM entries",
        "INSERT INTO entries (at, who, why, kind, body) SELECT at, who, why, kind, body FROM entries",
    ],
)
def test_sqlite_itself_refuses_to_change_the_past(ledger: SqliteLedger, path: Path, statement: str) -> None:
    added = ledger.add([OUTPUT], who="a", why="", at=1)
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    assert ledger.entries() == added


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_group_with_one_bad_body_leaves_nothing(ledger: SqliteLedger, bad: float) -> None:
    faulty = Production(process="coil", since=0, until=1, quantity=bad, unit="t")
    with pytest.raises(StoreRejected, match="not finite"):
        ledger.add([OUTPUT, faulty], who="a", why="", at=1)
    with pytest.raises(StoreRejected, match="entry 9"):
        ledger.add([OUTPUT, Voided(entry=9)], who="a", why="", at=1)
    assert ledger.last() == 0


def test_a_span_that_takes_no_time_is_not_recorded(ledger: SqliteLedger) -> None:
    empty = Production(process="coil", since=5, until=5, quantity=1.0, unit="t")
    with pytest.raises(StoreRejected, match="until is not after its since"):
        ledger.add([OUTPUT, empty], who="a", why="", at=1)
    assert ledger.last() == 0


@pytest.mark.parametrize(
    ("who", "why", "at"), [("", "w", 1), (" ", "w", 1), ("a", "\udcff", 1), ("a", "w", -1)]
)
def test_an_entry_has_a_name_a_text_and_an_instant(ledger: SqliteLedger, who: str, why: str, at: int) -> None:
    with pytest.raises(StoreRejected):
        ledger.add([OUTPUT], who=who, why=why, at=at)
    assert ledger.last() == 0


@pytest.mark.parametrize("entry", [0, -1, 3, 2**63, 2**70])
def test_only_what_exists_can_be_voided(ledger: SqliteLedger, entry: int) -> None:
    ledger.add([OUTPUT, OUTPUT], who="a", why="", at=1)
    with pytest.raises(StoreRejected, match="does not exist"):
        ledger.add([Voided(entry=entry)], who="a", why="", at=1)


def test_an_entry_is_voided_once_and_a_voiding_never(ledger: SqliteLedger) -> None:
    ledger.add([OUTPUT], who="a", why="", at=1)
    ledger.add([Voided(entry=1)], who="a", why="typo", at=2)
    with pytest.raises(StoreRejected, match="voided already, by entry 2"):
        ledger.add([Voided(entry=1)], who="a", why="", at=3)
    with pytest.raises(StoreRejected, match="cannot be voided itself"):
        ledger.add([Voided(entry=2)], who="a", why="", at=3)
    with pytest.raises(StoreRejected, match="voided already, by entry 4"):
        ledger.add([OUTPUT, Voided(entry=3), Voided(entry=3)], who="a", why="", at=3)
    assert ledger.last() == 2


def test_what_was_checked_against_an_older_state_is_not_recorded(ledger: SqliteLedger) -> None:
    ledger.add([OUTPUT], who="a", why="", at=1, seen=0)
    with pytest.raises(LedgerMoved):
        ledger.add([OUTPUT], who="a", why="", at=1, seen=0)
    assert ledger.last() == 1


def test_writers_of_several_connections_take_turns(path: Path) -> None:
    def write(name: str) -> None:
        with closing(SqliteLedger(path)) as mine:
            for _ in range(10):
                mine.add([OUTPUT] * 3, who=name, why="", at=1)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(SqliteLedger(path)) as ledger:
        entries = ledger.entries()
    assert len(entries) == 4 * 10 * 3
    whos = [entry.who for entry in entries]
    assert all(len(set(whos[at : at + 3])) == 1 for at in range(0, len(whos), 3)), "groups are torn"


def test_a_ledger_that_stays_busy_says_so_and_keeps_nothing(ledger: SqliteLedger, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            closing(SqliteLedger(path, busy_s=0.05)) as mine,
            pytest.raises(StoreUnavailable, match=r"locked; another process"),
        ):
            mine.add([OUTPUT], who="a", why="", at=1)
        other.execute("ROLLBACK")
    assert ledger.last() == 0


def test_it_keeps_a_rollback_journal_and_syncs_fully(ledger: SqliteLedger, path: Path) -> None:
    ledger.add([OUTPUT], who="a", why="", at=1)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_killed_in_the_middle_of_an_add_it_has_all_of_a_group_or_nothing(path: Path) -> None:
    said = 0
    for round_ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.killed_ledger", str(path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        said = int(child.stdout.readline())
        time.sleep(0.001 * (round_ * 3 + 1))
        child.kill()
        rest = child.stdout.read().split("\n")[:-1]
        child.stdout.close()
        child.wait(10)
        said = int(rest[-1]) if rest else said
        with closing(SqliteLedger(path)) as ledger:
            kept = ledger.last()
            assert kept % GROUP == 0
            assert kept >= said, "what was said to be recorded is gone"
            assert len(ledger.entries(after=kept - GROUP)) == GROUP


@pytest.mark.parametrize(
    ("statement", "value", "words"),
    [
        (
            "UPDATE entries SET body = ? WHERE number = 2",
            '{"process":"coil"}',
            "entry 2: is no 'production.1'",
        ),
        ("UPDATE entries SET body = ? WHERE number = 2", "{", "entry 2: is no 'production.1'"),
        ("UPDATE entries SET body = ? WHERE number = 2", b"\xff", "entry 2: is damaged"),
        ("UPDATE entries SET body = cast(? AS TEXT) WHERE number = 2", b"\xff", "entry 2"),
        ("UPDATE entries SET why = cast(? AS TEXT) WHERE number = 2", b"\xff", "entry 2: is damaged"),
        ("UPDATE entries SET at = ? WHERE number = 2", "soon", "entry 2: is damaged"),
        ("UPDATE entries SET kind = ? WHERE number = 2", "production.2", "entry 2: .*newer agent.*upgrade"),
        ("UPDATE entries SET kind = ? WHERE number = 2", "voided.1", "entry 2: is no 'voided.1'"),
        ("DELETE FROM entries WHERE number = ?", 2, "entry 3: comes where entry 2 should be"),
    ],
)
def test_a_damaged_row_is_named(path: Path, statement: str, value: object, words: str) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.add([OUTPUT] * 3, who="a", why="", at=1)
        broken(path, statement, value)
        with pytest.raises(StoreError, match=words):
            ledger.entries()
        assert len(ledger.entries(after=2)) == 1


def test_a_field_of_a_newer_agent_is_refused_and_one_that_came_later_has_its_default(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.add(
            [Production(process="coil", since=0, until=1, quantity=1.0, unit="t")], who="a", why="", at=1
        )
        older = '{"process":"coil","quantity":1,"since":0,"unit":"t","until":1}'
        broken(path, "UPDATE entries SET body = ?", older)
        body = ledger.entries()[0].body
        assert body == Production(process="coil", since=0, until=1, quantity=1.0, unit="t")
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE entries SET body = ?", (older.replace('"unit"', '"colour":"red","unit"'),))
            db.commit()
        with pytest.raises(StoreError, match="entry 1: has fields"):
            ledger.entries()


def test_a_file_of_a_newer_agent_is_left_alone(path: Path) -> None:
    SqliteLedger(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match=r"newer agent.*upgrade"):
        SqliteLedger(path)


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot be opened|is no ledger"):
        SqliteLedger(path)
    assert path.read_bytes() == content


def test_another_database_is_no_ledger(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE item (x)")
    with pytest.raises(StoreError, match="is no ledger"):
        SqliteLedger(path)


def test_a_folder_in_its_place_is_an_error_with_a_cure(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteLedger(path)


def test_closing_twice_is_harmless(path: Path) -> None:
    ledger = SqliteLedger(path)
    ledger.close()
    ledger.close()
