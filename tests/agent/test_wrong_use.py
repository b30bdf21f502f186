"""Commands called wrongly, or where something they need is not there: one line and an exit code each."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.commands.common import (
    EXIT_CONFIG,
    EXIT_DEVICE,
    EXIT_FAILED,
    EXIT_IN_USE,
    EXIT_NOT_RUNNING,
    EXIT_STORE,
    EXIT_USAGE,
)
from tests.agent.inside import said
from tests.e2e.harness import ROOT, Agent, Works, cli, environ, free_ports, make_works

COMMANDS = ("check", "read", "status", "tail", "export")
"""Those that start no logging before they look for the plant file."""
NEEDS_DEVICE = {"read": ("gas_coil",)}


@pytest.fixture
def works(tmp_path: Path) -> Works:
    return make_works(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Check that a command said why in a few lines and left with this code."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 6
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_plant_file_a_command_says_where_it_looked(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = said(command, *NEEDS_DEVICE.get(command, ()))
    if Path("/etc/energy-agent/plant.toml").exists():
        pytest.skip("this machine has a plant file")
    refused(done, EXIT_USAGE, "plant.toml and /etc/energy-agent/plant.toml", "--config")


@pytest.mark.parametrize("command", ["status", "read", "export"])
def test_a_plant_file_that_does_not_exist_is_a_fault_of_it(command: str, tmp_path: Path) -> None:
    done = said(command, *NEEDS_DEVICE.get(command, ()), "-c", tmp_path / "none.toml")
    refused(done, EXIT_CONFIG, "none.toml", "does not exist")


def test_check_prints_every_fault_and_the_count(works: Works) -> None:
    text = works.file.read_text()
    text = text.replace('profile = "suto_s401"', 'profile = "sutos401"').replace(
        "unit_id = 2", "unit_id = 300"
    )
    works.file.write_text(text + "\n[nonsense]\n")
    done = said("check", works.file)
    assert done.returncode == EXIT_CONFIG
    for word in ("suto_s401", "300", "nonsense"):
        assert word in done.stdout
    assert "warnings" in done.stdout.splitlines()[-1]
    found = json.loads(said("check", works.file, "--json").stdout)
    assert found["ok"] is False
    assert len(found["findings"]) == len(done.stdout.splitlines()) - 1
    assert all({"code", "key", "problem", "remedy"} <= finding.keys() for finding in found["findings"])


def test_check_counts_warnings_as_faults_only_when_strict(works: Works) -> None:
    works.file.write_text(
        works.file.read_text().replace('mode = "embedded"\nport = 0', 'mode = "external"\nhost = "10.0.0.1"')
    )
    relaxed, strict = said("check", works.file), said("check", "--strict", works.file)
    assert (relaxed.returncode, strict.returncode) == (0, EXIT_CONFIG), relaxed.stdout
    assert "warning" in relaxed.stdout


@pytest.mark.parametrize("command", ["read", "tail"])
def test_an_unknown_device_is_answered_with_the_known_ones(command: str, works: Works) -> None:
    refused(said(command, "gas_cool", "-c", works.file), EXIT_USAGE, "gas_cool", "gas_coil, gas_main")


def test_a_pattern_that_matches_no_point_is_wrong_use(works: Works) -> None:
    refused(said("export", "gas_cool", "-c", works.file), EXIT_USAGE, "gas_cool")


@pytest.mark.parametrize(
    ("dates", "word"),
    [
        (("--since", "yesterday"), "yesterday"),
        (("--until", "2026-13-01"), "2026-13-01"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "is not before"),
        (("--since", "2026-03-01", "--until", "2026-03-01"), "is not before"),
        (("--since", "0001-01-01T00:00+23:59", "--until", "2026-01-01"), ""),
    ],
    ids=["no date", "no month 13", "backwards", "empty", "before all time"],
)
def test_bad_dates_are_wrong_use(dates: tuple[str, ...], word: str, works: Works) -> None:
    done = said("export", *dates, "-c", works.file)
    refused(done, EXIT_STORE if not word else EXIT_USAGE, word)


def test_export_into_a_folder_that_is_not_there_is_wrong_use(works: Works, tmp_path: Path) -> None:
    done = said("export", "-o", tmp_path / "none" / "x.csv", "-c", works.file)
    refused(done, EXIT_USAGE, "no folder")


def test_export_before_anything_was_stored_says_so_and_makes_no_file(works: Works) -> None:
    refused(said("export", "-c", works.file), EXIT_STORE, "nothing was stored")
    assert not works.state_dir.exists()


def test_export_of_a_damaged_store_says_so(works: Works) -> None:
    works.state_dir.mkdir(mode=0o700)
    (works.state_dir / "readings.duckdb").write_bytes(b"no database at all" * 1000)
    refused(said("export", "-c", works.file), EXIT_STORE, "readings.duckdb", "move it aside")


@pytest.mark.parametrize("command", ["status", "tail"])
def test_without_an_agent_a_command_says_how_to_start_one(command: str, works: Works) -> None:
    refused(said(command, "-c", works.file), EXIT_NOT_RUNNING, str(works.state_dir), "energy-agent run")


def test_read_of_a_device_that_does_not_answer_names_the_place(works: Works) -> None:
    refused(said("read", "em_main", "-c", works.file), EXIT_DEVICE, "power_room", "127.0.0.1")


def test_an_unknown_scenario_is_answered_with_the_known_ones(works: Works) -> None:
    done = said("simulate", "--scenario", "flood", "-c", works.file)
    refused(done, EXIT_FAILED, "flood", "drift", "outage")


def test_a_scenario_that_does_not_fit_the_plant_says_what_is_missing(works: Works) -> None:
    refused(said("simulate", "--scenario", "demo", "-c", works.file), EXIT_FAILED, "gas_sheet")


def test_a_real_plant_is_not_simulated(works: Works) -> None:
    works.file.write_text(works.file.read_text().replace("demo = true", "demo = false"))
    refused(said("simulate", "-c", works.file), EXIT_FAILED, str(works.file), "site.demo = true")


def test_a_taken_port_of_a_simulated_meter_names_the_cure(works: Works, taken_port: int) -> None:
    text = works.file.read_text().splitlines()
    text[text.index('id = "line"') + 3] = f"port = {taken_port}"
    works.file.write_text("\n".join(text))
    refused(said("simulate", "-c", works.file), EXIT_FAILED, str(taken_port), "--port-offset")


def test_a_taken_web_port_names_the_cure(works: Works, taken_port: int) -> None:
    works.file.write_text(works.file.read_text().replace(f"port = {works.http_port}", f"port = {taken_port}"))
    refused(said("run", "-c", works.file), EXIT_FAILED, f"127.0.0.1:{taken_port}", "http.port")


def test_a_taken_port_of_the_embedded_broker_names_the_cure(works: Works, taken_port: int) -> None:
    works.file.write_text(works.file.read_text().replace("port = 0", f"port = {taken_port}"))
    refused(said("run", "-c", works.file), EXIT_STORE, f"127.0.0.1:{taken_port}", "broker.port")


def test_a_state_folder_that_cannot_be_made_names_the_cure(works: Works) -> None:
    (works.folder / "state").write_text("a file where the folder should be")
    refused(said("run", "-c", works.file), EXIT_FAILED, str(works.state_dir), "agent.state_dir")


def test_a_state_folder_that_cannot_be_written_names_the_cure(works: Works) -> None:
    works.state_dir.mkdir(mode=0o755)
    works.state_dir.chmod(0o555)
    run = [sys.executable, "-m", "agent", "run", "-c", str(works.file)]
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to take that away")
        run = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *run]
    done = subprocess.run(
        run, env=environ(), cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    refused(done, EXIT_FAILED, str(works.state_dir), "Permission denied", "agent.state_dir")


def test_one_role_alone_with_the_embedded_broker_is_wrong_use(works: Works) -> None:
    refused(said("run", "--role", "collector", "-c", works.file), EXIT_USAGE, 'broker.mode = "external"')


def test_a_second_agent_on_one_state_folder_refuses_and_names_the_first(running: Agent) -> None:
    export = running.works.state_dir / "export-under-way"
    export.mkdir()
    try:
        refused(said("run", "-c", running.works.file), EXIT_IN_USE, f"pid {running.pid}", "agent.state_dir")
        assert export.exists(), "the second agent cleared what the first one was writing"
    finally:
        export.rmdir()
    status = running.status()
    assert status is not None
    assert status["ready"]


def test_demo_does_not_touch_a_real_plant_file(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text('[site]\nid = "mine"\n')
    refused(said("demo", "--dir", tmp_path), EXIT_FAILED, str(file), "--dir")
    assert file.read_text() == '[site]\nid = "mine"\n'


def test_demo_in_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(said("demo", "--dir", tmp_path / "file" / "demo"), EXIT_FAILED, str(tmp_path / "file"))


@pytest.mark.parametrize("offset", ["60000", "-20000", "x"])
def test_demo_refuses_ports_that_there_are_not(offset: str, tmp_path: Path) -> None:
    refused(said("demo", "--dir", tmp_path / "demo", "--port-offset", offset), EXIT_USAGE, "--port-offset")
    assert not (tmp_path / "demo").exists()


def test_demo_refuses_an_unknown_scenario(tmp_path: Path) -> None:
    offset = str(free_ports(1)[0] % 20_000)
    done = cli("demo", "--dir", tmp_path / "demo", "--scenario", "flood", "--port-offset", offset)
    refused(done, EXIT_FAILED, "flood", "drift")


def test_compressed_time_is_for_demo_plants(works: Works) -> None:
    works.file.write_text(works.file.read_text().replace("demo = true", "demo = false"))
    refused(said("run", "--clock", "0:0:60", "-c", works.file), EXIT_FAILED, "--clock")


def test_a_misspelt_variable_is_refused(works: Works) -> None:
    done = said("run", "-c", works.file, env={"ENERGY_AGENT_BROKER__PROT": "1883"})
    refused(done, EXIT_CONFIG, "ENERGY_AGENT_BROKER__PROT", "ENERGY_AGENT_BROKER__PORT")
