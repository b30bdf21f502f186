"""What a gateway no longer has: the journal's rows of before are still taken, later ones are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from domain.plant import Device, Plant, Point
from domain.ports import Envelope
from domain.reading import Gap, Poll, Quality
from domain.registers import DeviceProfile
from domain.wire import encode_item, item_topic
from storage.duckdb import DuckStore
from storage.source import Former, Source, changed_source, devices_of, stored_of
from storage.verdict import Judge, Message, Verdict, Window
from tests.storage.doubles import DEVICES, GATEWAY, NOW, SITE, SOURCE

LEFT = Source(
    site=SITE,
    gateway=GATEWAY,
    devices={"boiler": ("gas",), "dryer": ("gas",)},
    former={
        "boiler": Former(names=frozenset({"pressure"}), until=NOW),
        "feeder": Former(names=frozenset(DEVICES["feeder"]), until=NOW),
    },
)


def device(name: str, names: tuple[str, ...]) -> Device:
    profile = DeviceProfile(
        id="p", maker="m", model="m", kind="k", manual="", source="", hardware="", registers=()
    )
    points = tuple(Point(device=name, name=each, unit="kW", is_counter=False) for each in names)
    return Device(id=name, link="l", unit_id=1, profile=profile, interval_s=1.0, points=points)


def judged(item: Poll | Gap, source: Source = LEFT) -> Verdict:
    payload = encode_item(item, "j1", 1)
    message = Message(item_topic(SITE, GATEWAY, item), payload, False, NOW)
    return Judge([source], Window()).judge(message, now_ms=NOW)


def feeder(at: int) -> Poll:
    return Poll(device="feeder", at=at, values={"energy": 1.0, "power": 2.0, "voltage": 3.0})


def boiler(at: int) -> Poll:
    return Poll(device="boiler", at=at, values={"gas": 1.0, "pressure": 2.0})


def test_a_dropped_device_is_known_for_what_was_polled_before() -> None:
    assert judged(feeder(NOW - 1)).complaint == ""
    assert judged(feeder(NOW)).complaint.startswith("unknown_device")
    gap = Gap(device="feeder", since=NOW - 1000, until=NOW + 1, quality=Quality.AGENT_DOWN)
    assert judged(gap).complaint == ""


def test_a_dropped_point_is_known_for_what_was_polled_before_and_the_others_always() -> None:
    assert judged(boiler(NOW - 1)).complaint == ""
    later = judged(boiler(NOW))
    assert later.complaint.startswith("unknown_point")
    assert later.envelope is not None
    assert isinstance(later.envelope.item, Poll)
    assert later.envelope.item.values == {"gas": 1.0}


def test_what_was_dropped_by_one_reload_after_the_other_is_known_together() -> None:
    def plant(**devices: tuple[str, ...]) -> Plant:
        return Plant(
            site=SITE,
            gateway=GATEWAY,
            time_zone="UTC",
            label={},
            is_demo=False,
            processes=(),
            links=(),
            devices=tuple(device(name, tuple(names)) for name, names in devices.items()),
        )

    one = changed_source(SOURCE, plant(boiler=("gas",), feeder=("energy",)), until=1)
    two = changed_source(one, plant(feeder=("energy", "power")), until=2)
    assert two.devices == {"feeder": ("energy", "power")}
    assert two.former["boiler"] == Former(names=frozenset({"gas", "pressure"}), until=2)
    assert stored_of(two)["feeder"] == ("energy", "power", "voltage")
    assert set(stored_of(two)["boiler"]) == {"gas", "pressure"}


def test_a_store_takes_new_points_and_those_of_before_from_the_next_batch_on(tmp_path: Path) -> None:
    def wrap(item: Poll, seq: int) -> Envelope:
        return Envelope(journal="j1", seq=seq, received_ms=NOW, item=item)

    store = DuckStore(tmp_path / "store.duckdb", devices_of([SOURCE]))
    store.write([wrap(boiler(NOW), 1)])
    store.know(stored_of(LEFT))
    dryer = Poll(device="dryer", at=NOW, values={"gas": 7.0})
    written = store.write([wrap(dryer, 2), wrap(feeder(NOW), 3), wrap(boiler(NOW + 1), 4)])
    assert (written.readings, dict(written.rejected)) == (6, {})
    assert store.latest()["dryer.gas"].value == 7.0
    assert store.latest()["boiler.pressure"].at == NOW + 1
    store.close()
    again = DuckStore(tmp_path / "store.duckdb", devices_of([replace(LEFT, former={})]))
    assert again.latest()["dryer.gas"].value == 7.0
    assert again.latest()["boiler.pressure"].at == NOW + 1
    again.close()
