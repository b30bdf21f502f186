"""`energy-agent recompute`: the same readings give the same figures, and wrong spans are said in words."""

from __future__ import annotations

import hashlib
import re

import pytest

import agent.figures
import agent.ledger
from agent.analysis import Analysis
from agent.clock import PlantClock
from agent.commands.common import EXIT_FAILED, EXIT_STORE, EXIT_USAGE
from agent.figures import figures
from domain.periods import PeriodKind
from domain.result_rows import encode
from tests.agent.figured import FIRST, NOW, Figured


def digest(plant: Figured) -> str:
    """Return the SHA-256 of every intensity that is kept."""
    with figures(plant.loaded) as asked:
        return hashlib.sha256(b"".join(encode(each) for each in asked.results("intensity"))).hexdigest()


def test_it_says_how_many_windows_and_how_long(fresh: Figured) -> None:
    done = fresh.run("recompute", "--from", "2026-09-15")
    assert done.returncode == 0, done.stderr
    found = re.fullmatch(
        r"([\d,]+) windows of 2026-09-15 00:00 to 2026-12-01 10:07 in \d+\.\d s\n", done.stdout
    )
    assert found
    assert int(found[1].replace(",", "")) == 2 * (-(-(NOW - FIRST) // 3_600_000))
    assert len(fresh.told("intensity", "coil", "--period", "day", "--last", "30")) == 30


def test_the_same_readings_give_the_same_figures_whatever_part_is_computed_again(watched: Figured) -> None:
    before = digest(watched)
    for span in (("--from", "2026-10-03", "--to", "2026-10-20"), ("--from", "2020-01-01")):
        assert watched.run("recompute", *span).returncode == 0
        assert digest(watched) == before


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--from", "2026-11-02", "--to", "2026-11-01"), EXIT_USAGE, "turn them round"),
        (("--from", "2026-11-02", "--to", "2026-11-02"), EXIT_USAGE, "turn them round"),
        (("--from", "2027-01-01"), EXIT_USAGE, "is in the future (it is 2026-12-01 10:07)"),
        (("--from", "2026-11-02", "--to", "2027-01-01"), EXIT_USAGE, "is in the future"),
        (("--from", "02.11.2026"), EXIT_USAGE, "write the year first"),
        (("--from", "2020-01-01", "--to", "2021-01-01"), EXIT_STORE, "before 2026-09-15 00:00"),
    ],
)
def test_a_wrong_span_is_said_in_words(fresh: Figured, args: tuple[str, ...], code: int, said: str) -> None:
    done = fresh.run("recompute", *args)
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())


def test_without_a_store_it_says_what_to_start(fresh: Figured) -> None:
    (fresh.folder / "state" / "readings.duckdb").unlink()
    done = fresh.run("recompute", "--from", "2026-11-02")
    assert done.returncode == EXIT_STORE
    assert "energy-agent run" in done.stderr


def test_ctrl_c_keeps_what_is_done_and_the_next_run_ends_where_it_would_have(
    watched: Figured, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest(watched)
    once = Analysis.recompute

    def stopped(*args: object) -> int:
        def progress(done: int, of: int) -> None:
            if done < of:
                raise KeyboardInterrupt

        analysis, since, until, _ = args
        assert isinstance(analysis, Analysis)
        assert isinstance(since, int)
        assert isinstance(until, int)
        return once(analysis, since, until, progress)

    monkeypatch.setattr(Analysis, "recompute", stopped)
    done = watched.run("recompute", "--from", "2026-09-15")
    assert done.returncode == EXIT_FAILED
    assert "what was computed is kept" in done.stderr
    assert digest(watched) == before
    monkeypatch.setattr(Analysis, "recompute", once)
    assert watched.run("recompute", "--from", "2026-09-15").returncode == 0
    assert digest(watched) == before


def test_no_device_counts_as_silent_while_no_agent_asks_it(
    fresh: Figured, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = PlantClock(wall=lambda: NOW / 1000 + 86_400, monotonic=lambda: 0.0)
    for module in (agent.figures, agent.ledger):
        monkeypatch.setattr(module, "PlantClock", lambda: later)
    done = fresh.run("recompute", "--from", "2026-11-20")
    assert done.returncode == 0, done.stderr
    with figures(fresh.loaded) as asked:
        assert asked.results("intensity")
        assert "data.silent" not in [each.code for each in asked.results("alert")]


def test_what_was_declared_while_no_agent_ran_is_in_the_figures_of_the_next_one(watched: Figured) -> None:
    with watched.analysis() as analysis:
        analysis.cycle()
    args = ("--old-final", "5000", "--new-start", "4000", "--why", "w")
    done = watched.run("event", "reset", "gas_coil.volume_reference", "--at", "2026-10-07T08:00", *args)
    assert done.returncode == 0, done.stderr
    before = _day(watched)
    with watched.analysis() as analysis:
        analysis.cycle()
    assert _day(watched) != before


def _day(plant: Figured) -> object:
    (day,) = plant.told("intensity", "coil", "--period", PeriodKind.DAY.value, "--from", "2026-10-07", "--to",
                        "2026-10-08")  # fmt: skip
    return day["gas_nm3"], day["evidence"]["codes"]
