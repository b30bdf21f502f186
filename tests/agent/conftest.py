"""One agent that runs for all tests of commands that only look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.harness import Agent, Meters, make_works


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """Give an agent with five simulated meters, broker and store inside, that has stored readings."""
    works = make_works(tmp_path_factory.mktemp("running"))
    with Meters(works), Agent(works) as agent:
        agent.wait_all_stored()
        yield agent
