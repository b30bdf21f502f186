"""What the project promises about itself: locks, layers, sizes and how it is shipped."""

from __future__ import annotations

import ast
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS: list[str] = PROJECT["tool"]["importlinter"]["root_packages"]
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def our_files() -> list[Path]:
    """Return the Python files of the rooms and the tests."""
    return [path for room in [*ROOMS, "tests", "bench"] for path in sorted((ROOT / room).rglob("*.py"))]


def normal(requirement: str) -> str:
    """Return the name in a requirement, as package indexes compare names."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def locked(path: Path) -> dict[str, list[str]]:
    """Return each pinned package of a lock file with its entries: one, or one a Python version."""
    packages: defaultdict[str, list[str]] = defaultdict(list)
    for entry in re.split(r"\n(?=[a-z0-9])", "\n" + path.read_text()):
        if re.match(r"[a-z0-9._-]+==", entry):
            packages[normal(entry)].append(entry)
    return dict(packages)


# Locks


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_index_and_no_path_of_a_machine(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|file:|@ ", text)
    assert not re.search(r"(^|\s)/\w|~/|\.\./", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_a_version_and_hashes(lock: Path) -> None:
    packages = locked(lock)
    assert packages
    for name, entries in packages.items():
        for entry in entries:
            assert "--hash=sha256:" in entry, f"{name} has no hash: run make lock"


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [
        (PROJECT["project"]["dependencies"], "runtime.txt"),
        (PROJECT["project"]["dependencies"], "dev.txt"),
        (PROJECT["project"]["optional-dependencies"]["dev"], "dev.txt"),
        (PROJECT["build-system"]["requires"], "build.txt"),
        (PROJECT["build-system"]["requires"], "dev.txt"),
    ],
)
def test_every_dependency_is_locked(wanted: list[str], lock: str) -> None:
    missing = {normal(requirement) for requirement in wanted} - locked(ROOT / "requirements" / lock).keys()
    assert not missing, f"run make lock: {lock} lacks {sorted(missing)}"


def test_tests_run_with_the_versions_that_ship() -> None:
    dev = locked(ROOT / "requirements/dev.txt")
    for lock in ("runtime.txt", "build.txt"):
        for name, entries in locked(ROOT / "requirements" / lock).items():
            assert [each.splitlines()[0] for each in entries] == [each.splitlines()[0] for each in dev[name]]


# Rooms


def test_a_room_is_named_wherever_rooms_are_named() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(packages) == sorted(ROOMS)
    makefile = (ROOT / "Makefile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for room in ROOMS:
        assert re.search(rf"^ROOMS :=.*\b{room}\b", makefile, re.MULTILINE)
        assert f"!{room}" in ignored


def imports(path: Path) -> Iterator[str]:
    """Give every module that a file imports, wherever it does so."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def test_a_driver_is_imported_in_one_file() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    allowed = [each.split(" -> ") for c in contracts for each in c.get("ignore_imports", [])]
    homes = {driver: home.replace(".", "/") + ".py" for home, driver in allowed}
    assert len(homes) == 11
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for module in imports(path):
                home = homes.get(module.partition(".")[0])
                where = path.relative_to(ROOT).as_posix()
                assert home in (None, where), f"{where} imports {module}, which belongs to {home}"


def test_no_file_is_two_things() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in our_files()
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long, "past 400 lines a file is two things"


def test_decisions_are_numbered_without_holes() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(len(names)))


# Shipping


def test_container_is_closed() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\\\n.*/healthz", text, re.MULTILINE)
    assert text.count("VOLUME") == 1
    assert "EXPOSE" not in text
    for line in text.splitlines():
        if "pip install" in line:
            assert "--require-hashes" in line or "--no-index" in line, line


def compose() -> dict[str, Any]:
    """Return docker-compose.yml."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


@pytest.mark.parametrize("name", compose()["services"])
def test_service_of_compose_is_closed(name: str) -> None:
    service = compose()["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service["user"].startswith("0")
    assert service["mem_limit"]
    assert service["pids_limit"]
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")
    if name != "agent":  # its health check is in the image
        assert service["healthcheck"]["test"]


def test_compose_holds_no_secret_and_no_default_for_one() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name, value in compose()["services"]["influxdb"]["environment"].items():
        if re.search("PASSWORD|TOKEN", name):
            assert value.startswith("/run/secrets/")
    assert all(found.startswith(":?") for found in re.findall(r"\$\{\w+([^}]*)\}", text))


def test_compose_file_is_valid() -> None:
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed")
    environ = {**os.environ, "PLANT_FILE": "./plant.toml", "INFLUXDB_ORG": "works"}
    run = ["docker-compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    done = subprocess.run(run, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    del environ["INFLUXDB_ORG"]
    done = subprocess.run(run, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "organisation" in done.stderr


def unit() -> dict[str, list[str]]:
    """Return the settings of the service's unit; a key may come more than once."""
    settings: defaultdict[str, list[str]] = defaultdict(list)
    for line in (ROOT / "deploy/energy-agent.service").read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            settings[key].append(value)
    return dict(settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("AmbientCapabilities", ""),
        ("CapabilityBoundingSet", ""),
        ("DevicePolicy", "closed"),
        ("DynamicUser", "yes"),
        ("LockPersonality", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("NoNewPrivileges", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateUsers", "yes"),
        ("ProtectClock", "yes"),
        ("ProtectControlGroups", "yes"),
        ("ProtectHome", "yes"),
        ("ProtectHostname", "yes"),
        ("ProtectKernelLogs", "yes"),
        ("ProtectKernelModules", "yes"),
        ("ProtectKernelTunables", "yes"),
        ("ProtectProc", "invisible"),
        ("ProtectSystem", "strict"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("RestrictNamespaces", "yes"),
        ("RestrictRealtime", "yes"),
        ("RestrictSUIDSGID", "yes"),
        ("StateDirectory", "energy-agent"),
        ("StateDirectoryMode", "0700"),
        ("SystemCallArchitectures", "native"),
        ("SystemCallFilter", "@system-service"),
        ("UMask", "0077"),
    ],
)
def test_unit_is_hardened(key: str, value: str) -> None:
    assert unit().get(key, [None])[0] == value


def test_unit_bounds_memory_and_restarts() -> None:
    assert {"MemoryMax", "TasksMax", "TimeoutStopSec"} <= unit().keys()
    assert unit()["Restart"] == ["always"]


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (ROOT / "deploy/energy-agent.service").read_text()
    path = tmp_path / "energy-agent.service"
    path.write_text(text.replace("/opt/energy-agent/bin/energy-agent", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "energy-agent.service" not in done.stderr


# The broker of compose: who may say and hear what

TOPICS = {
    **{kind: f"energy/jiangmen/gw1/meter1/{kind}" for kind in ("readings", "gaps", "meta")},
    **{kind: f"energy/jiangmen/gw1/{kind}" for kind in ("status", "ack")},
    "foreign": "other/topic",
}
MEASURED = {"readings", "gaps", "meta", "status"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Give the port of a Mosquitto with the shipped settings, and a user `witness` who may do all."""
    mosquitto, passwd = (shutil.which(name, path=PATH) for name in ("mosquitto", "mosquitto_passwd"))
    if mosquitto is None or passwd is None:
        if os.environ.get("CI"):
            pytest.fail("Mosquitto is not installed: apt-get install mosquitto")
        pytest.skip("Mosquitto is not installed")
    folder = tmp_path_factory.mktemp("mosquitto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    passwords = folder / "passwords"
    passwords.touch(mode=0o600)
    for user in ("agent", "collector", "store", "reader", "witness"):
        subprocess.run([passwd, "-b", str(passwords), user, f"{user}-password"], check=True, timeout=10)
    acl = (ROOT / "deploy/mosquitto/acl").read_text()
    (folder / "acl").write_text(f"{acl}\nuser witness\ntopic readwrite #\n\npattern read marker\n")
    settings = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text()
    for shipped, here in {
        "listener 1883": f"listener {port} 127.0.0.1",
        "/run/secrets/mosquitto_passwords": str(passwords),
        "acl_file /mosquitto/config/acl": f"acl_file {folder / 'acl'}",
        "/mosquitto/data/": f"{folder}/",
    }.items():
        assert f"{shipped}\n" in settings
        settings = settings.replace(f"{shipped}\n", f"{here}\n")
    if os.getuid() == 0:
        settings += "user root\n"
    (folder / "conf").write_text(settings)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([mosquitto, "-c", str(folder / "conf")], stdout=log, stderr=log)
    try:
        await_port(port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def await_port(port: int, log: Path) -> None:
    """Wait until something listens; fail with the log when nothing does."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(log.read_text())


class Party:
    """One user of the broker who hears all that it lets them hear."""

    def __init__(self, port: int, user: str | None) -> None:
        self.answers: queue.Queue[bool] = queue.Queue()
        self.heard: queue.Queue[str] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        if user is not None:
            self._client.username_pw_set(user, f"{user}-password")
        self._client.on_connect = lambda client, *rest: self.answers.put(not rest[2].is_failure)
        self._client.on_subscribe = lambda *_: self.answers.put(True)
        self._client.on_message = lambda _client, _data, message: self.heard.put(message.topic)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.is_known = self.answers.get(timeout=10)
        if self.is_known:
            self._client.subscribe("#", qos=1)
            assert self.answers.get(timeout=10)

    def say(self, *topics: str) -> None:
        for topic in topics:
            self._client.publish(topic, b"{}", qos=1).wait_for_publish(timeout=10)

    def heard_before_marker(self) -> set[str]:
        topics = set(iter(lambda: self.heard.get(timeout=10), "marker"))
        return {kind for kind, topic in TOPICS.items() if topic in topics}

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.mark.parametrize(
    ("user", "says", "hears"),
    [
        ("collector", MEASURED, {"ack", "status"}),
        ("store", {"ack"}, MEASURED),
        ("agent", MEASURED | {"ack"}, MEASURED | {"ack"}),
        ("reader", set(), MEASURED | {"ack"}),
    ],
)
def test_broker_delivers_what_each_part_may_say_and_hear(
    broker: int, user: str, says: set[str], hears: set[str]
) -> None:
    party, witness = Party(broker, user), Party(broker, "witness")
    try:
        party.say(*TOPICS.values())
        witness.say("marker")
        assert witness.heard_before_marker() == says
        assert party.heard_before_marker() == says & hears
        witness.say(*TOPICS.values(), "marker")
        assert party.heard_before_marker() == hears
    finally:
        party.leave()
        witness.leave()


@pytest.mark.parametrize("user", [None, "stranger"])
def test_broker_refuses_who_has_no_password(broker: int, user: str | None) -> None:
    party = Party(broker, user)
    party.leave()
    assert not party.is_known
