"""status, read, tail and export at a running agent, as processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.shipped_factors import shipped_factors
from tests.agent.inside import said
from tests.e2e.evidence import rows_of
from tests.e2e.harness import DEVICES, ROOT, Agent, environ


def ended_by_head(*args: str | Path, lines: int = 1) -> subprocess.CompletedProcess[str]:
    """Run a command whose reader leaves after so many lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", *map(str, args)],
        env=environ(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    seen = "".join(process.stdout.readline() for _ in range(lines))
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    return subprocess.CompletedProcess(process.args, process.wait(20), seen, said)


def test_status_tells_each_device_journal_store_and_quarantine(running: Agent) -> None:
    done = said("status", "-c", running.works.file, env={"COLUMNS": "120"})
    assert done.returncode == 0, done.stderr
    for word in (*DEVICES, "ready", "journal", "store", "quarantine empty"):
        assert word in done.stdout


def test_status_as_json_parses(running: Agent) -> None:
    done = said("status", "-c", running.works.file, "--json")
    body = json.loads(done.stdout)
    assert body["ready"] is True
    assert [device["device"] for device in body["devices"]] == list(DEVICES)
    assert {device["state"] for device in body["devices"]} == {"good"}
    assert body["store"]["readings"] > 0


@pytest.mark.parametrize("device", DEVICES)
def test_read_through_the_running_agent_shows_values_beside_raw_registers(
    running: Agent, device: str
) -> None:
    done = said("read", device, "-c", running.works.file, "--json")
    assert done.returncode == 0, done.stderr
    poll = json.loads(done.stdout)
    assert poll["device"] == device
    good = [register for register in poll["registers"] if register["quality"] == "good"]
    assert good
    assert all(register["raw"] for register in good)


def test_read_fits_a_narrow_terminal(running: Agent) -> None:
    done = said("read", "gas_coil", "-c", running.works.file, env={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    assert "holding 14" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_tail_ends_after_the_polls_asked_for(running: Agent) -> None:
    done = said("tail", "-n", "3", "-c", running.works.file)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_tail_as_json_gives_one_object_a_line_and_only_the_devices_named(running: Agent) -> None:
    done = said("tail", "pv_2", "plc_coil", "-n", "4", "--json", "-c", running.works.file)
    polls = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(polls) == 4
    assert {poll["device"] for poll in polls} == {"pv_2", "plc_coil"}
    assert all(poll["values"] for poll in polls)


def test_ctrl_c_ends_tail_quietly(running: Agent) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", "tail", "-c", str(running.works.file)],
        env=environ(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert said == ""


@pytest.mark.parametrize("command", ["tail", "export"])
def test_a_reader_that_leaves_is_no_traceback(running: Agent, command: str) -> None:
    done = ended_by_head(command, "-c", running.works.file)
    assert done.stdout
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_export_writes_the_points_that_a_pattern_names(running: Agent) -> None:
    done = said("export", "gas_*.volume_*", "plc_coil", "-c", running.works.file)
    assert done.returncode == 0, done.stderr
    points = {row.point for row in rows_of(done.stdout)}
    assert "gas_coil.volume_reference" in points
    assert all(point.startswith(("gas_main.volume", "gas_coil.volume", "plc_coil.")) for point in points)
    assert done.stderr.endswith(" points\n")


def test_export_of_a_time_without_readings_is_an_empty_table(running: Agent) -> None:
    done = said("export", "--since", "2020-01-01", "--until", "2020-01-02", "-c", running.works.file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "point,at,value,quality,unit,words"


def test_export_takes_plant_time_and_leaves_out_the_end(running: Agent) -> None:
    rows = rows_of(said("export", "plc_coil", "-c", running.works.file).stdout)
    first, last = min(row.at for row in rows), max(row.at for row in rows)
    shanghai = [
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000 + 8 * 3600)) + f".{at % 1000:03d}"
        for at in (first, last)
    ]
    done = said(
        "export", "plc_coil", "--since", shanghai[0], "--until", shanghai[1], "-c", running.works.file
    )
    again = rows_of(done.stdout)
    assert {row.at for row in again} == {row.at for row in rows} - {last}


def test_export_leaves_no_draft_behind(running: Agent, tmp_path: Path) -> None:
    target = tmp_path / "readings.parquet"
    done = said("export", "-o", target, "-c", running.works.file)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["readings.parquet"]
    assert target.read_bytes()[:4] == b"PAR1"
    assert list(running.works.state_dir.glob("export-*")) == []


def test_an_agent_that_starts_enters_the_factors_that_it_brings(running: Agent) -> None:
    told = json.loads(said("factor", "list", "-c", running.works.file, "--json").stdout)
    assert {each["factor"]["id"] for each in told} == {each.id for each in shipped_factors()}
    assert "nothing written" in said("factor", "adopt", "-c", running.works.file).stdout
