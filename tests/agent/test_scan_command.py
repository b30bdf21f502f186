"""`energy-agent scan`, on simulated meters behind real sockets."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from agent.commands.common import EXIT_DEVICE, EXIT_FAILED, EXIT_USAGE
from agent.scan_file import ScanFile
from agent.scan_running import Found, ScanResult
from agent.scan_text import garbled_lines, silence_text
from agent.scan_toml import scan_toml
from collector.plausibility import Plausibility
from collector.recognition import Ranked, Recognition, Sureness
from collector.scanning import Presence, Unit
from config.check import inspect
from config.profiles import BUILT_IN, read_profile
from domain.errors import EnergyAgentError
from domain.plant import Link, LinkKind
from tests.agent.inside import said
from tests.e2e.harness import ROOT, Meters, Works, environ, free_ports, make_works

MINIMAL = ROOT / "config/examples/minimal.toml"
ASKED = {"link": "tcp 127.0.0.1:502", "units": [1, 2, 3]}


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    made = make_works(tmp_path_factory.mktemp("works"))
    with Meters(made):
        yield made


def port_of(works: Works, link_id: str) -> int:
    from config import load

    return load(works.file, {}).plant.link(link_id).port


def scan(works: Works, link_id: str, tmp_path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    kind = "--rtu-tcp" if link_id == "gas_room" else "--tcp"
    place = f"127.0.0.1:{port_of(works, link_id)}"
    quick = (
        "--units",
        "1-3",
        "--pause",
        "0",
        "--settle",
        "0",
        "--timeout",
        "0.3",
        "--state",
        str(tmp_path / "kept"),
    )
    return said("scan", kind, place, *quick, *more)


def test_what_was_found_can_be_pasted_into_a_plant_file(works: Works, tmp_path: Path) -> None:
    done = scan(works, "power_room", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(unit["unit_id"], unit["profile"]) for unit in found["units"]] == [
        (1, "siemens_pac3200"), (2, "solaredge_sunspec_103"),
    ]  # fmt: skip
    pasted = tmp_path / "minimal.toml"
    pasted.write_text(MINIMAL.read_text(encoding="utf-8") + "\n" + found["toml"], encoding="utf-8")
    checked = said("check", pasted, "--strict")
    assert checked.returncode == 0, checked.stdout
    assert "siemens_pac3200_1" in pasted.read_text(encoding="utf-8")


def test_people_get_a_table_and_are_told_how_it_goes_on(works: Works, tmp_path: Path) -> None:
    done = scan(works, "gas_room", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 unit ids, up to" in done.stderr
    assert f"progress is kept in {tmp_path / 'kept'}" in done.stderr
    assert "unit 1: fuxin_gas_meter" in done.stderr
    for word in ("how sure", "suto_s401", "[[links]]", 'kind = "rtu_tcp"', "unit_id = 2"):
        assert word in done.stdout
    assert "unit_id = 3" not in done.stdout


def test_a_narrow_terminal_gets_lines_and_not_columns_of_letters(works: Works, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    place = f"127.0.0.1:{port_of(works, 'power_room')}"
    words = ["scan", "--tcp", place, "--units", "1", "--settle", "0", "--state", str(tmp_path / "kept")]
    env = environ({"COLUMNS": "60", "TERM": "dumb"})
    with os.fdopen(ours, "rb", buffering=0) as seen, os.fdopen(theirs, "wb") as terminal:
        done = subprocess.run(
            [sys.executable, "-m", "agent", *words, "--pause", "0"],
            env=env, cwd=ROOT, check=False, stdout=terminal, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        text = seen.read(65536).decode()
    assert done.returncode == 0
    assert "unit 1: siemens_pac3200 (" in text
    assert "how sure" not in text


def test_what_answers_unsoundly_has_a_line_of_its_own() -> None:
    noisy = Unit(unit_id=7, presence=Presence.GARBLED, note="answered with a wrong checksum")
    link = Link(id="link", kind=LinkKind.TCP, host="127.0.0.1")
    result = ScanResult(link=link, found=(), silent=0, garbled=(noisy,), requests=2)
    assert garbled_lines(result) == ["unit 7: not soundly: answered with a wrong checksum"]


def test_a_scan_that_was_killed_goes_on_where_it_was(works: Works, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    place = f"127.0.0.1:{port_of(works, 'power_room')}"
    words = ["scan", "--tcp", place, "--units", "1-3", "--settle", "0", "--state", str(kept)]
    with subprocess.Popen(
        [sys.executable, "-m", "agent", *words, "--pause", "0.02"], env=environ(), cwd=ROOT, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as killed:  # fmt: skip
        assert killed.stderr is not None
        for line in killed.stderr:
            if line.startswith("unit 1:"):
                break
        killed.send_signal(signal.SIGKILL)
    done = said(*words, "--pause", "0", "--json")
    assert done.returncode == 0, done.stderr
    assert "of them are known from" in done.stderr
    assert "unit 1:" not in done.stderr, "it was not looked at again"
    assert [unit["unit_id"] for unit in json.loads(done.stdout)["units"]] == [1, 2]
    again = said(*words, "--pause", "0", "--json")
    assert "unit 1:" in again.stderr, "a finished scan begins anew"


def test_where_nobody_answers_it_says_what_to_look_at(works: Works, tmp_path: Path) -> None:
    done = scan(works, "line", tmp_path, "--units", "9-10")
    assert done.returncode == EXIT_DEVICE
    assert "no unit answers; look at the unit id" in done.stderr


def test_a_closed_port_is_told_in_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    [port] = free_ports(1)
    done = said("scan", "--tcp", f"127.0.0.1:{port}", "--state", str(tmp_path / "kept"))
    assert done.returncode == EXIT_DEVICE
    assert "Connection refused; is the device on" in done.stderr
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("args", "what"),
    [
        ((), "say where the devices are"),
        (("--tcp", "a", "--units", "0-3"), "0 is for all"),
        (("--tcp", "a", "--units", "x"), "write 1-32,100"),
        (("--rtu-tcp", "a:1", "--units", "1-250"), "from 1 to 247"),
        (("--tcp", "a", "--baudrates", "9600"), "goes with a serial bus"),
        (("--serial", "/dev/x", "--baudrates", "9600,fast"), "write speeds"),
    ],
)
def test_a_wrong_call_says_what_to_write(args: tuple[str, ...], what: str) -> None:
    done = said("scan", *args)
    assert (done.returncode, what in done.stderr) == (EXIT_USAGE, True)


def test_a_file_of_another_scan_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    first = ScanFile.open(path, ASKED)
    first.keep(0, Unit(unit_id=1, presence=Presence.NOBODY))
    with pytest.raises(EnergyAgentError, match="in use by another scan"):
        ScanFile.open(path, ASKED)
    first.close()
    with pytest.raises(EnergyAgentError, match=r"had units 1,2,3; .* begin anew with --fresh"):
        ScanFile.open(path, {**ASKED, "units": [1]})
    other = ScanFile.open(path, {**ASKED, "units": [1]}, fresh=True)
    assert not other.is_resumed
    other.close()


def test_half_a_line_left_by_a_power_cut_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    first = ScanFile.open(path, ASKED)
    for unit_id in (1, 2):
        first.keep(0, Unit(unit_id=unit_id, presence=Presence.NOBODY))
    first.close()
    path.write_bytes(path.read_bytes()[:-9])
    second = ScanFile.open(path, ASKED)
    assert list(second.units[0]) == [1]
    second.keep(0, Unit(unit_id=2, presence=Presence.NOBODY))
    second.close()
    third = ScanFile.open(path, ASKED)
    assert list(third.units[0]) == [1, 2]
    third.close()


def test_what_is_no_file_of_a_scan_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "plant.toml"
    shutil.copy(MINIMAL, path)
    done = said("scan", "--tcp", "127.0.0.1", "--fresh", "--state", str(path))
    assert done.returncode == EXIT_FAILED
    assert "is no file of a scan" in done.stderr
    assert path.read_bytes() == MINIMAL.read_bytes()


@pytest.mark.parametrize("unit", ['{"baudrate":0,"unit":' + "[" * 100_000, "broadcast"])
def test_a_file_that_was_tampered_with_is_refused_in_one_line(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "kept"
    file = ScanFile.open(path, ASKED)
    file.keep(0, Unit(unit_id=0, presence=Presence.ANSWERS))
    file.close()
    if unit != "broadcast":
        path.write_text(path.read_text().splitlines()[0] + f"\n{unit}\n")
    with pytest.raises(EnergyAgentError, match="is no file of a scan"):
        ScanFile.open(path, ASKED)


def test_what_speaks_something_else_on_tcp_is_not_blamed_on_the_baud_rate() -> None:
    link = Link(id="link", kind=LinkKind.TCP, host="127.0.0.1")
    unit = Unit(unit_id=1, presence=Presence.GARBLED, note="answered with bytes that are no Modbus TCP frame")
    text = silence_text(ScanResult(link=link, found=(), silent=0, garbled=(unit,), requests=2))
    assert "--rtu-tcp" in text
    assert "baud" not in text


def test_a_gas_meter_is_pasted_with_the_line_that_a_person_has_to_fill_in(tmp_path: Path) -> None:
    profile, _ = read_profile(BUILT_IN / "fox_ft2a.toml")
    assert profile is not None
    named = Ranked(
        profile=profile, points=20.0, is_identified=False, answered=1, blocks=1, reasons=(),
        plausibility=Plausibility(score=1.0, told=1),
    )  # fmt: skip
    found = Found(
        unit=Unit(unit_id=1, presence=Presence.ANSWERS),
        recognition=Recognition(sureness=Sureness.PROBABLE, ranked=(named,)),
        identification="",
    )
    link = Link(id="link", kind=LinkKind.TCP, host="127.0.0.1", pause_s=0.5)
    pasted = scan_toml(
        ScanResult(link=link, found=(found,), silent=0, garbled=(), requests=2), is_of_plant=False
    )
    assert "pause_s = 0.5\n" in pasted, "what it took to be answered is part of the link"
    file = tmp_path / "plant.toml"
    head = '[site]\nid = "w"\ngateway = "g"\ntime_zone = "UTC"\n'
    file.write_text(head + pasted)
    assert [each.code for each in inspect(file, {}).errors] == ["config.reference_needed"]
    filled = pasted.replace("# [[", "[[").replace("# point", "point").replace("# reference", "reference")
    file.write_text(head + filled)
    assert inspect(file, {}).errors == ()


class Face(BaseHTTPRequestHandler):
    """As much of a running agent as says that it runs."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def address_string(self) -> str:
        return "socket"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def test_a_link_that_a_running_agent_polls_is_not_asked_by_two(works: Works, tmp_path: Path) -> None:
    state = works.folder / "state"
    state.mkdir(exist_ok=True)
    with socketserver.UnixStreamServer(str(state / "agent.sock"), Face) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            done = said("scan", "--link", "gas_room", "-c", works.file, "--state", tmp_path / "kept")
        finally:
            server.shutdown()
            thread.join()
    (state / "agent.sock").unlink()
    assert done.returncode == EXIT_FAILED
    assert "stop the agent first" in done.stderr


def test_a_link_of_the_plant_file_is_scanned_by_its_id(works: Works, tmp_path: Path) -> None:
    quick = ("--units", "1", "--pause", "0", "--settle", "0", "--state", str(tmp_path / "kept"), "--json")
    done = said("scan", "--link", "line", "-c", works.file, *quick)
    assert done.returncode == 0, done.stderr
    toml = json.loads(done.stdout)["toml"]
    assert "[[links]]" not in toml
    assert 'link = "line"' in toml
