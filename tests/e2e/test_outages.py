"""The running agent while a part of the world is gone: it says so, keeps all, and ends when asked."""

from __future__ import annotations

import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.reading import Gap, Quality
from tests.e2e.brokers import section
from tests.e2e.evidence import assert_no_silence, assert_true, stored, waiting
from tests.e2e.harness import DEVICES, EMBEDDED, Agent, Meters, Works, make_works, wait_for
from tests.e2e.processes import is_alive
from tests.mosquitto import Mosquitto

STOP_S = 10.0
"""What a service manager waits at least before it kills."""


def assert_all_arrived(works: Works, meters: Meters) -> list[Gap]:
    """Check that the store has the truth, and store or journal each poll due, of a stopped agent."""
    rows, noted = stored(works)
    assert_true(rows, meters)
    assert_no_silence([*rows, *waiting(works)], noted)
    return noted


def stops_in_time(agent: Agent) -> None:
    code, took_s = agent.stop(signal.SIGTERM)
    assert (code, took_s < STOP_S) == (0, True)


def drained(agent: Agent) -> None:
    """Wait until new readings come in and nothing older waits for the store."""
    agent.wait_until(
        "good readings from each device, and the journal drained",
        lambda s: s["ready"] and all(d["good"] for d in s["devices"]) and s["journal"]["depth"] <= 10,
        timeout_s=40.0,
    )


def says(agent: Agent, *words: str, timeout_s: float = 20.0) -> str:
    """Wait until /healthz gives a reason with all these words, and return it; the agent stays alive."""

    def found() -> str | None:
        reasons = agent.reasons() or []
        return next((reason for reason in reasons if all(word in reason for word in words)), None)

    reason = wait_for(f"a reason with {words}", found, timeout_s)
    assert agent.http("/healthz").status_code == 200
    return reason


@pytest.fixture
def frozen_store() -> Iterator[str]:
    """Give the URL of a store that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def influx_section(url: str, folder: Path) -> str:
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text("canary-token")
    place = f'url = "{url}"\norg = "o"\nbucket = "b"\ntoken_file = "token"'
    return f'[store]\nkind = "influxdb"\n{place}\n'


def test_with_the_broker_frozen_the_agent_stops_when_asked_and_nothing_is_lost(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    works = make_works(tmp_path, section(mosquitto, tmp_path))
    with Meters(works) as meters:
        with Agent(works) as agent:
            before = agent.wait_all_stored()["journal"]["journalled"]
            mosquitto.freeze()
            agent.wait_until(
                "more is journalled",
                lambda s: s["journal"]["journalled"] >= before + 10 and s["journal"]["depth"] >= 10,
            )
            stops_in_time(agent)
        mosquitto.thaw()
        with Agent(works) as agent:
            drained(agent)
            assert agent.stop()[0] == 0
        assert_all_arrived(works, meters)


def test_with_the_store_gone_the_agent_stops_when_asked_and_nothing_is_lost(
    frozen_store: str, tmp_path: Path
) -> None:
    works = make_works(tmp_path, EMBEDDED)
    embedded = works.file.read_text()
    with Meters(works) as meters:
        works.file.write_text(embedded + influx_section("http://127.0.0.1:1", tmp_path))
        with Agent(works) as agent:
            assert "canary" not in says(agent, "store: ", "127.0.0.1:1")
            stops_in_time(agent)
        works.file.write_text(embedded + influx_section(frozen_store, tmp_path))
        with Agent(works) as agent:
            agent.wait_until("three polls of each device", lambda s: s["journal"]["depth"] >= 15)
            stops_in_time(agent)
        works.file.write_text(embedded)
        with Agent(works) as agent:
            drained(agent)
            stops_in_time(agent)
        assert_all_arrived(works, meters)


# From here on one state folder lives through all: each test begins by draining what the last one left.


@pytest.fixture(scope="module")
def worn(tmp_path_factory: pytest.TempPathFactory) -> Works:
    return make_works(tmp_path_factory.mktemp("worn"))


@pytest.fixture(scope="module")
def its_meters(worn: Works) -> Iterator[Meters]:
    with Meters(worn) as meters:
        yield meters


def test_with_all_meters_gone_the_agent_says_so_and_stops_when_asked(worn: Works, its_meters: Meters) -> None:
    with Agent(worn) as agent:
        agent.wait_all_stored()
        its_meters.go()
        says(agent, "no device answers")
        agent.process.send_signal(signal.SIGINT)  # a second signal does not disturb the stop
        stops_in_time(agent)
    its_meters.come_back()
    rows, _ = stored(worn)
    assert {row.quality for row in rows} > {"good"}


def test_a_frozen_embedded_broker_does_not_hold_up_the_stop(worn: Works, its_meters: Meters) -> None:
    with Agent(worn) as agent:
        drained(agent)
        [broker] = agent.children()
        os.kill(broker, signal.SIGSTOP)
        stops_in_time(agent)
        assert not is_alive(broker)


def test_a_killed_broker_is_started_again_and_a_killed_agent_leaves_none(
    worn: Works, its_meters: Meters
) -> None:
    with Agent(worn) as agent:
        drained(agent)
        [broker] = agent.children()
        before = (agent.status() or {})["store"]["readings"]
        os.kill(broker, signal.SIGKILL)
        says(agent, "broker")
        agent.wait_until("readings again", lambda s: s["ready"] and s["store"]["readings"] > before + 100)
        orphans = agent.children()
        assert orphans
        assert broker not in orphans
        os.kill(agent.pid, signal.SIGKILL)
        agent.process.wait()
        wait_for("no orphan", lambda: not any(map(is_alive, orphans)), 3.0)


def test_after_all_this_every_poll_due_is_accounted_for(worn: Works, its_meters: Meters) -> None:
    with Agent(worn) as agent:
        drained(agent)
        stops_in_time(agent)
    noted = assert_all_arrived(worn, its_meters)
    assert {gap.quality for gap in noted} <= {Quality.AGENT_DOWN}
    assert Counter(gap.device for gap in noted) in ({}, dict.fromkeys(DEVICES, 3))
