"""Stores to hold to their promises: DuckDB, and a real InfluxDB 2 where one is named."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.ports import Store
from storage.duckdb import DuckStore
from storage.influx import InfluxStore
from storage.source import Source, devices_of

VARIABLES = ("INFLUXDB_TEST_URL", "INFLUXDB_TEST_ORG", "INFLUXDB_TEST_BUCKET", "INFLUXDB_TEST_TOKEN")
DEVICES = {"boiler": ("gas", "pressure"), "feeder": ("energy", "power")}
Opener = Callable[[], Store]


def opener_of(kind: str, folder: Path) -> Opener:
    """Return a function that opens one and the same store, empty at first."""
    if kind == "duckdb":
        source = Source(site="works", gateway="gw1", devices=DEVICES)
        return lambda: DuckStore(folder / "store.duckdb", devices_of([source]))
    missing = [name for name in VARIABLES if name not in os.environ]
    if missing:
        pytest.skip(f"no InfluxDB to test with: {', '.join(missing)} not set")
    site = f"t-{uuid.uuid4().hex}"
    return lambda: open_influx(site)


def open_influx(site: str) -> Store:
    url, org, bucket, token = (os.environ[name] for name in VARIABLES)
    source = Source(site=site, gateway="gw1", devices=DEVICES)
    return InfluxStore(url, sources=[source], org=org, bucket=bucket, token=token)
