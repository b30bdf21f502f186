"""What can be wrong with broker, store, web page and profile folders."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from config.check_plant import check_host, is_loopback
from config.check_tls import check_file, check_tls_files
from config.codes import error, shown, warning
from config.settings import BrokerTable, HttpTable, Settings, StoreTable
from config.tables import missing_key
from config.toml_file import is_folder
from domain.findings import Finding

_EXTERNAL_ONLY = ("tls", "ca_file", "cert_file", "key_file", "user", "password_file")
_INFLUX_ONLY = ("url", "org", "bucket", "token_file")
_DUCKDB_ONLY = ("path", "memory_limit")


def check_services(settings: Settings, folder: Path) -> Iterator[Finding]:
    """Give the findings of all sections about the agent's own connections; `folder` has the plant file."""
    if settings.broker.mode == "embedded":
        yield from _check_embedded(settings.broker)
    else:
        yield from _check_external(settings.broker)
        yield from check_tls_files(settings.broker, "broker", folder)
    yield from check_host(settings.broker.host, "broker.host")
    if settings.store.kind == "influxdb":
        yield from _check_influx(settings.store)
    else:
        yield from _foreign(settings.store.model_fields_set, _INFLUX_ONLY, "store", "duckdb", "influxdb")
    yield from _check_http(settings.http, folder)
    for index, name in enumerate(settings.agent.profile_dirs):
        if not is_folder(folder / name):
            remedy = "create the folder, or take it out"
            yield error("config.file", f"agent.profile_dirs[{index}]", "is not a folder", remedy)


def _foreign(
    given: set[str], names: tuple[str, ...], section: str, chosen: str, other: str
) -> Iterator[Finding]:
    """Give a finding for each key that belongs to the kind that was not chosen."""
    choice = "mode" if section == "broker" else "kind"
    for name in names:
        if name in given:
            problem = f'is given, and {choice} is "{chosen}"'
            remedy = f'take it out, or set {choice} = "{other}"'
            yield error("config.field_not_of_kind", f"{section}.{name}", problem, remedy)


def _check_embedded(broker: BrokerTable) -> Iterator[Finding]:
    yield from _foreign(broker.model_fields_set, _EXTERNAL_ONLY, "broker", "embedded", "external")
    if not is_loopback(broker.host):
        problem = f"{shown(broker.host)} would open the embedded broker to the network"
        remedy = 'use "127.0.0.1", or an external broker with TLS'
        yield error("config.embedded_not_loopback", "broker.host", problem, remedy)
    if broker.protocol != "3.1.1":
        problem = "the embedded broker speaks MQTT 3.1.1 only"
        remedy = 'use protocol = "3.1.1", or an external broker'
        yield error("config.protocol_not_embedded", "broker.protocol", problem, remedy)


def _check_external(broker: BrokerTable) -> Iterator[Finding]:
    if broker.port == 0:
        yield error("config.wrong_value", "broker.port", "is 0", "give the broker's port")
    has_password = broker.password is not None or broker.password_file is not None
    if has_password and broker.user is None:
        remedy = 'add user = "..."'
        yield error("config.password_without_user", "broker.user", "is missing beside a password", remedy)
    if broker.tls or is_loopback(broker.host):
        return
    remedy = "set tls = true and use the broker's TLS port (8883)"
    if has_password:
        problem = f"is off, and the password would go to {shown(broker.host)} in clear"
        yield error("config.password_in_clear", "broker.tls", problem, remedy)
    else:
        problem = f"is off, and readings go to {shown(broker.host)} in clear"
        yield warning("config.broker_in_clear", "broker.tls", problem, remedy)


def _check_influx(store: StoreTable) -> Iterator[Finding]:
    yield from _foreign(store.model_fields_set, _DUCKDB_ONLY, "store", "influxdb", "duckdb")
    for name in ("url", "org", "bucket"):
        if getattr(store, name) is None:
            yield missing_key(f"store.{name}")
    if store.token is None and store.token_file is None:
        remedy = "name a file with it in token_file, or set ENERGY_AGENT_STORE__TOKEN"
        yield error("config.missing_key", "store.token_file", "is missing", remedy)
    if store.url is not None:
        yield from _check_url(store.url, store.token)


def _check_url(url: str, token: SecretStr | None) -> Iterator[Finding]:
    """Check the URL without ever showing it: people put passwords there."""
    remedy = 'write "https://influx.example:8086"'
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if re.search(r"[\x00-\x20]", url) or parts.scheme not in ("http", "https") or not host:
        yield error("config.bad_url", "store.url", "is not an http or https URL", remedy)
        return
    if "@" in parts.netloc:
        problem = "holds a user or a password"
        yield error("config.secret_in_file", "store.url", problem, f"{remedy} and use a token")
    if parts.query or parts.fragment:
        yield error("config.bad_url", "store.url", "has a query or a fragment", remedy)
    if parts.scheme == "http" and not is_loopback(host) and token is not None:
        problem = f"the token would go to {shown(host)} in clear"
        yield warning("config.token_in_clear", "store.url", problem, "use https")


def is_any_address(host: str) -> bool:
    """Say whether a host to listen on means every address of this machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _check_http(http: HttpTable, folder: Path) -> Iterator[Finding]:
    yield from check_host(http.host, "http.host")
    for index, name in enumerate(http.allowed_hosts):
        yield from check_host(name, f"http.allowed_hosts[{index}]")
    files = {"tls_cert_file": http.tls_cert_file, "tls_key_file": http.tls_key_file}
    for name, value in files.items():
        if value is not None:
            yield from check_file(folder / value, f"http.{name}", is_secret=name == "tls_key_file")
    missing = [name for name, value in files.items() if value is None]
    if len(missing) == 1:
        remedy = "give tls_cert_file and tls_key_file together"
        yield error("config.tls_incomplete", f"http.{missing[0]}", "is missing beside its other half", remedy)
    if is_loopback(http.host):
        return
    if len(missing) == 2:
        problem = (
            f"{shown(http.host)} would open the page to the network, and passwords would cross it in clear"
        )
        remedy = (
            'give tls_cert_file and tls_key_file, or use "127.0.0.1" and an SSH tunnel or a proxy with TLS'
        )
        yield error("config.http_not_loopback", "http.host", problem, remedy)
    elif is_any_address(http.host) and not http.allowed_hosts:
        problem = f"is empty, and http.host {shown(http.host)} is no name by which the page can be asked for"
        remedy = 'name what people type in their browser: allowed_hosts = ["energy.works.example"]'
        yield error("config.http_without_name", "http.allowed_hosts", problem, remedy)
