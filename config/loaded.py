"""What the rest of the house gets of a plant file: plain frozen values, secrets wrapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from config.channels import Channel, build_channels
from config.check import inspect
from config.check_plant import is_loopback
from config.check_services import is_any_address
from config.method import build_method
from config.plant import build_plant
from config.profiles import BUILT_IN
from config.settings import BrokerTable, HttpTable, Settings, StoreTable
from domain.errors import ConfigError
from domain.findings import Finding
from domain.method import Method
from domain.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The MQTT broker."""

    mode: Literal["embedded", "external"]
    host: str
    port: int
    """0 with the embedded broker: any free one."""
    tls: bool
    ca_file: Path | None
    """None with TLS: the certificate authorities of the system."""
    cert_file: Path | None
    key_file: Path | None
    user: str | None
    password: SecretStr | None
    protocol: Literal["3.1.1", "5"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where readings stay; the fields of the other kind are empty."""

    kind: Literal["duckdb", "influxdb"]
    path: Path
    memory_limit: str
    url: str
    org: str
    bucket: str
    token: SecretStr | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What waits on disk for the store."""

    max_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """The web page, health and metrics."""

    host: str
    port: int
    """0: any free one."""
    allowed_hosts: tuple[str, ...] = ()
    """Names besides this machine's own loopback ones by which the page may be asked for."""
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    """Given with the certificate; without both there is no TLS, and host is loopback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The agent itself."""

    state_dir: Path
    profile_dirs: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A plant file without errors, as domain objects and settings."""

    plant: Plant
    broker: Broker
    store: Store
    journal: Journal
    http: Http
    agent: Agent
    method: Method = field(default_factory=Method)
    notify: tuple[Channel, ...] = ()
    """Who is told of alerts."""
    warnings: tuple[Finding, ...] = ()


def load(path: Path, environ: Mapping[str, str], *, built_in: Path = BUILT_IN) -> Loaded:
    """Return what a plant file says; ConfigError with all findings when any is an error.

    Relative paths are taken from the folder of the plant file, `store.path` from `agent.state_dir`.
    """
    inspection = inspect(path, environ, built_in=built_in)
    if inspection.errors:
        raise ConfigError(str(path), inspection.findings)
    settings = inspection.settings
    state_dir = path.parent / settings.agent.state_dir
    return Loaded(
        plant=build_plant(settings, inspection.catalogue.profiles, path.parent),
        method=build_method(settings),
        broker=_broker(settings.broker, path.parent),
        store=_store(settings.store, state_dir),
        journal=Journal(max_mb=settings.journal.max_mb),
        http=_http(settings.http, path.parent),
        agent=_agent(settings, path.parent, state_dir),
        notify=build_channels(settings.channels, inspection.urls),
        warnings=inspection.warnings,
    )


def _broker(table: BrokerTable, folder: Path) -> Broker:
    return Broker(
        mode=table.mode,
        host=table.host,
        port=table.port,
        tls=table.tls,
        ca_file=_beside(folder, table.ca_file),
        cert_file=_beside(folder, table.cert_file),
        key_file=_beside(folder, table.key_file),
        user=table.user,
        password=table.password,
        protocol=table.protocol,
    )


def _store(table: StoreTable, state_dir: Path) -> Store:
    return Store(
        kind=table.kind,
        path=state_dir / table.path,
        memory_limit=table.memory_limit,
        url=table.url or "",
        org=table.org or "",
        bucket=table.bucket or "",
        token=table.token,
    )


def _http(table: HttpTable, folder: Path) -> Http:
    own = () if is_any_address(table.host) or is_loopback(table.host) else (table.host,)
    return Http(
        host=table.host,
        port=table.port,
        allowed_hosts=(*table.allowed_hosts, *own),
        tls_cert_file=_beside(folder, table.tls_cert_file),
        tls_key_file=_beside(folder, table.tls_key_file),
    )


def _agent(settings: Settings, folder: Path, state_dir: Path) -> Agent:
    return Agent(
        state_dir=state_dir,
        profile_dirs=tuple(folder / name for name in settings.agent.profile_dirs),
    )


def _beside(folder: Path, name: str | None) -> Path | None:
    return folder / name if name is not None else None
