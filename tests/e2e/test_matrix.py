"""The same plant through every broker into every store: what was read is what is stored."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.brokers import section
from tests.e2e.evidence import assert_true, export
from tests.e2e.harness import (
    DEVICES,
    EMBEDDED,
    INTERVAL_MS,
    Agent,
    Meters,
    make_works,
)
from tests.mosquitto import Mosquitto, binary

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
def broker_section(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "embedded":
        return EMBEDDED
    return section(request.getfixturevalue("mosquitto"), tmp_path, protocol=request.param)


@pytest.mark.parametrize("store", ["duckdb", "influxdb"])
def test_what_the_meters_showed_is_what_the_store_gives_back(
    broker_section: str, store: str, tmp_path: Path
) -> None:
    works = make_works(tmp_path, broker_section + store_section(store, tmp_path))
    # A site of its own, because an InfluxDB is not fresh for each test.
    works.file.write_text(works.file.read_text().replace('id = "works"', f'id = "w{works.http_port}"'))
    with Meters(works) as meters, Agent(works) as agent:
        agent.wait_until(
            "three polls of each device acknowledged",
            lambda s: all(d["good"] >= 3 for d in s["devices"]) and s["journal"]["acknowledged"] >= 15,
        )
        assert agent.stop()[0] == 0
        rows = export(works)
        assert_true(rows, meters)
        assert {row.point.partition(".")[0] for row in rows} == set(DEVICES)
        assert {row.quality for row in rows} == {"good"}
        assert set(meters.requests) <= {1, 2, 3, 4}


def test_a_person_can_read_what_mosquitto_sub_shows(mosquitto: Mosquitto, tmp_path: Path) -> None:
    works = make_works(tmp_path, section(mosquitto, tmp_path))
    reader = ["-u", "reader", "-P", mosquitto.passwords["reader"], "-p", str(mosquitto.port)]
    listen = [
        binary("mosquitto_sub") or "mosquitto_sub",
        *reader,
        "-t",
        "energy/#",
        "-v",
        "-W",
        "30",
        "-C",
        "24",
    ]
    with Meters(works) as meters, Agent(works) as agent:
        heard = subprocess.run(listen, capture_output=True, text=True, timeout=40, check=False)
        messages = [line.split(" ", 1) for line in heard.stdout.splitlines()]
        found = {topic: json.loads(payload) for topic, payload in messages}
        agent.wait_ready()
        polls = [body for topic, body in found.items() if topic == "energy/works/gw1/plc_coil/readings"]
        assert polls
        for name, value in polls[-1]["values"].items():
            at = polls[-1]["at"]
            assert value in meters.shown(f"plc_coil.{name}", at, at + 2 * INTERVAL_MS)
    assert found["energy/works/gw1/status"]["state"] == "online"
    meta = found["energy/works/gw1/plc_coil/meta"]
    assert meta["points"].keys() == polls[-1]["values"].keys()
    assert meta["points"]["produced_mass"]["unit"] == "t"
    assert meta["points"]["produced_mass"]["label"].keys() == {"zh", "en"}
    assert {topic.split("/")[3] for topic in found if topic.endswith("/meta")} == set(DEVICES)
    assert all(body["v"] == 1 for body in found.values())
