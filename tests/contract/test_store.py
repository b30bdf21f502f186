"""What every store promises, on each of them: DuckDB, and a real InfluxDB 2 where one is named."""

from __future__ import annotations

import math
import threading
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import StoreError
from domain.ports import Envelope, Store
from domain.reading import ALL_POINTS, Gap, Poll, Quality, Reading
from storage.influx import InfluxStore
from tests.contract.stores import Opener

NOW = 1_763_800_000_000


def poll(
    seq: int,
    values: dict[str, float | None],
    quality: dict[str, Quality] | None = None,
    *,
    device: str = "boiler",
    at: int | None = None,
    words: dict[str, str] | None = None,
) -> Envelope:
    item = Poll(
        device=device,
        at=NOW + seq * 1000 if at is None else at,
        values=values,
        quality=quality or {},
        words=words or {},
    )
    return Envelope(journal="j1", seq=seq, received_ms=NOW, item=item)


def gas(seq: int) -> Envelope:
    return poll(seq, {"gas": seq + 0.5})


def gap_alone(item: Gap) -> Envelope:
    return Envelope(journal="j1", seq=2, received_ms=NOW, item=item)


def all_of(store: Store, *points: str) -> list[Reading]:
    return list(store.readings(points or ("boiler.gas",), since=0, until=2 * NOW))


def test_empty_store_has_nothing_and_says_so(store: Store) -> None:
    store.check()
    assert store.count() == 0
    assert store.latest() == {}
    assert all_of(store) == []
    assert store.last_good(["boiler.gas"], NOW) == store.next_good(["boiler.gas"], NOW) == {}
    assert store.gaps(since=0, until=2 * NOW) == []


def test_readings_come_back_as_they_went_in(store: Store) -> None:
    written = store.write([poll(1, {"gas": 1234.567, "pressure": -0.1}), poll(2, {"gas": 1e-300})])
    assert (written.readings, written.duplicates, written.rejected) == (3, 0, {})
    assert store.count() == 3
    assert all_of(store, "boiler.pressure", "boiler.gas") == [
        Reading(point="boiler.gas", at=NOW + 1000, value=1234.567, quality=Quality.GOOD),
        Reading(point="boiler.gas", at=NOW + 2000, value=1e-300, quality=Quality.GOOD),
        Reading(point="boiler.pressure", at=NOW + 1000, value=-0.1, quality=Quality.GOOD),
    ]


def test_span_is_half_open(store: Store) -> None:
    store.write([gas(1), gas(2), gas(3)])
    found = store.readings(["boiler.gas"], since=NOW + 1000, until=NOW + 3000)
    assert [reading.value for reading in found] == [1.5, 2.5]
    assert list(store.readings(["boiler.gas"], since=NOW + 1000, until=NOW + 1000)) == []


def test_an_envelope_is_kept_once_in_a_batch_and_between_batches(store: Store) -> None:
    first = store.write([gas(1), gas(2), gas(1)])
    assert (first.readings, first.duplicates) == (2, 1)
    store.write([gas(2), gas(3)])
    assert store.count() == 3


def test_an_envelope_is_kept_once_across_a_restart(opener: Opener) -> None:
    before = opener()
    before.write([gas(1), gas(2)])
    before.close()
    after = opener()
    after.write([gas(2), gas(3)])
    assert [reading.value for reading in all_of(after)] == [1.5, 2.5, 3.5]
    after.close()


def test_same_number_of_another_journal_is_another_envelope(store: Store) -> None:
    other = Envelope(
        journal="j2", seq=1, received_ms=NOW, item=Poll(device="boiler", at=NOW + 77, values={"gas": 9.0})
    )
    written = store.write([gas(1), other])
    assert (written.readings, store.count()) == (2, 2)


def test_failed_poll_is_one_row_without_value_for_every_point(store: Store) -> None:
    written = store.write([poll(1, {}, {ALL_POINTS: Quality.NO_ANSWER})])
    assert written.readings == 2
    assert all_of(store, "boiler.gas", "boiler.pressure") == [
        Reading(point="boiler.gas", at=NOW + 1000, value=None, quality=Quality.NO_ANSWER),
        Reading(point="boiler.pressure", at=NOW + 1000, value=None, quality=Quality.NO_ANSWER),
    ]


def test_one_point_without_value_leaves_the_others(store: Store) -> None:
    store.write([poll(1, {"gas": 1.0, "pressure": None}, {"pressure": Quality.OUT_OF_RANGE})])
    gas_reading, pressure = all_of(store, "boiler.gas", "boiler.pressure")
    assert (gas_reading.value, gas_reading.quality) == (1.0, Quality.GOOD)
    assert (pressure.value, pressure.quality) == (None, Quality.OUT_OF_RANGE)


def test_doubtful_reading_keeps_value_and_quality(store: Store) -> None:
    store.write([poll(1, {"gas": 1.0}, {ALL_POINTS: Quality.CLOCK_STEPPED})])
    assert [(r.value, r.quality) for r in all_of(store)] == [(1.0, Quality.CLOCK_STEPPED)]


def test_register_words_come_back_with_their_readings_and_change_nothing_else(store: Store) -> None:
    most = {"gas": "f" * 16}
    store.write(
        [
            poll(1, {"gas": 1.0, "pressure": 2.0}, words={"gas": "0001e240"}),
            poll(
                2,
                {"gas": 1.0, "pressure": None},
                {"pressure": Quality.OUT_OF_RANGE},
                words={"pressure": "0000"},
            ),
            poll(3, {"gas": 1.0}, words=most),
            poll(4, {"gas": 1.0}, {"gas": Quality.CLOCK_STEPPED}, words=most),
        ]
    )
    store.write([poll(5, {"gas": 1.0})])
    assert [one.words for one in all_of(store)] == [0x1E240, None, 2**64 - 1, 2**64 - 1, None]
    pressure = all_of(store, "boiler.pressure")
    assert [(one.words, one.value) for one in pressure] == [(None, 2.0), (0, None)]
    assert store.latest()["boiler.gas"].value == 1.0
    assert store.last_good(["boiler.gas"], NOW + 9000)["boiler.gas"].at == NOW + 5000
    assert len(store.series(["boiler.gas"], since=0, until=2 * NOW)["boiler.gas"]) == store.count() - 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_value_that_is_no_number_is_rejected_and_the_rest_kept(store: Store, value: float) -> None:
    written = store.write([gas(1), poll(2, {"gas": value}), gas(3)])
    assert written.readings == 2
    assert list(written.rejected) == [("j1", 2)]
    assert "finite" in written.rejected["j1", 2]
    assert [reading.value for reading in all_of(store)] == [1.5, 3.5]


@pytest.mark.parametrize(
    "bad",
    [
        poll(2, {"ghost": 1.0}),
        poll(2, {"gas": 1.0}, {"ghost": Quality.NO_ANSWER}),
        poll(2, {"gas": 1.0}, device="ghost"),
        poll(2, {"gas": None}),
        poll(2, {"gas": 1.0}, {"gas": Quality.NO_ANSWER}),
        poll(2, {"gas": 1.0}, at=-1),
        poll(2, {"gas": 1.0}, at=2**70),
        poll(2, {"gas": 1.0}, words={"gas": "12"}),
        poll(2, {"gas": 1.0}, words={"pressure": "0012"}),
        poll(2, {"gas": None}, {"gas": Quality.NO_ANSWER}, words={"gas": "0012"}),
        gap_alone(Gap(device="boiler", since=5, until=5, quality=Quality.AGENT_DOWN)),
        gap_alone(Gap(device="ghost", since=5, until=9, quality=Quality.AGENT_DOWN)),
    ],
    ids=[
        "point",
        "quality",
        "device",
        "silent",
        "contradiction",
        "before",
        "after",
        "bad words",
        "stray words",
        "silent words",
        "gap",
        "gap device",
    ],
)
def test_what_cannot_be_stored_is_rejected_alone(store: Store, bad: Envelope) -> None:
    written = store.write([gas(1), bad, gas(3)])
    assert list(written.rejected) == [("j1", 2)]
    assert written.rejected["j1", 2]
    assert [reading.value for reading in all_of(store)] == [1.5, 3.5]


def test_envelope_that_says_nothing_is_taken_and_leaves_no_row(store: Store) -> None:
    silent = poll(1, {}, device="was-never-configured", at=0)
    assert store.write([silent]).rejected == {}
    assert store.count() == 0


def test_latest_is_by_instant_not_by_arrival(store: Store) -> None:
    store.write([gas(5)])
    store.write([gas(2), poll(9, {"energy": 7.0}, device="feeder")])
    latest = store.latest()
    assert {point: reading.value for point, reading in latest.items()} == {
        "boiler.gas": 5.5,
        "feeder.energy": 7.0,
    }
    store.write([poll(6, {}, {ALL_POINTS: Quality.LINK_DOWN})])
    newest = store.latest()["boiler.gas"]
    assert (newest.at, newest.value, newest.quality) == (NOW + 6000, None, Quality.LINK_DOWN)


def test_latest_survives_a_restart(opener: Opener) -> None:
    before = opener()
    before.write([gas(1), poll(40 * 86_400, {"energy": 7.0}, device="feeder")])
    before.close()
    after = opener()
    after.write([poll(-5 + 10, {"gas": 99.0}, at=NOW)])  # late, while nothing was looked up yet
    found = after.latest()
    assert found["boiler.gas"].value == 1.5
    assert found["feeder.energy"].value == 7.0
    after.close()


def test_neighbours_are_the_good_readings_around_an_instant(store: Store) -> None:
    store.write(
        [
            gas(1),
            poll(2, {}, {ALL_POINTS: Quality.NO_ANSWER}),
            poll(3, {"gas": 3.0}, {"gas": Quality.CLOCK_STEPPED}),
            gas(4),
        ]
    )
    first = Reading(point="boiler.gas", at=NOW + 1000, value=1.5, quality=Quality.GOOD)
    last = Reading(point="boiler.gas", at=NOW + 4000, value=4.5, quality=Quality.GOOD)
    own = "boiler.gas"
    for at, before, after in [
        (2500, {own: first}, {own: last}),
        (1000, {own: first}, {own: last}),
        (4000, {own: last}, {}),
        (999, {}, {own: first}),
    ]:
        assert store.last_good(["boiler.ghost", own], NOW + at) == before
        assert store.next_good(["boiler.ghost", own], NOW + at) == after
    assert store.last_good(["boiler.ghost"], NOW) == {}
    assert store.next_good([], NOW) == {}


def test_neighbours_are_found_far_away(store: Store) -> None:
    store.write([gas(1), gas(100 * 86_400)])
    before = store.last_good(["boiler.gas"], NOW + 50 * 86_400_000)
    after = store.next_good(["boiler.gas"], NOW + 50 * 86_400_000)
    assert (before["boiler.gas"].value, after["boiler.gas"].value) == (1.5, 100 * 86_400 + 0.5)


def test_gaps_that_touch_the_span_come_in_order(store: Store) -> None:
    def gap(seq: int, device: str, since: int, until: int) -> Envelope:
        item = Gap(device=device, since=NOW + since, until=NOW + until, quality=Quality.AGENT_DOWN)
        return Envelope(journal="j1", seq=seq, received_ms=NOW, item=item)

    written = store.write(
        [gap(1, "feeder", 0, 10), gap(2, "boiler", 20, 30), gap(3, "boiler", 5, 20), gap(3, "boiler", 5, 20)]
    )
    assert (written.readings, written.duplicates) == (0, 1)
    found = store.gaps(since=NOW + 9, until=NOW + 21)
    assert [(g.device, g.since - NOW, g.until - NOW) for g in found] == [
        ("boiler", 5, 20),
        ("boiler", 20, 30),
        ("feeder", 0, 10),
    ]
    assert found[0].quality is Quality.AGENT_DOWN
    assert [g.device for g in store.gaps(since=NOW + 10, until=NOW + 20)] == ["boiler"]


@pytest.mark.parametrize(
    "hostile",
    [
        "x'; DROP TABLE readings; --",
        'x" or true or r.point == "',
        "${1}",
        "a.b\\",
        "boiler.gas' OR '1'='1",
        ".",
    ],
)
def test_hostile_point_names_find_nothing_and_break_nothing(store: Store, hostile: str) -> None:
    store.write([gas(1)])
    assert list(store.readings([hostile], since=0, until=2 * NOW)) == []
    assert store.last_good([hostile], NOW) == store.next_good([hostile], NOW) == {}
    assert store.count() == 1


def test_read_from_another_thread_while_the_writer_writes(store: Store) -> None:
    store.write([gas(1)])
    seen: list[int] = []
    faults: list[StoreError] = []

    def read() -> None:
        try:
            for _ in range(10):
                seen.append(len(all_of(store)))
                assert store.latest()["boiler.gas"].value is not None
        except StoreError as error:
            faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for seq in range(2, 22):
        store.write([gas(seq)])
    reader.join()
    assert not faults
    assert seen == sorted(seen)
    assert store.count() == 21


def test_closed_store_refuses_and_closes_twice(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError):
        store.check()
    with pytest.raises(StoreError):
        store.write([gas(1)])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_any_re_delivery_leaves_each_reading_once(
    opener: Opener, tmp_path: Path, data: st.DataObject
) -> None:
    many = data.draw(st.integers(1, 30))
    deliveries = data.draw(st.permutations([*range(1, many + 1), *data.draw(st.lists(st.integers(1, many)))]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(deliveries)), max_size=4)))
    restart = data.draw(st.booleans())
    base = data.draw(st.integers(0, 10**6)) * 10**5
    journal = f"j{uuid.uuid4().hex}"
    store = opener()
    there = store.count()
    for first, last in zip([0, *cuts], [*cuts, len(deliveries)], strict=True):
        store.write(
            [
                Envelope(
                    journal=journal,
                    seq=seq,
                    received_ms=NOW,
                    item=Poll(device="boiler", at=base + seq, values={"gas": float(seq)}),
                )
                for seq in deliveries[first:last]
            ]
        )
        if restart:
            store.close()
            store = opener()
    found = list(store.readings(["boiler.gas"], since=base, until=base + 10**5))
    grown = store.count() - there
    assert {reading.value for reading in found} >= {float(seq) for seq in range(1, many + 1)}
    assert grown == many or isinstance(store, InfluxStore)  # there an instant drawn twice is one reading
    assert all(reading.value == reading.at - base for reading in found)
    store.close()
