"""Readings as arrays: the same series whatever order they came in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.series import Series, series_of

NAN = float("nan")
rows = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([0.0, -0.0, 1.0, 2.5, NAN, float("inf")]),
        st.sampled_from([0, 1, 2, 10, 14]),
    ),
    max_size=12,
)


def build(given_rows: list[tuple[int, float, int]]) -> Series:
    at = np.array([row[0] for row in given_rows], dtype=np.int64)
    value = np.array([row[1] for row in given_rows], dtype=np.float64)
    return series_of("a.b", at, value, np.array([row[2] for row in given_rows], dtype=np.uint8))


def content(series: Series) -> tuple[bytes, bytes, bytes]:
    return series.at.tobytes(), series.value.tobytes(), series.quality.tobytes()


@given(rows=rows, data=st.data())
def test_any_order_and_any_repetition_gives_the_same_bytes(
    rows: list[tuple[int, float, int]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else []
    shuffled = data.draw(st.permutations(rows + again))
    assert content(build(shuffled)) == content(build(rows))


@given(rows=rows)
def test_a_series_is_ordered_and_holds_each_value_of_an_instant_once(
    rows: list[tuple[int, float, int]],
) -> None:
    found = build(rows)
    assert (np.diff(found.at) >= 0).all()
    kept = [
        (int(at), "nan" if np.isnan(value) else float(value))
        for at, value in zip(found.at, found.value, strict=True)
    ]
    assert len(kept) == len(set(kept))
    assert set(kept) == {(at, "nan" if value != value else value + 0.0) for at, value, _ in rows}


def test_of_equal_readings_the_better_quality_counts() -> None:
    assert build([(1, 5.0, 2), (1, 5.0, 0), (1, 5.0, 1)]).quality.tolist() == [0]
    assert build([(1, NAN, 20), (1, NAN, 10)]).quality.tolist() == [10]


def test_conflicting_values_of_an_instant_stand_side_by_side() -> None:
    found = build([(1, 7.0, 0), (1, 5.0, 1), (1, NAN, 10)])
    assert found.value[:2].tolist() == [5.0, 7.0]
    assert found.has_value.tolist() == [True, True, False]


def test_a_bad_quality_or_no_finite_number_is_no_value() -> None:
    found = build([(1, 5.0, 14), (2, float("inf"), 0), (3, NAN, 0), (4, 1.0, 9)])
    assert found.has_value.tolist() == [False, False, False, True]


def test_a_part_is_half_open() -> None:
    found = build([(at, float(at), 0) for at in range(6)])
    assert found.between(2, 4).at.tolist() == [2, 3]
    assert len(found.between(4, 4)) == 0
    assert len(build([])) == 0
