"""MqttClient against a real Mosquitto that dies, freezes, refuses and encrypts."""

from __future__ import annotations

import logging
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from bus.mqtt import BrokerAddress, MqttClient, Will
from domain.errors import BusError
from tests.bus.clients import Inbox, client, eventually
from tests.mosquitto import Mosquitto, free_port

READINGS = "energy/works/gw1/m1/readings"
ACK = "energy/works/gw1/ack"
STATUS = "energy/works/gw1/status"


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_what_one_publishes_the_other_receives(mosquitto: Mosquitto, protocol: str) -> None:
    inbox = Inbox()
    with (
        client(
            mosquitto.address("store", protocol=protocol), "s", subscriptions=[READINGS], received=inbox.take
        ),
        client(mosquitto.address("collector", protocol=protocol), "c") as collector,
    ):
        time.sleep(0.2)
        assert collector.error == ""
        assert collector.publish(READINGS, b"one")
        eventually(lambda: inbox.messages == [(READINGS, b"one", False)])


def test_a_retained_message_is_marked_for_who_comes_later(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    topic = "energy/works/gw1/m1/meta"
    with client(mosquitto.address("collector"), "c") as collector:
        assert collector.publish(topic, b"about", retain=True)
        time.sleep(0.2)
        with client(mosquitto.address("reader"), "r", subscriptions=["energy/#"], received=inbox.take):
            eventually(lambda: inbox.messages == [(topic, b"about", True)])


# Access


def test_the_access_list_that_we_ship_keeps_each_part_to_its_topics(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    everything = [
        READINGS,
        ACK,
        STATUS,
        "energy/works/gw1/m1/gaps",
        "energy/works/gw1/m1/meta",
        "other/topic",
    ]
    allowed = {"collector": {0, 2, 3, 4}, "store": {1}, "reader": set(), "agent": {0, 1, 2, 3, 4}}
    with client(mosquitto.address("reader"), "r", subscriptions=["energy/#"], received=inbox.take):
        for part, numbers in allowed.items():
            inbox.messages.clear()
            with client(mosquitto.address(part), part) as publisher:
                for topic in everything:
                    publisher.publish(topic, part.encode())
                eventually(lambda numbers=numbers: len(inbox.messages) >= len(numbers))  # type: ignore[misc]
                time.sleep(0.2)
            assert set(inbox.topics) == {everything[number] for number in numbers}, part


def test_a_wrong_password_is_said_and_nothing_is_taken(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with client(mosquitto.address("store", password="gUe55ed"), "s", wait=False) as refused:
        eventually(lambda: "refused" in refused.error)
        time.sleep(0.3)
        assert "refused" in refused.error
        assert not refused.is_connected
        assert not refused.publish(ACK, b"x")
    assert "gUe55ed" not in caplog.text


def test_a_client_without_a_name_is_refused(mosquitto: Mosquitto) -> None:
    with client(mosquitto.address(user="", password=""), "nobody", wait=False) as refused:
        eventually(lambda: "refused" in refused.error)


def test_a_password_is_in_no_representation_and_no_log(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = mosquitto.address("collector")
    with client(address, "c"):
        pass
    for text in (repr(address), str(address), f"{address}", caplog.text):
        assert address.password not in text
    assert "collector@127.0.0.1" in repr(address)


# Brokers that go away


def test_after_the_broker_was_killed_the_client_comes_back_with_its_subscription(
    mosquitto: Mosquitto,
) -> None:
    """Fault 4."""
    inbox = Inbox()
    calls: list[None] = []
    with (
        client(
            mosquitto.address("store"), "s", subscriptions=[READINGS], received=inbox.take,
            connected=lambda: calls.append(None),
        ) as store,
        client(mosquitto.address("collector"), "c") as collector,
    ):  # fmt: skip
        mosquitto.kill()
        eventually(lambda: not store.is_connected and not collector.is_connected)
        assert store.error.startswith("disconnected")
        assert not collector.publish(READINGS, b"lost to the journal")
        mosquitto.start()
        eventually(lambda: store.is_connected and collector.is_connected)
        assert store.error == ""
        assert len(calls) == 2
        time.sleep(0.3)
        assert collector.publish(READINGS, b"two")
        eventually(lambda: bool(inbox.messages))
        assert [payload for _, payload, _ in inbox.messages] == [b"two"]


def test_a_frozen_broker_is_left_and_found_again_when_it_thaws(mosquitto: Mosquitto) -> None:
    """Faults 5 and 12, with a keepalive of 2 s for the product's 15 s."""
    with client(mosquitto.address("collector"), "c", keepalive_s=2) as collector:
        mosquitto.freeze()
        began = time.monotonic()
        while collector.is_connected:
            collector.publish(READINGS, b"into the frozen socket")
            assert time.monotonic() - began < 7
            time.sleep(0.05)
        assert time.monotonic() - began <= 2 * 2 + 2
        assert "disconnected" in collector.error
        mosquitto.thaw()
        eventually(lambda: collector.is_connected, within_s=15)


def test_a_frozen_broker_takes_no_more_than_the_queue(mosquitto: Mosquitto) -> None:
    with client(mosquitto.address("collector"), "c", keepalive_s=60) as collector:
        mosquitto.freeze()
        taken = sum(collector.publish(READINGS, bytes(100)) for _ in range(10_000))
        assert 3000 <= taken <= 4000
        mosquitto.thaw()


def test_a_broker_that_is_not_there_is_named_in_the_error() -> None:
    port = free_port()
    with client(BrokerAddress(host="127.0.0.1", port=port), "c", wait=False) as alone:
        eventually(lambda: f"127.0.0.1:{port} does not take the connection" in alone.error)
        assert "refused" in alone.error.lower()
        assert not alone.publish(READINGS, b"x")


def test_something_that_is_no_broker_is_no_connection() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def babble() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    threading.Thread(target=babble, daemon=True).start()
    with client(BrokerAddress(host="127.0.0.1", port=port), "c", wait=False) as confused:
        time.sleep(0.5)
        assert not confused.is_connected
        assert confused.error
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_the_will_tells_that_we_vanished_and_a_farewell_that_we_left(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    will = Will(topic=STATUS, offline=b"offline", online=b"online")
    with client(mosquitto.address("reader"), "r", subscriptions=["energy/#"], received=inbox.take):
        with client(mosquitto.address("collector"), "c", will=will) as collector:
            eventually(lambda: [m[1] for m in inbox.messages] == [b"online"])
            lost = collector._client.socket()
            assert isinstance(lost, socket.socket)
            lost.shutdown(socket.SHUT_RDWR)  # as when the gateway loses power
            eventually(lambda: [m[1] for m in inbox.messages][1:2] == [b"offline"])
            eventually(lambda: inbox.messages[-1][1] == b"online")
        eventually(lambda: inbox.messages[-1][1] == b"offline")


def test_stop_ends_in_time_with_the_broker_dead_or_never_there(mosquitto: Mosquitto) -> None:
    will = Will(topic=STATUS, offline=b"offline", online=b"online")
    with client(mosquitto.address("collector"), "c", will=will):
        mosquitto.freeze()
        began = time.monotonic()
    assert time.monotonic() - began < 3
    mosquitto.thaw()
    mosquitto.kill()
    began = time.monotonic()
    with client(mosquitto.address("collector"), "c", wait=False, will=will):
        time.sleep(0.2)
    assert time.monotonic() - began < 3


# Callbacks (fault 32)


def test_a_failing_callback_is_counted_and_the_next_message_still_comes(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()

    def fragile(topic: str, payload: bytes, retained: bool) -> None:  # noqa: FBT001
        if payload == b"poison":
            raise ValueError("cannot take that")
        inbox.take(topic, payload, retained)

    def also_fragile() -> None:
        raise RuntimeError("at every connection")

    with (
        client(
            mosquitto.address("store"),
            "s",
            subscriptions=[READINGS],
            received=fragile,
            connected=also_fragile,
        ) as store,
        client(mosquitto.address("collector"), "c") as collector,
    ):
        time.sleep(0.2)
        for payload in (b"one", b"poison", b"two", b"poison", b"three"):
            collector.publish(READINGS, payload)
        eventually(lambda: [m[1] for m in inbox.messages] == [b"one", b"two", b"three"])
        assert store.callback_errors == 3
        assert store.is_connected
        assert len(inbox.threads) == 1
    assert "cannot take that" in caplog.text


# TLS


# paho leaves the socket of a failed handshake to the garbage collector.
unclosed = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two authorities, and servers: right, with another name, expired; and a client."""
    folder = tmp_path_factory.mktemp("certificates")
    for ca in ("ca", "other"):
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
            "-subj", f"/CN={ca}", "-keyout", folder / f"{ca}.key", "-out", folder / f"{ca}.pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip
    for name, names, days in (
        ("server", "IP:127.0.0.1", 2), ("misnamed", "DNS:broker.example", 2), ("expired", "IP:127.0.0.1", -1),
        ("client", "DNS:agent", 2),
    ):  # fmt: skip
        openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr",
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", folder / f"{name}.csr",
            "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
            "-CAcreateserial", "-days", days, "-copy_extensions", "copy", "-out", folder / f"{name}.pem",
        )  # fmt: skip
    return folder


def tls_broker(folder: Path, certificates: Path, server: str = "server", *extra: str) -> Mosquitto:
    lines = [f"certfile {certificates / server}.pem", f"keyfile {certificates / server}.key", *extra]
    broker = Mosquitto(folder, extra=lines)
    broker.start()
    return broker


def test_a_broker_with_the_right_certificate_is_trusted(mosquitto_folder: Path, certificates: Path) -> None:
    broker = tls_broker(mosquitto_folder, certificates)
    try:
        address = broker.address(tls=True, ca_file=certificates / "ca.pem")
        with client(address, "c") as encrypted:
            assert encrypted.publish(READINGS, b"x")
            version = getattr(encrypted._client.socket(), "version", str)()
            assert version in ("TLSv1.2", "TLSv1.3")
    finally:
        broker.kill()


@unclosed
@pytest.mark.parametrize(
    ("server", "ca", "reason"),
    [
        ("server", "other", "certificate verify failed"),
        ("server", None, "certificate verify failed"),
        ("misnamed", "ca", "IP address mismatch"),
        ("expired", "ca", "expired"),
    ],
)
def test_a_broker_with_a_wrong_certificate_is_not_and_the_error_says_why(
    mosquitto_folder: Path, certificates: Path, server: str, ca: str | None, reason: str
) -> None:
    broker = tls_broker(mosquitto_folder, certificates, server)
    try:
        address = broker.address(tls=True, ca_file=certificates / f"{ca}.pem" if ca else None)
        with client(address, "c", wait=False) as wary:
            eventually(lambda: reason in wary.error)
            assert not wary.is_connected
    finally:
        broker.kill()


@unclosed
def test_where_client_certificates_are_required_one_without_stays_out(
    mosquitto_folder: Path, certificates: Path
) -> None:
    required = ("require_certificate true", f"cafile {certificates / 'ca.pem'}")
    broker = tls_broker(mosquitto_folder, certificates, "server", *required)
    try:
        bare = broker.address(tls=True, ca_file=certificates / "ca.pem")
        with client(bare, "bare", wait=False) as refused:
            time.sleep(0.5)
            assert not refused.is_connected
            assert refused.error
        whole = broker.address(
            tls=True, ca_file=certificates / "ca.pem",
            cert_file=certificates / "client.pem", key_file=certificates / "client.key",
        )  # fmt: skip
        with client(whole, "whole"):
            pass
    finally:
        broker.kill()


@unclosed
def test_a_broker_that_speaks_no_tls_is_not_spoken_to_in_clear(
    mosquitto: Mosquitto, certificates: Path
) -> None:
    address = mosquitto.address(tls=True, ca_file=certificates / "ca.pem")
    with client(address, "c", wait=False) as wary:
        eventually(lambda: "does not take the connection" in wary.error)
        assert not wary.is_connected


def test_certificate_files_that_cannot_be_read_are_refused_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(BusError, match="ca_file"):
            MqttClient(BrokerAddress(host="h", port=1, tls=True, ca_file=tmp_path / name), client_id="c")
