"""The same plant through every broker into every store: what was read is what is stored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.brokers import Mosquitto
from tests.e2e.harness import (
    DEVICES,
    EMBEDDED,
    Agent,
    Meters,
    assert_true,
    export,
    make_works,
)

INFLUX = ("INFLUXDB_TEST_URL", "INFLUXDB_TEST_ORG", "INFLUXDB_TEST_BUCKET", "INFLUXDB_TEST_TOKEN")


def store_section(kind: str, folder: Path) -> str:
    """Return the plant file's `[store]`; skips where there is no InfluxDB."""
    if kind == "duckdb":
        return ""
    missing = [name for name in INFLUX if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no InfluxDB: set {', '.join(missing)}")
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(os.environ["INFLUXDB_TEST_TOKEN"])
    url, org, bucket = (os.environ[name] for name in INFLUX[:3])
    place = f'url = "{url}"\norg = "{org}"\nbucket = "{bucket}"\ntoken_file = "token"'
    return f'[store]\nkind = "influxdb"\n{place}\n'


@pytest.fixture(params=["embedded", "3.1.1", "5"], ids=["embedded", "mosquitto-3.1.1", "mosquitto-5"])
def broker_section(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "embedded":
        yield EMBEDDED
        return
    request.getfixturevalue("needs_mosquitto")
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker.section(request.param)


@pytest.mark.parametrize("store", ["duckdb", "influxdb"])
def test_what_the_meters_showed_is_what_the_store_gives_back(
    broker_section: str, store: str, tmp_path: Path
) -> None:
    works = make_works(tmp_path, broker_section + store_section(store, tmp_path))
    # A site of its own, because an InfluxDB is not fresh for each test.
    works.file.write_text(works.file.read_text().replace('id = "works"', f'id = "w{works.http_port}"'))
    with Meters(works) as meters, Agent(works) as agent:
        agent.wait_until(
            "four polls of each device acknowledged",
            lambda s: all(d["good"] >= 4 for d in s["devices"]) and s["journal"]["acknowledged"] >= 20,
        )
        assert agent.stop()[0] == 0
        rows = export(works)
        assert_true(rows, meters)
        assert {row.point.partition(".")[0] for row in rows} == set(DEVICES)
        assert {row.quality for row in rows} == {"good"}
        assert set(meters.requests) <= {1, 2, 3, 4}
