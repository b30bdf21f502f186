"""`energy-agent demo` in a fresh folder: what a newcomer meets in the first half minute."""

from __future__ import annotations

import json
import re
import signal
import stat
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.commands.demo import write_plant
from tests.e2e.evidence import export
from tests.e2e.harness import Agent, Works, cli, wait_for
from tests.e2e.processes import is_alive, listening, reserved_offset


class Demo(Agent):
    """A running demo; its time to the last device's first stored reading is taken."""

    def __init__(self, folder: Path) -> None:
        self.started = time.monotonic()
        folder.mkdir()
        self.offset = reserved_offset(8080, *range(15021, 15032), 18830)
        works = Works(folder=folder, file=folder / "plant.toml", http_port=8080 + self.offset)
        super().__init__(
            works, command=("demo", "--dir", str(folder), "--port-offset", str(self.offset)), names_file=False
        )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


def test_readings_of_the_whole_plant_are_in_the_store_within_twenty_seconds(demo: Demo) -> None:
    wait_for("the plant file", demo.works.file.exists)
    devices = {device["id"] for device in tomllib.loads(demo.works.file.read_text())["devices"]}
    assert len(devices) == 17
    demo.wait_until("every device is read", lambda s: all(d["good"] for d in s["devices"]))

    def stored() -> bool:
        return {row.point.partition(".")[0] for row in export(demo.works) if row.value is not None} == devices

    wait_for("every device is in the store", stored)
    assert time.monotonic() - demo.started < 20.0


def test_it_tells_a_line_every_few_seconds(demo: Demo) -> None:
    line = re.compile(
        r"17/17 meters answer  [\d,]+ readings in the store \(\+\d+/s\)  journal \d+  quarantine 0"
    )
    wait_for("a summary", lambda: line.search(demo.log.read_text()))


def test_every_socket_of_agent_broker_and_meters_is_on_loopback(demo: Demo) -> None:
    family = {demo.pid, *demo.children()}
    assert len(family) == 3
    found = listening(family)
    assert {address for address, _ in found} == {"127.0.0.1"}
    expected = {8080, *range(15021, 15032), 18830}
    assert {port - demo.offset for _, port in found} == expected


def test_its_files_are_private(demo: Demo) -> None:
    state = demo.works.state_dir
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    exposed = [path.name for path in state.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert exposed == []


def test_a_second_demo_in_the_same_folder_is_refused_and_changes_nothing(demo: Demo) -> None:
    before = demo.works.file.read_text()
    done = cli("demo", "--dir", demo.works.folder)
    assert done.returncode == 7, done.stderr
    assert f"pid {demo.pid}" in done.stderr
    assert demo.works.file.read_text() == before


def test_ctrl_c_ends_it_within_five_seconds_and_nothing_is_left_running(demo: Demo) -> None:
    status = demo.status()
    assert status is not None
    assert status["is_demo"]
    assert json.dumps(status)
    family = demo.children()
    code, took_s = demo.stop(signal.SIGINT)
    assert (code, took_s < 5.0) == (0, True)
    wait_for("no process left", lambda: not any(map(is_alive, family)), 1.0)
    text = demo.log.read_text()
    assert "stopped; the readings stay in" in text
    assert "Traceback" not in text
    assert "ERROR" not in text
    assert export(demo.works)


def test_a_demo_file_that_was_changed_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_plant(tmp_path, 100)
    assert "port = 8180" in file.read_text()
    assert "port = 8280" in write_plant(tmp_path, 200).read_text()
    file.write_text(file.read_text() + "# mine\n")
    assert write_plant(tmp_path, 300).read_text().endswith("# mine\n")
    assert "delete it" in capsys.readouterr().out
