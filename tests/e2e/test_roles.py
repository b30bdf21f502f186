"""Collector and store as two processes on two state folders, with only a Mosquitto between them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agent.inside import said
from tests.e2e.brokers import section
from tests.e2e.evidence import assert_no_silence, assert_true, stored, waiting
from tests.e2e.harness import Agent, Meters, make_works
from tests.mosquitto import Mosquitto


def test_collector_and_store_meet_over_the_broker_also_when_the_store_comes_late(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    works = make_works(tmp_path, section(mosquitto, tmp_path))
    beside = works.with_state("store")
    with Meters(works) as meters, Agent(works, "--role", "collector") as collector:
        collector.wait_until("a backlog", lambda s: s["store"] is None and s["journal"]["depth"] >= 10)
        with Agent(beside, "--role", "store") as store:
            store.wait_until(
                "the backlog is stored",
                lambda s: (
                    s["ready"]
                    and s["journal"] is None
                    and s["devices"] == []
                    and s["store"]["readings"] > 200
                ),
            )
            collector.wait_until("acknowledged", lambda s: s["ready"] and s["journal"]["acknowledged"] >= 10)
            refused = said("tail", "-c", beside.file)
            assert refused.returncode == 1
            assert "does not poll" in refused.stderr
            poll = json.loads(said("read", "plc_coil", "--json", "-c", works.file).stdout)
            assert poll["device"] == "plc_coil"
            assert collector.stop()[0] == 0
            assert store.stop()[0] == 0
        assert said("export", "-c", works.file).returncode == 5, "the collector's folder holds no store"
        rows, noted = stored(beside)
        assert_true(rows, meters)
        assert_no_silence([*rows, *waiting(works)], noted)
        assert noted == []
