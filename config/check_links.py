"""What can be wrong with links."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from config.check_plant import check_host, is_loopback
from config.check_tls import check_tls_files
from config.codes import error, shown
from config.settings import LinkTable, Settings
from config.tables import missing_key
from domain.findings import Finding

_ONLY_SERIAL = ("path", "baudrate", "parity", "stop_bits", "data_bits")
_ONLY_NETWORK = ("host", "port", "keep_open")
_ONLY_TCP = ("tls", "ca_file", "cert_file", "key_file")
_NEEDED = {"tcp": "host", "rtu_tcp": "host", "serial": "path"}
_FOREIGN = {
    "tcp": dict.fromkeys(_ONLY_SERIAL, "serial"),
    "rtu_tcp": dict.fromkeys(_ONLY_SERIAL, "serial") | dict.fromkeys(_ONLY_TCP, "tcp"),
    "serial": dict.fromkeys((*_ONLY_NETWORK, *_ONLY_TCP), "tcp"),
}
"""Kind -> keys that it has not -> the kind that has them."""
_SECURE_PORT = 802
"""Modbus/TCP Security Protocol Specification (MB-TCP-Security-v36), 5: registered for mbap/TLS/TCP."""


def check_links(settings: Settings, folder: Path) -> Iterator[Finding]:
    """Give the findings of `[[links]]`; `folder` has the plant file."""
    seen: dict[str, int] = {}
    for index, link in enumerate(settings.links):
        key = f"links[{index}]"
        yield from _check_kind(link, key)
        yield from check_host(link.host, f"{key}.host")
        yield from check_tls_files(link, key, folder)
        address = _address(link)
        if address and address in seen:
            problem = f"{shown(address)} is also where links[{seen[address]}] goes"
            remedy = "put the devices of both on one link: a bus has one master"
            place = f"{key}.{'path' if link.kind == 'serial' else 'host'}"
            yield error("config.duplicate_address", place, problem, remedy)
        elif address:
            seen[address] = index
        if settings.site.demo:
            yield from _check_demo(link, key)


def port_of(link: LinkTable) -> int:
    """Return the port of a link: Modbus has one of its own for TLS."""
    return _SECURE_PORT if link.tls and "port" not in link.model_fields_set else link.port


def _address(link: LinkTable) -> str:
    """Return where a link goes, so that two ways to write one place are equal; "" when not said."""
    if link.kind == "serial":
        return posixpath.normpath(link.path) if link.path else ""
    host = "127.0.0.1" if link.host and is_loopback(link.host) else (link.host or "").lower()
    return f"{host}:{port_of(link)}" if host else ""


def _check_kind(link: LinkTable, key: str) -> Iterator[Finding]:
    if link.kind is None:
        return
    needed = _NEEDED[link.kind]
    if getattr(link, needed) is None:
        yield missing_key(f"{key}.{needed}")
    for name, wanted in _FOREIGN[link.kind].items():
        if name in link.model_fields_set:
            problem = f"is given for a link of kind {link.kind}"
            remedy = f'take it out, or use kind = "{wanted}", where it belongs'
            yield error("config.field_not_of_kind", f"{key}.{name}", problem, remedy)


def _check_demo(link: LinkTable, key: str) -> Iterator[Finding]:
    remedy = "use a loopback address, or demo = false for real meters"
    if link.host is not None and not is_loopback(link.host):
        problem = f"{shown(link.host)} is not this machine, and a demo plant reads simulators only"
        yield error("config.demo_not_loopback", f"{key}.host", problem, remedy)
    if link.path is not None and not posixpath.normpath(link.path).startswith("/dev/pts/"):
        problem = "is a real serial port, and a demo plant reads simulators only"
        yield error("config.demo_not_loopback", f"{key}.path", problem, remedy)
    if link.tls:
        problem = "is on, and simulators of a demo have no certificate"
        yield error("config.demo_not_loopback", f"{key}.tls", problem, "take it out of the demo plant")
