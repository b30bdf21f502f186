"""A demo folder keeps its plant: seed, scenario and first start."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.origin import FILE_NAME, begin, mark_history
from domain.errors import EnergyAgentError


def test_a_later_start_goes_on_with_the_plant_of_the_first(tmp_path: Path) -> None:
    first = begin(tmp_path, now_ms=1000, seed=7, scenario="drift")
    mark_history(tmp_path, first)
    second = begin(tmp_path, now_ms=2000, seed=None, scenario=None)
    assert (second.start_ms, second.seed, second.scenario, second.has_history) == (1000, 7, "drift", True)
    assert begin(tmp_path, now_ms=3000, seed=7, scenario="drift") == second


def test_a_new_folder_begins_with_the_demo_scenario(tmp_path: Path) -> None:
    found = begin(tmp_path, now_ms=1000, seed=None, scenario=None)
    assert (found.seed, found.scenario, found.has_history) == (1, "demo", False)


def test_another_seed_or_scenario_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    found = begin(tmp_path, now_ms=1000, seed=7, scenario="drift")
    with pytest.raises(EnergyAgentError, match=r"seed 7.*leave --seed out"):
        begin(tmp_path, now_ms=2000, seed=8, scenario=None)
    with pytest.raises(EnergyAgentError, match=r"scenario drift.*name another folder"):
        begin(tmp_path, now_ms=2000, seed=None, scenario="demo")
    assert begin(tmp_path, now_ms=3000, seed=None, scenario=None) == found


def test_a_folder_with_readings_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readings.duckdb").touch()
    with pytest.raises(EnergyAgentError, match="holds readings of another plant"):
        begin(tmp_path, now_ms=1000, seed=None, scenario=None)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_damaged_file_says_how_to_begin_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"start_ms": "soon"}')
    with pytest.raises(EnergyAgentError, match="begin anew"):
        begin(tmp_path, now_ms=1000, seed=None, scenario=None)
