"""What a restart must not forget, and what it must not make up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agent.dirty import DirtyHours
from domain.errors import StoreError
from domain.periods import HOUR_MS
from domain.ports import Envelope
from domain.reading import ALL_POINTS, Poll, Quality
from tests.agent.bundles import START
from tests.agent.test_analysis import Live, shown


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with closing(Live(tmp_path)) as running:
        yield running


def test_failed_polls_make_no_device_silent_since_the_begin(live: Live) -> None:
    live.until(START + 9 * HOUR_MS, step=3 * HOUR_MS)
    works = live.works
    failed = Poll(device="plc", at=works.clock.at - 1, values=dict.fromkeys(dict(shown("plc", START)), None))
    failed = replace(failed, quality={ALL_POINTS: Quality.NO_ANSWER})
    live.seq += 1
    works.sink.write([Envelope(journal="j", seq=live.seq, received_ms=failed.at, item=failed)])
    live.restart()
    live.analysis.cycle()
    assert live.analysis.results is not None
    assert not [alert for alert in live.analysis.results.alerts if alert.code == "data.silent"]


def test_a_kill_between_windows_and_their_summary_leaves_no_hour_stale(live: Live) -> None:
    live.silent = {"gas_line"}
    live.until(START + 14 * HOUR_MS, step=7 * HOUR_MS)
    live.silent = set()
    live.poll(START, START + 14 * HOUR_MS, ("gas_line",))
    live.faulty.fail("replace_results", 0)
    with pytest.raises(StoreError):
        live.analysis.cycle()
    live.restart()  # as after a kill: what was in memory is gone
    live.until(START + 16 * HOUR_MS, step=HOUR_MS)
    live.assert_as_computed_anew()


def test_damaged_notes_are_put_aside_and_everything_is_computed_anew(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_bytes(b"no database at all " * 500)
    notes = DirtyHours(path)
    assert notes.watermark is None
    assert notes.take() == {}
    notes.close()
    assert path.with_name("notes.sqlite.damaged").read_bytes().startswith(b"no database")
