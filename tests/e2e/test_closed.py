"""What may be seen from outside: sockets, files, metrics, and secrets that never show."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config import load
from tests.agent.inside import said
from tests.e2e.brokers import PASSWORD_FILE, section
from tests.e2e.evidence import assert_true, rows_of
from tests.e2e.harness import DEVICES, Agent, Meters, Works, make_works, wait_for
from tests.e2e.processes import listening
from tests.mosquitto import Mosquitto

CANARY = "Canary-7ZqX-in-the-mine"


def samples(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Return metric -> label values -> value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


@pytest.fixture(scope="module")
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Works:
    """Return a works whose state folder was made beforehand, and not by a careful person."""
    works = make_works(tmp_path_factory.mktemp("open"))
    works.state_dir.mkdir(mode=0o755)
    works.state_dir.chmod(0o755)
    return works


@pytest.fixture(scope="module")
def meters_of_it(open_folder: Works) -> Iterator[Meters]:
    with Meters(open_folder) as meters:
        yield meters


@pytest.fixture(scope="module")
def agent(open_folder: Works, meters_of_it: Meters) -> Iterator[Agent]:
    with Agent(open_folder) as started:
        started.wait_all_stored()
        yield started


def test_every_listening_socket_is_on_loopback(agent: Agent) -> None:
    found = listening({agent.pid, *agent.children()})
    assert {address for address, _ in found} == {"127.0.0.1"}
    assert len(found) == 2, "web page and broker"
    assert agent.works.http_port in {port for _, port in found}


def test_no_file_of_the_state_folder_is_readable_by_others(agent: Agent) -> None:
    files = list(agent.works.state_dir.rglob("*"))
    assert {"agent.sock", "broker.json", "journal.sqlite", "readings.duckdb"} <= {path.name for path in files}
    assert [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_public_face_offers_health_and_metrics_and_the_rest_after_a_login(agent: Agent) -> None:
    assert agent.http("/healthz").json() == {"live": True, "ready": True, "reasons": []}
    for path in ("/status", "/tail", "/read/plc_coil", "/export", "/docs", "/../etc/passwd", "/"):
        answer = agent.http(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path
    assert agent.http("/api/v1/status").status_code == 401
    assert "server" not in agent.http("/healthz").headers


def test_metrics_parse_and_count_polls_journal_and_store(agent: Agent) -> None:
    found = samples(agent.http("/metrics").text)
    assert found["energy_agent_ready"][()] == 1
    polls = found["energy_agent_polls_total"]
    assert {device for device, _ in polls} == set(DEVICES)
    assert min(polls.values()) >= 2
    for name in ("poll_latency_seconds", "last_good_timestamp_seconds"):
        assert found[f"energy_agent_{name}"].keys() == polls.keys(), name
        assert min(found[f"energy_agent_{name}"].values()) > 0, name
    assert found["energy_agent_acknowledged_total"][()] >= 2 * len(DEVICES)
    assert found["energy_agent_stored_readings_total"][()] > 0
    assert 0 <= found["energy_agent_journal_depth"][()] <= 30
    assert found["energy_agent_dropped_total"] == {("journal_full",): 0, ("memory_full",): 0}
    text = agent.http("/metrics").text
    assert "# TYPE energy_agent_quarantined gauge" in text
    assert "# TYPE energy_agent_poll_failures_total counter" in text


def test_failures_are_counted_by_kind_and_the_reading_says_why(agent: Agent, meters_of_it: Meters) -> None:
    meters_of_it.go()
    try:
        wait_for("not ready", lambda: "no device answers" in " ".join(agent.reasons() or []))
        found = samples(agent.http("/metrics").text)
        assert found["energy_agent_ready"][()] == 0
        failures = found["energy_agent_poll_failures_total"]
        assert {labels[0] for labels in failures} == set(DEVICES)
        assert {labels[2] for labels in failures} == {"link_down"}
        done = said("status", "-c", agent.works.file, env={"COLUMNS": "140"})
        assert done.returncode == 1
        assert "no device answers" in done.stdout
        assert "failing" in done.stdout
        done = said("read", "plc_coil", "-c", agent.works.file)
        assert done.returncode == 4
        assert "127.0.0.1" in done.stderr
    finally:
        meters_of_it.come_back()
    agent.wait_until("all good again", lambda s: all(device["state"] == "good" for device in s["devices"]))


def test_an_export_is_the_same_through_the_agent_and_after_it(agent: Agent, meters_of_it: Meters) -> None:
    works, folder = agent.works, agent.works.folder
    status = agent.wait_until("six seconds", lambda s: all(device["good"] >= 12 for device in s["devices"]))
    until = min(device["last_good_at"] for device in status["devices"]) - 3000
    window = ("--since", "2020-01-01", "--until", datetime.fromtimestamp(until / 1000, UTC).isoformat())
    for name in ("through.csv", "through.parquet"):
        assert said("export", *window, "-o", folder / name, "-c", works.file).returncode == 0
    assert agent.stop()[0] == 0
    for name in ("after.csv", "after.parquet"):
        assert said("export", *window, "-o", folder / name, "-c", works.file).returncode == 0
    for form in ("csv", "parquet"):
        assert (folder / f"through.{form}").read_bytes() == (folder / f"after.{form}").read_bytes()
    rows = rows_of((folder / "after.csv").read_text())
    assert {row.point.partition(".")[0] for row in rows} == set(DEVICES)
    assert_true(rows, meters_of_it)


def everything_said(agent: Agent) -> str:
    """Return all that an outsider, or a log reader, gets to see of an agent."""
    works = agent.works
    seen = [agent.log.read_text(), agent.http("/healthz?ready").text, agent.http("/metrics").text]
    seen.append(json.dumps(agent.status()))
    for args in (("status",), ("check", "--json"), ("read", "plc_coil", "--json"), ("tail", "-n", "1")):
        done = said(*args, "-c", works.file, env={"ENERGY_AGENT_BROKER__PASSWORD": CANARY})
        seen += [done.stdout, done.stderr]
    for pid in (agent.pid, *agent.children()):
        seen.append(Path(f"/proc/{pid}/cmdline").read_text())
    seen += [path.read_bytes().decode("latin-1") for path in works.state_dir.rglob("*") if path.is_file()]
    return "\n".join(seen)


@pytest.mark.parametrize("source", ["environment", "file"])
def test_a_password_shows_nowhere_even_when_it_is_refused(
    source: str, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    works = make_works(tmp_path, section(mosquitto, tmp_path))
    env = {}
    if source == "file":
        (tmp_path / PASSWORD_FILE).write_text(CANARY)
    else:
        text = works.file.read_text()
        works.file.write_text(text.replace(f'password_file = "{PASSWORD_FILE}"', ""))
        env = {"ENERGY_AGENT_BROKER__PASSWORD": CANARY}
    with Meters(works), Agent(works, "--verbose", env=env) as agent:
        reasons = wait_for(
            "the broker's refusal", lambda: [r for r in agent.reasons() or [] if "refused" in r]
        )
        assert reasons
        assert CANARY not in everything_said(agent)
        assert agent.stop()[0] == 0
        assert CANARY not in agent.log.read_text()
    loaded = load(works.file, env)
    assert loaded.broker.password is not None
    assert loaded.broker.password.get_secret_value() == CANARY
    assert CANARY not in repr(loaded) + str(loaded.broker)


@pytest.mark.parametrize("key", ["PASSWORD", "PASWORD"])
def test_a_secret_in_a_variable_that_does_not_fit_is_refused_unseen(key: str, tmp_path: Path) -> None:
    works = make_works(tmp_path, '[broker]\nmode = "external"\nport = 1\n')  # and no user
    done = said("run", "-c", works.file, env={f"ENERGY_AGENT_BROKER__{key}": CANARY})
    assert CANARY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 3, done.stderr


def test_a_secret_file_that_others_may_read_is_refused_unseen(tmp_path: Path) -> None:
    place = 'mode = "external"\nport = 1\nuser = "agent"\npassword_file = "open"'
    works = make_works(tmp_path, f"[broker]\n{place}\n")
    (tmp_path / "open").write_text(CANARY)
    (tmp_path / "open").chmod(0o644)
    done = said("check", works.file)
    assert done.returncode == 3
    assert "chmod 600" in done.stdout
    assert CANARY not in done.stdout + done.stderr
