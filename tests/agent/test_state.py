"""The state folder: taken by one, cleared of what is ours and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.collecting import last_instant
from agent.state import SPOOL, StateDir, StateInUse
from collector.journal import Journal
from domain.reading import Poll

HOUR_MS = 3_600_000
NOW_MS = 1_795_000_000_000


def test_a_start_clears_exports_cut_short_and_leaves_the_users_files(tmp_path: Path) -> None:
    mine = tmp_path / "export-2026"
    mine.mkdir()
    (tmp_path / "export-gas.parquet").write_bytes(b"mine")
    left = tmp_path / SPOOL / "abc"
    left.mkdir(parents=True)
    state = StateDir.open(tmp_path)
    assert mine.is_dir()
    assert (tmp_path / "export-gas.parquet").exists()
    assert not left.exists()
    state.close()


def test_the_second_on_a_state_folder_is_refused(tmp_path: Path) -> None:
    state = StateDir.open(tmp_path)
    with pytest.raises(StateInUse, match=r"in use by another energy-agent process \(pid \d+\)"):
        StateDir.open(tmp_path)
    state.close()
    StateDir.open(tmp_path).close()


def journal_up_to(path: Path, at: int) -> Journal:
    journal = Journal.open(path / "journal.sqlite", site="works", gateway="gw1")
    journal.append([Poll(device="m1", at=at, values={"energy": 1.0})])
    journal.commit()
    return journal


def test_a_journal_a_little_ahead_of_the_clock_is_believed(tmp_path: Path) -> None:
    journal = journal_up_to(tmp_path, NOW_MS + HOUR_MS)
    assert last_instant(journal, NOW_MS) == NOW_MS + HOUR_MS
    journal.close()


def test_a_journal_from_another_year_follows_the_clock(tmp_path: Path) -> None:
    journal = journal_up_to(tmp_path, NOW_MS + 24 * 365 * HOUR_MS)
    assert last_instant(journal, NOW_MS) == NOW_MS
    assert journal.last_poll() == {"m1": NOW_MS}
    journal.close()


def test_a_clock_that_was_never_set_proves_nothing_against_the_journal(tmp_path: Path) -> None:
    journal = journal_up_to(tmp_path, NOW_MS)
    assert last_instant(journal, 12_000) == NOW_MS
    journal.close()
