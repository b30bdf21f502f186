"""`energy-agent demo` in a fresh folder: what a newcomer meets in the first half minute."""

from __future__ import annotations

import json
import re
import signal
import stat
import time
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.commands.demo import write_plant
from bus.mqtt import BrokerAddress
from tests.bus.clients import client
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
        super().__init__(works, command=command(folder, self.offset), names_file=False)

    @property
    def origin(self) -> int:
        """Return the instant of its first start."""
        start_ms: int = json.loads((self.works.state_dir / "demo.json").read_text())["start_ms"]
        return start_ms

    def reader(self) -> BrokerAddress:
        """Return the way of an integrator to the broker."""
        password = json.loads((self.works.state_dir / "broker.json").read_text())["reader"]
        return BrokerAddress(host="127.0.0.1", port=18830 + self.offset, user="reader", password=password)

    def wait_figures(self, timeout_s: float) -> dict[str, Any]:
        """Wait until there are figures, and return what the status says of them."""
        status = self.wait_until("figures", lambda s: s["analytics"]["computed_at"] is not None, timeout_s)
        found: dict[str, Any] = status["analytics"]
        return found

    def alerts(self) -> list[dict[str, Any]]:
        """Return every alert."""
        done = cli("alert", "list", "--all", "--json", "-c", self.works.file)
        assert done.returncode == 0, done.stderr
        return [each["alert"] for each in json.loads(done.stdout)]


def command(folder: Path, offset: int) -> tuple[str, ...]:
    return ("demo", "--dir", str(folder), "--port-offset", str(offset))


def intensities(works: Works, period: str, since: str, until: str) -> list[dict[str, Any]]:
    """Return the kept intensities of both lines in a span."""
    done = cli("intensity", "--period", period, "--from", since, "--to", until, "--json", "-c", works.file)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    found: list[dict[str, Any]] = rows if isinstance(rows, list) else [e for of in rows.values() for e in of]
    return found


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
        live = [row for row in export(demo.works) if row.value is not None and row.at >= demo.origin]
        return {row.point.partition(".")[0] for row in live} == devices

    wait_for("every device is in the store", stored)
    assert time.monotonic() - demo.started < 20.0


def test_it_tells_a_line_every_few_seconds(demo: Demo) -> None:
    line = re.compile(
        r"17/17 meters answer  [\d,]+ readings in the store \(\+\d+/s\)  journal \d+  quarantine 0"
    )
    wait_for("a summary", lambda: line.search(demo.log.read_text()))


def test_figures_and_the_drift_alert_are_there_within_a_minute(demo: Demo) -> None:
    demo.wait_figures(60.0 - (time.monotonic() - demo.started))
    took_s = time.monotonic() - demo.started
    print(f"figures after {took_s:.1f} s")
    assert took_s < 60.0
    said = demo.status()
    assert said is not None
    assert said["analytics"]["open_alerts"]["warning"] + said["analytics"]["open_alerts"]["error"] >= 2
    found = {(each["code"], each["subject"]): each for each in demo.alerts()}
    drift = found["drift.up", "coil"]
    assert drift["state"] == "open"
    assert drift["facts"]["shift_percent_low"] > 1.0
    assert found["counter.gap", "em_main.active_energy_import"]["facts"]["unseen_h"] == 7.25
    assert found["counter.reset_undeclared", "heat_sheet.heat_energy"]["state"] == "open"
    assert not [code for code, _ in found if code == "counter.stuck"]


def test_it_tells_what_was_planted_and_that_all_of_it_was_found(demo: Demo) -> None:
    wait_for("the comparison", lambda: "planted in the past, and found: 18 of 18" in demo.log.read_text())
    line = re.compile(
        r"figures \d\.\d s old  open alerts: 1 error, 1 warning  "
        r"coil 3\d\.\d\d Nm3/t this year \(target met: .*%\)  sheet 5\d\.\d\d Nm3/t this year"
    )
    wait_for("a line of figures", lambda: line.search(demo.log.read_text()))


def test_published_figures_are_of_readings_younger_than_five_seconds(demo: Demo) -> None:
    ages: list[float] = []
    others: list[tuple[str, Any]] = []

    def take(topic: str, payload: bytes, is_retained: bool) -> None:  # noqa: FBT001
        body = json.loads(payload)
        if "/enpi/" in topic and not is_retained:
            ages.append(time.time() - body["at"] / 1000)
        others.append((topic, body))

    with client(demo.reader(), "figures", subscriptions=["energy/jiangmen/analytics/#"], received=take):
        wait_for("10 messages", lambda: len(ages) >= 10, 90.0)
    print(f"oldest reading {max(ages):.2f} s, mean {sum(ages) / len(ages):.2f} s")
    assert max(ages) < 5.0
    said = dict(others)
    assert {f"energy/jiangmen/analytics/enpi/{line}" for line in ("coil", "sheet")} <= said.keys()
    year = said["energy/jiangmen/analytics/enpi/coil"]["periods"]["year"]
    assert 25.0 < year["ratio"] < 40.0
    still = said["energy/jiangmen/analytics/alerts"]["open"]
    assert ("drift.up", "coil") in {(each["code"], each["subject"]) for each in still}


def test_the_past_since_2024_is_there_with_what_was_planted(demo: Demo) -> None:
    point = "em_main.active_energy_import"
    first = export(demo.works, point, "--since", "2024-01-01", "--until", "2024-01-02")
    assert len(first) == 24 * 4
    assert first[0].at == 1_704_038_400_000
    begin = datetime.fromtimestamp(demo.origin // 1000, ZoneInfo("Asia/Shanghai")) - timedelta(days=12)
    rows = export(demo.works, point, "--since", f"{begin:%Y-%m-%d}")
    before = [row for row in rows if row.at < demo.origin]
    assert before[-1].at == (demo.origin - 1) // 900_000 * 900_000
    assert {later.at - row.at for row, later in pairwise(before)} == {900_000}
    down = [row for row in before if row.quality != "good"]
    assert {row.quality for row in down} == {"link_down"}
    assert len(down) == 7 * 4
    values = [row.value for row in rows if row.value is not None]
    assert values == sorted(values)
    said = r"history: \d,\d{3},\d{3} readings since 2024, 1 meter events and 2 baselines in the ledger"
    assert re.search(said, demo.log.read_text())


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


def test_a_later_start_goes_on_with_the_same_plant(demo: Demo) -> None:
    origin, before = demo.origin, export(demo.works)
    with Agent(demo.works, command=command(demo.works.folder, demo.offset), names_file=False) as again:
        started = time.monotonic()
        again.wait_all_stored()
        again.wait_until("figures", lambda s: s["analytics"]["computed_at"] is not None, 40.0)
        print(f"figures {time.monotonic() - started:.1f} s after a later start")
        again.stop(signal.SIGINT)
    assert demo.origin == origin
    assert "history" not in again.log.read_text()
    assert "planted in the past" not in again.log.read_text()
    last = {row.point: row for row in before if row.value is not None}
    counters = (
        "gas_sheet.volume_reference",
        "em_utilities.active_energy_import",
        "gas_main.volume_reference",
    )
    new = [row for row in export(demo.works, *counters) if row.at > max(row.at for row in before)]
    assert {row.point for row in new if row.value is not None} == set(counters)
    for row in new:
        old = last[row.point].value
        assert row.value is None or (old is not None and 0.0 <= row.value - old < 100.0)


def test_a_demo_that_was_killed_in_its_first_computation_has_everything_after_a_restart(
    tmp_path: Path,
) -> None:
    with Demo(tmp_path / "data") as killed:
        wait_for("the agent's part", lambda: "demo plant: 17" in killed.log.read_text(), 60.0)
        status = killed.status()
        assert status is None or status["analytics"]["computed_at"] is None
        killed.process.kill()
        killed.process.wait()
    with Agent(killed.works, command=command(killed.works.folder, killed.offset), names_file=False) as again:
        again.wait_until("figures", lambda s: s["analytics"]["computed_at"] is not None, 60.0)
        codes = {(each["code"], each["subject"]) for each in killed.alerts()}
        again.stop(signal.SIGINT)
    assert ("drift.up", "coil") in codes
    days = intensities(killed.works, "day", "2024-01-01", "2025-01-01")
    assert len(days) == 366 * 2
    assert all(each["expected_nm3"] is not None for each in days)
    hours = intensities(killed.works, "hour", "2024-03-01", "2024-03-08")
    assert len(hours) == 7 * 24 * 2


def test_a_demo_file_that_was_changed_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_plant(tmp_path, 100)
    assert "port = 8180" in file.read_text()
    assert "port = 8280" in write_plant(tmp_path, 200).read_text()
    file.write_text(file.read_text() + "# mine\n")
    assert write_plant(tmp_path, 300).read_text().endswith("# mine\n")
    assert "delete it" in capsys.readouterr().out
