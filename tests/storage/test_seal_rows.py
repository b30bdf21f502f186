"""What seals are made over: the same rows give the same bytes, one that differs is found by its instant."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.seal_rows import ROW, PointSeal, PointSums, ReceivedRows, find, journal_digest

DAY = 20_000 * 86_400_000
NAMES = {1: "boiler.gas", 2: "feeder.energy"}
Rows = NDArray[np.void]


def made(seconds: list[int], point: int = 1) -> Rows:
    rows = np.zeros(len(seconds), ROW)
    rows["at_ms"] = DAY + 1000 * np.array(seconds, np.int64)
    rows["received_ms"] = rows["at_ms"] + 700
    rows["seq"] = np.arange(len(seconds)) + 5 * point
    rows["journal"], rows["journal_rest"] = journal_digest("gw1-0001")
    rows["value"], rows["has_value"] = rows["seq"] * 0.1, 1
    return rows


def piece(rows: Rows, point: int = 1) -> ReceivedRows:
    return ReceivedRows(point=np.full(len(rows), point, np.int64), names=NAMES, rows=rows)


def sealed(*pieces: ReceivedRows) -> dict[str, PointSeal]:
    sums = PointSums()
    for each in pieces:
        sums.add(each)
    return sums.sealed()


def seal(rows: Rows) -> PointSeal:
    return sealed(piece(rows)).get("boiler.gas", PointSeal(readings=0, sha=b"", locator=bytes(19 * 8)))


def doubled(rows: Rows, place: int) -> None:
    rows["value"][place] *= 2


def requalified(rows: Rows, place: int) -> None:
    rows["quality"][place] = 3


def unknown(rows: Rows, place: int) -> None:
    rows["value"][place], rows["has_value"][place] = 0.0, 0


def reworded(rows: Rows, place: int) -> None:
    rows["words"][place], rows["has_words"][place] = 0, 1


def renamed(rows: Rows, place: int) -> None:
    rows["journal"][place] += 1


CHANGES = (doubled, requalified, unknown, reworded, renamed)
SECONDS = st.lists(st.integers(0, 86_399), min_size=2, max_size=60, unique=True)


def test_the_order_of_rows_and_where_they_are_cut_change_nothing() -> None:
    one, two = made([*range(0, 900, 7)]), made([*range(3, 900, 11)], point=2)
    point = np.array([1] * len(one) + [2] * len(two))
    rows = np.concatenate([one, two])
    whole = sealed(ReceivedRows(point=point, names=NAMES, rows=rows))
    shuffle = np.random.default_rng(1).permutation(len(rows))
    assert sealed(ReceivedRows(point=point[shuffle], names=NAMES, rows=rows[shuffle])) == whole
    early = rows["received_ms"] < DAY + 400_000
    parts = [ReceivedRows(point=point[at], names=NAMES, rows=rows[at]) for at in (early, ~early)]
    assert sealed(*parts) == whole
    assert [whole[name].readings for name in NAMES.values()] == [len(one), len(two)]


def test_rows_of_one_instant_have_one_order() -> None:
    rows = np.concatenate([made([5, 5, 5])] * 2)
    rows["received_ms"] = DAY
    rows["value"] = [3.0, -1.0, np.inf, 3.0, 2.0, -0.5]
    rows["seq"] = 1
    assert seal(rows) == seal(rows[::-1].copy())


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ROW.names or ())
def test_every_field_is_under_the_hash(name: str, change: Callable[[Rows, int], None]) -> None:
    rows = made([1, 2, 3])
    before = seal(rows)
    rows[name][1] += 1
    assert seal(rows).sha != before.sha
    rows = made([1, 2, 3])
    change(rows, 1)
    assert seal(rows).sha != before.sha


@settings(max_examples=40, deadline=None)
@given(SECONDS, st.integers(0, 10**6), st.sampled_from(CHANGES))
def test_one_changed_row_is_named_by_its_instant(
    seconds: list[int], place: int, change: Callable[[Rows, int], None]
) -> None:
    rows = made(sorted(seconds))
    before, place = seal(rows), place % len(rows)
    change(rows, place)
    found = find(before, rows)
    assert found is not None
    assert (found.kind, found.at) == ("changed", rows["at_ms"][place])


@settings(max_examples=40, deadline=None)
@given(SECONDS, st.integers(0, 10**6), st.integers(-10_000_000, 10_000_000))
def test_one_row_that_is_missing_added_or_moved_is_named(seconds: list[int], place: int, by: int) -> None:
    rows = made(sorted(seconds))
    place %= len(rows)
    fewer = np.delete(rows, place)
    missing, added = find(seal(rows), fewer), find(seal(fewer), rows)
    at = int(rows["at_ms"][place])
    assert missing is not None and (missing.kind, missing.at) == ("missing", at)
    assert added is not None and (added.kind, added.at) == ("added", at)
    if by:
        before = seal(rows)
        rows["at_ms"][place] += by
        moved = find(before, rows)
        assert moved is not None and (moved.kind, moved.at, moved.was) == ("moved", at + by, at)


@settings(max_examples=40, deadline=None)
@given(SECONDS, st.sampled_from(CHANGES), st.sampled_from(CHANGES))
def test_two_changed_rows_are_never_taken_for_one(
    seconds: list[int], one: Callable[[Rows, int], None], two: Callable[[Rows, int], None]
) -> None:
    rows = made(sorted(seconds))
    before = seal(rows)
    one(rows, 0)
    two(rows, len(rows) - 1)
    assert find(before, rows) is None
    assert find(before, rows[1:]) is None
    assert find(before, rows[1:-1]) is None


def test_untouched_rows_have_nothing_to_find() -> None:
    rows = made([*range(100)])
    assert find(seal(rows), rows) is None
