"""What a real InfluxDB 2 answers to bad points and bad tokens: the fakes of tests/storage say the same."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from domain.errors import StoreUnavailable
from domain.ports import Envelope
from domain.reading import Poll
from storage.influx import InfluxStore
from storage.source import Source
from tests.contract.stores import VARIABLES

missing = [name for name in VARIABLES if name not in os.environ]
pytestmark = pytest.mark.skipif(
    bool(missing), reason=f"no InfluxDB to test with: {', '.join(missing)} not set"
)
WEEK_MS = 7 * 86_400_000
SPOILT_MS = 1_600_000_000_000


def store_with(token: str | None = None, bucket: str | None = None) -> InfluxStore:
    url, org, named, true_token = (os.environ[name] for name in VARIABLES)
    source = Source(site=f"t-{uuid.uuid4().hex}", gateway="gw1", devices={"boiler": ("gas",)})
    return InfluxStore(url, sources=[source], org=org, bucket=bucket or named, token=token or true_token)


def gas(seq: int, at: int) -> Envelope:
    return Envelope(
        journal="j", seq=seq, received_ms=0, item=Poll(device="boiler", at=at, values={"gas": float(seq)})
    )


@pytest.fixture
def spoilt_bucket() -> Iterator[str]:
    """Return a bucket of its own, in which another program wrote `value` as a whole number."""
    url, org, _, token = (os.environ[name] for name in VARIABLES)
    with InfluxDBClient(url=url, token=token, org=org) as client:
        try:
            bucket = client.buckets_api().create_bucket(bucket_name=f"t-{uuid.uuid4().hex}", org=org)
        except ApiException as error:
            pytest.skip(f"the token may not create a bucket: {error.status}")
        with client.write_api(write_options=SYNCHRONOUS) as writer:
            line = f"readings,site=theirs value=1i {SPOILT_MS * 1_000_000}"
            writer.write(bucket=bucket.name, record=line)
        yield bucket.name
        client.buckets_api().delete_bucket(bucket)


def test_one_point_that_conflicts_is_rejected_and_the_rest_kept(spoilt_bucket: str) -> None:
    clean = SPOILT_MS + 3 * WEEK_MS
    store = store_with(bucket=spoilt_bucket)
    written = store.write([gas(1, clean), gas(2, clean + 1), gas(3, SPOILT_MS), gas(4, clean + 2)])
    assert list(written.rejected) == [("j", 3)]
    assert "field type conflict" in written.rejected["j", 3]
    # Over both shards InfluxDB leaves out the values: each is asked for again.
    found = store.readings(["boiler.gas"], since=0, until=clean + 9)
    assert [reading.value for reading in found] == [1.0, 2.0, 4.0]
    assert store.latest()["boiler.gas"].value == 4.0
    before = store.last_good(["boiler.gas"], clean + 10 * WEEK_MS)
    assert before["boiler.gas"].value == 4.0
    store.close()


def test_instant_past_its_reach_is_rejected_alone() -> None:
    store = store_with()
    written = store.write([gas(1, 1_763_800_000_000), gas(2, 9_999_999_999_999)])
    assert list(written.rejected) == [("j", 2)]
    assert store.count() == 1
    store.close()


@pytest.mark.parametrize(
    ("token", "bucket", "hint"), [("wrong", None, "token"), (None, "no-such-bucket", "bucket")]
)
def test_refused_access_names_the_cure(token: str | None, bucket: str | None, hint: str) -> None:
    store = store_with(token, bucket)
    with pytest.raises(StoreUnavailable) as caught:
        store.write([gas(1, 1_763_800_000_000)])
    assert hint in caught.value.hint
    with pytest.raises(StoreUnavailable):
        store.check()
    store.close()
