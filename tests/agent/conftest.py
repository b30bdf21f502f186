"""What tests of commands share: an agent that runs, a small plant with figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import figured
from tests.agent.figured import Figured
from tests.e2e.harness import Agent, Meters, make_works


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """Give an agent with five simulated meters, broker and store inside, that has stored readings."""
    works = make_works(tmp_path_factory.mktemp("running"))
    with Meters(works), Agent(works) as agent:
        agent.wait_all_stored()
        yield agent


@pytest.fixture(scope="session")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a small plant with eleven weeks of readings and no figures."""
    return figured.build(tmp_path_factory.mktemp("figured") / "read")


@pytest.fixture(scope="session")
def watched_once(read_only: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of it with an approved baseline and every figure."""
    folder = figured.copy(read_only, tmp_path_factory.mktemp("watched") / "plant")
    with pytest.MonkeyPatch.context() as monkeypatch:
        Figured(folder, monkeypatch).approve()
    return folder


@pytest.fixture
def fresh(read_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Figured:
    """Give a small plant of which nothing was computed yet."""
    return Figured(figured.copy(read_only, tmp_path / "plant"), monkeypatch)


@pytest.fixture
def watched(watched_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Figured:
    """Give a small plant that is held against a baseline."""
    return Figured(figured.copy(watched_once, tmp_path / "plant"), monkeypatch)
