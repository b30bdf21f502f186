"""Options that name a link, and the link they mean."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from agent.link_options import LinkAsked, choose_link
from domain.plant import LinkKind

MINIMAL = Path(__file__).parents[2] / "config/examples/minimal.toml"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.168.1.10", "192.168.1.10", 502), ("192.168.1.10:1502", "192.168.1.10", 1502),
        ("gateway.local", "gateway.local", 502), ("[fe80::1]", "fe80::1", 502), ("[::1]:1502", "::1", 1502),
    ],
)  # fmt: skip
def test_a_tcp_link_is_a_host_and_perhaps_a_port(text: str, host: str, port: int) -> None:
    link = choose_link(LinkAsked(tcp=text)).link
    assert (link.kind, link.host, link.port, link.timeout_s) == (LinkKind.TCP, host, port, 1.0)


def test_a_gateway_that_sends_rtu_needs_its_port() -> None:
    link = choose_link(LinkAsked(rtu_tcp="10.0.0.5:4001", timeout_s=0.4, pause_s=0.1)).link
    assert (link.kind, link.port, link.timeout_s, link.pause_s) == (LinkKind.RTU_TCP, 4001, 0.4, 0.1)
    with pytest.raises(click.UsageError, match=r"write --rtu-tcp 192\.168\.1\.10:4001"):
        choose_link(LinkAsked(rtu_tcp="10.0.0.5"))


def test_a_serial_bus_has_settings() -> None:
    link = choose_link(LinkAsked(serial="/dev/ttyUSB0", baudrate=19200, parity="e", stop_bits="2")).link
    assert (link.path, link.baudrate, link.parity, link.stop_bits) == ("/dev/ttyUSB0", 19200, "E", 2)
    plain = choose_link(LinkAsked(serial="/dev/ttyUSB0")).link
    assert (plain.baudrate, plain.parity, plain.stop_bits) == (9600, "N", 1)


def test_a_link_of_the_plant_file_keeps_its_settings() -> None:
    link = choose_link(LinkAsked(link_id="switch_room", config_path=MINIMAL)).link
    assert (link.id, link.host, link.timeout_s) == ("switch_room", "192.168.1.10", 1.0)


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (LinkAsked(), "one of --tcp"),
        (LinkAsked(tcp="a", serial="/dev/x"), "one of --tcp"),
        (LinkAsked(tcp="a", baudrate=9600), "go with --serial"),
        (LinkAsked(tcp="a:b"), "is no host and port"),
        (LinkAsked(tcp="a:70000"), "is no host and port"),
        (LinkAsked(tcp="fe80::1"), r"\[ADDRESS\]:PORT"),
        (LinkAsked(link_id="roof", config_path=MINIMAL), "known are switch_room"),
    ],
)
def test_a_wrong_call_says_what_to_write(asked: LinkAsked, what: str) -> None:
    with pytest.raises(click.UsageError, match=what):
        choose_link(asked)
