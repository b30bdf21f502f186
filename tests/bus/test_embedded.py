"""The embedded broker: closed to the world, to strangers, and to each part beyond its topics."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bus.credentials import PUBLISH, SUBSCRIBE, covers, load_or_create
from bus.embedded import BrokerProcess
from bus.mqtt import BrokerAddress, Will
from domain.errors import BusError
from tests.bus.clients import Inbox, client, eventually
from tests.mosquitto import free_port

ROOT = Path(__file__).parents[2]
READINGS = "energy/works/gw1/m1/readings"
ACK = "energy/works/gw1/ack"
STATUS = "energy/works/gw1/status"
TOPICS = [
    READINGS, "energy/works/gw1/m1/gaps", "energy/works/gw1/m1/meta", STATUS, ACK,
    "energy/works/analytics/enpi", "energy/works/gw1/m1/other", "other/topic", "energy", "energy/works",
]  # fmt: skip


class Broker:
    """The broker under test with the addresses of its parts."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "broker.json"
        self.passwords = load_or_create(self.file)
        self.process = BrokerProcess(self.file, free_port())

    def address(self, part: str, password: str | None = None) -> BrokerAddress:
        word = self.passwords.get(part, "") if password is None else password
        return BrokerAddress(host="127.0.0.1", port=self.process.port, user=part, password=word)

    def start(self) -> None:
        self.process.start()
        eventually(self.process.is_ready)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("broker"))
    made.start()
    yield made
    made.process.stop()


# Credentials


def test_two_installations_have_no_password_in_common_and_each_keeps_its_own(tmp_path: Path) -> None:
    one, two = load_or_create(tmp_path / "1" / "b.json"), load_or_create(tmp_path / "2" / "b.json")
    assert len({*one.values(), *two.values()}) == 2 * len(PUBLISH)
    assert all(len(word) >= 24 for word in one.values())
    assert load_or_create(tmp_path / "1" / "b.json") == one


def test_the_file_is_its_owners_alone_whatever_was_there_before(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "b.new").touch(mode=0o666)
        load_or_create(tmp_path / "b.json")
    finally:
        os.umask(before)
    assert (tmp_path / "b.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"]


def test_passwords_that_others_could_read_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    leaked = load_or_create(path)
    path.chmod(0o644)
    assert not set(load_or_create(path).values()) & set(leaked.values())
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"collector": "x"}', '{"collector":1,"store":2,"reader":3}']
)
def test_a_file_that_is_not_whole_is_made_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    path.chmod(0o600)
    made = load_or_create(path)
    assert set(made) == set(PUBLISH)
    assert json.loads(path.read_text()) == made


@pytest.mark.parametrize(
    ("allowed", "wanted", "expected"),
    [
        ("energy/+/+/ack", "energy/a/b/ack", True), ("energy/+/+/ack", "energy/a/+/ack", True),
        ("energy/+/+/ack", "energy/#", False), ("energy/+/+/ack", "energy/a/b/c/ack", False),
        ("energy/+/+/ack", "energy/a/b", False), ("energy/a/ack", "energy/+/ack", False),
        ("energy/#", "energy/a/b", True), ("energy/#", "energy/#", True), ("energy/#", "energy", True),
        ("energy/#", "#", False), ("energy/#", "+/a", False), ("energy/+", "energy/#", False),
        ("energy/#", "$SYS/broker", False), ("energy/+/x", "energy//x", True),
    ],
)  # fmt: skip
def test_a_rule_covers_a_filter_only_as_a_whole(
    allowed: str,
    wanted: str,
    expected: bool,  # noqa: FBT001
) -> None:
    assert covers(allowed, wanted) is expected


# Access by attempted delivery (security 9)


@pytest.mark.parametrize("part", list(PUBLISH))
def test_a_part_reaches_only_the_topics_it_may_publish_to(broker: Broker, part: str) -> None:
    heard = {name: Inbox() for name in ("store", "reader", "collector")}
    subscriptions = {"store": list(SUBSCRIBE["store"]), "reader": ["energy/#"], "collector": [ACK, STATUS]}
    with (
        client(
            broker.address("store"), "s", subscriptions=subscriptions["store"], received=heard["store"].take
        ),
        client(broker.address("reader"), "r", subscriptions=["energy/#"], received=heard["reader"].take),
        client(
            broker.address("collector"), "k", subscriptions=[ACK, STATUS], received=heard["collector"].take
        ),
        client(broker.address(part), f"p-{part}") as publisher,
    ):
        time.sleep(0.3)
        for inbox in heard.values():
            inbox.messages.clear()
        for topic in TOPICS:
            assert publisher.publish(topic, part.encode())
        may = {topic for topic in TOPICS if any(covers(rule, topic) for rule in PUBLISH[part])}
        eventually(lambda: len(set(heard["reader"].topics)) >= len(may))
        time.sleep(0.3)
        for name, inbox in heard.items():
            hears = {t for t in may if any(covers(rule, t) for rule in SUBSCRIBE[name])}
            assert set(inbox.topics) == hears, name


@pytest.mark.parametrize(
    ("part", "wanted"),
    [("collector", READINGS), ("collector", "energy/#"), ("collector", "#"), ("store", ACK), ("store", "#"),
     ("reader", "#"), ("reader", "$SYS/#")],
)  # fmt: skip
def test_a_part_cannot_listen_beyond_its_topics_and_is_told_so(
    broker: Broker, part: str, wanted: str
) -> None:
    inbox = Inbox()
    with (
        client(broker.address(part), "listener", subscriptions=[wanted], received=inbox.take) as listener,
        client(broker.address("collector"), "c") as collector,
        client(broker.address("store"), "s") as store,
    ):
        eventually(lambda: "refused a subscription" in listener.error)
        collector.publish(READINGS, b"x")
        store.publish(ACK, b"x")
        time.sleep(0.3)
    assert not inbox.messages


def test_a_last_will_is_no_way_around_the_rules(broker: Broker) -> None:
    forged = Will(topic=ACK, offline=b"forged", online=b"forged")
    for part in ("reader", "collector"):
        with client(broker.address(part), f"w-{part}", wait=False, will=forged) as refused:
            eventually(lambda refused=refused: "refused" in refused.error)  # type: ignore[misc]
    own = Will(topic=STATUS, offline=b"offline", online=b"online")
    with client(broker.address("collector"), "w-own", will=own):
        pass


@pytest.mark.parametrize(
    ("part", "password"),
    [("collector", "wrong"), ("", ""), ("reader", "\u00e9\u8ba1")],
)
def test_a_stranger_is_refused_and_the_error_says_so(
    broker: Broker, part: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with client(broker.address(part, password), "stranger", wait=False) as refused:
        eventually(lambda: "refused" in refused.error)
        assert not refused.is_connected
    for word in broker.passwords.values():
        assert word not in caplog.text


# The process


def listeners(pid: int) -> list[tuple[str, str]]:
    """Return (address, port) of every TCP socket that a process listens on, IPv4 and IPv6, as in /proc."""
    inodes = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                address, _, port = fields[1].partition(":")
                found.append((address, port))
    return found


def has_ended(pid: int) -> bool:
    """Say whether a process is gone, or waits only for somebody to ask for its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_listens_on_loopback_only(broker: Broker) -> None:
    pid = broker.process.pid
    assert pid is not None
    assert listeners(pid) == [
        ("0100007F", f"{broker.process.port:04X}")
    ]  # 127.0.0.1, as the kernel writes it


def test_passwords_are_on_no_command_line_and_in_no_environment(broker: Broker) -> None:
    pid = broker.process.pid
    shown = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    for word in broker.passwords.values():
        assert word.encode() not in shown


def test_garbage_on_its_port_does_not_end_it(broker: Broker) -> None:
    for content in (b"GET / HTTP/1.1\r\n\r\n", bytes(5000), b"\x10\xff\xff\xff\x7f", os.urandom(3000)):
        with socket.create_connection(("127.0.0.1", broker.process.port)) as stranger:
            stranger.sendall(content)
            time.sleep(0.05)
    with client(broker.address("reader"), "after"):
        assert broker.process.pid is not None


def test_killed_it_can_be_started_again_and_its_clients_come_back(tmp_path: Path) -> None:
    broker, inbox = Broker(tmp_path), Inbox()
    broker.start()
    try:
        with (
            client(broker.address("store"), "s", subscriptions=[READINGS], received=inbox.take) as store,
            client(broker.address("collector"), "c") as collector,
        ):
            pid = broker.process.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: not store.is_connected and not collector.is_connected)
            with pytest.raises(BusError, match="ended with code -9"):
                broker.process.is_ready()
            broker.start()
            eventually(lambda: store.is_connected and collector.is_connected)
            time.sleep(0.3)
            collector.publish(READINGS, b"x")
            eventually(lambda: inbox.topics == [READINGS])
    finally:
        broker.process.stop()
    assert broker.process.pid is None


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    script = (
        "import sys, time; from pathlib import Path; from bus.embedded import BrokerProcess\n"
        "b = BrokerProcess(Path(sys.argv[1]), int(sys.argv[2])); b.start()\n"
        "while not b.is_ready(): time.sleep(0.05)\n"
        "print(b.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(broker.file), str(broker.process.port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    eventually(lambda: has_ended(pid))
    broker.start()  # and its port is free again
    broker.process.stop()


def test_a_port_that_is_taken_is_said_with_the_cure_and_never_taken_for_ready(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with socket.create_server(("127.0.0.1", broker.process.port)):
        broker.process.start()
        with pytest.raises(BusError, match=r"port is taken.*broker\.port"):
            while not broker.process.is_ready():
                time.sleep(0.1)
    broker.process.stop()


def test_stop_is_quick_with_clients_connected_and_may_be_repeated(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.process.stop()
    broker.start()
    with client(broker.address("reader"), "r", subscriptions=["energy/#"]):
        began = time.monotonic()
        broker.process.stop()
        assert time.monotonic() - began < 3
    broker.process.stop()


def test_it_ends_without_a_word_while_somebody_connects(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-m", "bus.embedded", str(broker.file), str(broker.process.port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    with socket.create_connection(("127.0.0.1", broker.process.port)):
        _, said = child.communicate()
    assert (child.returncode, said.decode()) == (0, "")
