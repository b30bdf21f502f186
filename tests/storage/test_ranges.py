"""Ranges are a set of numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.ranges import RangeSet, ranges_of

runs = st.tuples(st.integers(0, 60), st.integers(0, 8)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(runs, max_size=30))
def test_ranges_behave_as_a_set(added: list[tuple[int, int]]) -> None:
    ranges, numbers = RangeSet(), set[int]()
    for first, last in added:
        ranges.add(first, last)
        numbers.update(range(first, last + 1))
    assert {number for number in range(-2, 75) if number in ranges} == numbers
    assert [n for first, last in ranges for n in range(first, last + 1)] == sorted(numbers)
    pairs = list(ranges)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(pairs))
    assert len(ranges) == len(pairs)
    assert RangeSet(reversed(pairs)) == ranges


@given(st.lists(st.integers(0, 100)))
def test_numbers_become_the_fewest_runs(numbers: list[int]) -> None:
    found = ranges_of(numbers)
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(set(numbers))
    assert found == list(RangeSet((n, n) for n in numbers))


def test_a_run_in_order_stays_one_pair() -> None:
    ranges = RangeSet()
    for number in range(10_000):
        ranges.add(number)
    assert list(ranges) == [(0, 9999)]


def test_backward_range_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        RangeSet().add(5, 4)
