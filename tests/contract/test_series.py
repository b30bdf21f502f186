"""What every store promises of readings as arrays, out and in."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from domain.errors import StoreRejected
from domain.ports import Envelope, Store
from domain.reading import Poll, Quality
from domain.series import Series, series_of
from storage.influx import InfluxStore
from tests.contract.stores import Opener

NOW = 1_763_800_000_000
NAN = math.nan


def poll(seq: int, at: int, quality: Quality = Quality.GOOD, **values: float | None) -> Envelope:
    given = dict.fromkeys(values, quality) if quality else {}
    item = Poll(device="boiler", at=NOW + at, values=values, quality=given)
    return Envelope(journal="j1", seq=seq, received_ms=NOW, item=item)


def past(point: str, *readings: tuple[int, float, int]) -> Series:
    at, value, quality = zip(*readings, strict=True)
    return series_of(
        point,
        NOW + np.array(at, np.int64),
        np.array(value, np.float64),
        np.array(quality, np.uint8),
    )


def triples(series: Series) -> list[tuple[int, float | None, int]]:
    values = [None if math.isnan(value) else value for value in series.value.tolist()]
    return list(zip((series.at - NOW).tolist(), values, series.quality.tolist(), strict=True))


def read(store: Store, point: str = "boiler.gas") -> Series:
    return store.series([point], since=0, until=2 * NOW)[point]


def test_words_of_a_past_come_back_where_there_is_a_value(store: Store) -> None:
    given = past("boiler.gas", (1000, 1.5, 0), (2000, NAN, 11), (3000, 2.5, 1))
    words = np.array([0x1E240, 7, 2**64 - 1], np.uint64)
    store.fill("x", [replace(given, words=words), past("boiler.pressure", (1000, 1.5, 0))])
    found = [one.words for one in store.readings(["boiler.gas"], since=0, until=2 * NOW)]
    assert found == [0x1E240, None, 2**64 - 1]
    assert [one.words for one in store.readings(["boiler.pressure"], since=0, until=2 * NOW)] == [None]
    assert triples(read(store)) == triples(given)


def test_series_hold_what_readings_say(store: Store) -> None:
    store.write(
        [
            poll(1, 1000, gas=1.5, pressure=-0.0),
            poll(2, 4250, gas=1e-300),
            poll(3, 3000, Quality.CLOCK_STEPPED, gas=2.5),
            poll(4, 2000, Quality.OUT_OF_RANGE, gas=None),
        ]
    )
    found = store.series(["boiler.pressure", "boiler.gas", "no.where"], since=0, until=2 * NOW)
    assert list(found) == ["boiler.pressure", "boiler.gas", "no.where"]
    assert triples(found["boiler.gas"]) == [
        (1000, 1.5, 0),
        (2000, None, 14),
        (3000, 2.5, 1),
        (4250, 1e-300, 0),
    ]
    assert triples(found["boiler.pressure"]) == [(1000, 0.0, 0)]
    assert not np.signbit(found["boiler.pressure"].value).any()
    assert len(found["no.where"]) == 0
    for one in found.values():
        assert [array.dtype.name for array in (one.at, one.value, one.quality)] == [
            "int64",
            "float64",
            "uint8",
        ]


def test_series_are_half_open(store: Store) -> None:
    store.write([poll(seq, seq * 1000, gas=float(seq)) for seq in (1, 2, 3)])
    found = store.series(["boiler.gas"], since=NOW + 1000, until=NOW + 3000)["boiler.gas"]
    assert found.value.tolist() == [1.0, 2.0]
    assert len(store.series(["boiler.gas"], since=NOW + 1000, until=NOW + 1000)["boiler.gas"]) == 0
    assert store.series([], since=0, until=2 * NOW) == {}


def test_a_point_that_was_silent_while_others_spoke_has_an_empty_series(store: Store) -> None:
    store.write([poll(1, 1000, gas=1.5)])
    found = store.series(["boiler.pressure"], since=NOW, until=NOW + 2000)
    assert len(found["boiler.pressure"]) == 0


def test_of_one_instant_equal_values_are_one_and_others_stand_side_by_side(store: Store) -> None:
    store.write([poll(1, 1000, gas=7.0), poll(2, 2000, gas=8.0), poll(3, 1000, gas=7.0)])
    store.write([poll(4, 1000, Quality.CLOCK_STEPPED, gas=7.0), poll(5, 500, gas=1.0)])
    if isinstance(store, InfluxStore):  # there the last one written stays
        assert [at for at, _, _ in triples(read(store))] == [500, 1000, 2000]
        return
    store.write([poll(6, 1000, gas=6.0), poll(7, 1000, Quality.NO_ANSWER, gas=None)])
    assert triples(read(store)) == [
        (500, 1.0, 0),
        (1000, 6.0, 0),
        (1000, 7.0, 0),
        (1000, None, 10),
        (2000, 8.0, 0),
    ]


def test_a_past_is_written_once_a_name_and_point(opener: Opener) -> None:
    store = opener()
    gas = past("boiler.gas", (-3000, 1.0, 0), (-2000, NAN, 10), (-1000, 2.0, 1))
    energy = past("feeder.energy", (-5000, 9.0, 0))
    assert store.fill("import-1", [gas]) == 3
    assert store.fill("import-1", [gas]) == 0
    store.close()
    store = opener()
    assert store.fill("import-1", [energy, gas]) == 1
    assert triples(read(store)) == [(-3000, 1.0, 0), (-2000, None, 10), (-1000, 2.0, 1)]
    assert triples(read(store, "feeder.energy")) == [(-5000, 9.0, 0)]
    assert store.count() == 4
    store.close()


def test_latest_is_right_whatever_a_past_brings(store: Store) -> None:
    store.write([poll(1, 5000, gas=5.0)])
    assert store.latest()["boiler.gas"].value == 5.0
    store.fill("old", [past("boiler.gas", (1000, 1.0, 0)), past("boiler.pressure", (1000, 0.5, 0))])
    assert store.latest()["boiler.gas"].value == 5.0
    assert store.latest()["boiler.pressure"].value == 0.5
    store.fill("new", [past("boiler.gas", (9000, 9.0, 0))])
    assert store.latest()["boiler.gas"].value == 9.0
    store.write([poll(2, 8000, gas=8.0, pressure=0.8)])
    assert store.latest()["boiler.gas"].value == 9.0
    assert store.latest()["boiler.pressure"].value == 0.8
    store.fill("silent", [past("boiler.gas", (9500, NAN, 11))])
    assert store.latest()["boiler.gas"].value is None


def test_latest_after_a_restart_is_not_what_comes_late(opener: Opener) -> None:
    store = opener()
    store.write([poll(1, 5000, gas=5.0)])
    store.close()
    store = opener()
    assert store.latest()["boiler.gas"].value == 5.0
    store.write([poll(2, 4000, gas=4.0)])
    assert store.latest()["boiler.gas"].value == 5.0
    store.close()


def test_a_past_of_unknown_points_is_refused_whole(store: Store) -> None:
    good = past("boiler.gas", (0, 1.0, 0))
    with pytest.raises(StoreRejected, match=r"boiler\.ghost, x\.y"):
        store.fill("p", [good, past("x.y", (0, 1.0, 0)), past("boiler.ghost", (0, 1.0, 0))])
    with pytest.raises(StoreRejected, match="exclude each other"):
        store.fill("p", [good, past("boiler.pressure", (0, NAN, 0))])
    with pytest.raises(StoreRejected, match="exclude each other"):
        store.fill("p", [good, past("boiler.pressure", (0, 1.0, 10))])
    with pytest.raises(StoreRejected, match=r"outside 1970\.\.9999"):
        store.fill("p", [good, past("boiler.pressure", (-NOW - 1, 1.0, 0))])
    with pytest.raises(StoreRejected, match="more than once"):
        store.fill("p", [good, good])
    assert store.count() == 0
    assert store.fill("p", [good]) == 1
    assert store.fill("nothing", []) == 0
