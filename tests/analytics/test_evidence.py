from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evidence import codes_of, evidence_of, evidences_of, with_codes
from analytics.sums import aligned, combined, inside, sum_inside
from domain.periods import HOUR_MS
from domain.results import Evidence
from domain.windows import Flag, Grade, Windows, no_windows
from tests.analytics.made import NAN, START, hours, span


def of(windows: Windows, first: int, end: int) -> Evidence:
    return evidence_of(
        amount=windows.amount,
        grade=windows.grade,
        coverage=windows.coverage,
        flags=windows.flags,
        since=windows.since,
        until=windows.until,
        span=span(first, end),
    )


# Evidence


def test_what_was_measured_all_along_is_complete_and_without_codes() -> None:
    assert of(hours("a", [1.0] * 24), 0, 24) == Evidence(
        shares={"measured": 1.0}, coverage=1.0, is_complete=True, codes=()
    )


def test_shares_are_weighted_by_energy_and_not_by_time() -> None:
    windows = hours("a", [90.0, 10.0], grade=[Grade.MEASURED, Grade.ESTIMATED])
    assert of(windows, 0, 2).shares == {"measured": 0.9, "estimated": 0.1}


def test_coverage_is_weighted_by_time_and_not_by_energy() -> None:
    windows = hours("a", [90.0, 10.0], coverage=[1.0, 0.5])
    assert of(windows, 0, 2).coverage == 0.75


def test_windows_of_unequal_length_cover_by_their_length() -> None:
    long, short = hours("a", [1.0]), hours("a", [1.0], coverage=0.0, start=START + HOUR_MS)
    short.until[0] = short.since[0] + HOUR_MS // 2
    both = Windows(
        point="a",
        **{
            name: np.concatenate((getattr(long, name), getattr(short, name)))
            for name in (
                "since", "until", "amount", "grade", "coverage", "flags", "minimum", "maximum",
            )
        },
    )  # fmt: skip
    found = evidences_of(both, [(START, START + HOUR_MS * 3 // 2)])[0]
    assert found.coverage == pytest.approx(2 / 3, abs=1e-15)
    assert found.is_complete


def test_hours_without_a_window_are_not_covered() -> None:
    whole = hours("a", [1.0] * 24)
    found = of(whole.pick((np.arange(24) < 12) | (np.arange(24) >= 18)), 0, 24)
    assert found.coverage == 0.75
    assert not found.is_complete
    assert found.is_provisional


def test_hours_that_are_still_to_come_are_no_gap_but_the_period_is_provisional() -> None:
    found = of(hours("a", [1.0] * 18), 0, 24)
    assert found.coverage == 1.0
    assert not found.is_complete
    assert found.is_provisional


def test_without_any_window_there_is_nothing_to_rest_on() -> None:
    nothing = Evidence(shares={}, coverage=0.0, is_complete=False, codes=())
    assert of(no_windows("a"), 0, 24) == nothing
    assert of(hours("a", [1.0]), 30, 54) == nothing


def test_an_amount_that_is_not_known_has_no_share_and_leaves_the_figure_incomplete() -> None:
    windows = hours("a", [5.0, NAN], flags=[Flag.NONE, Flag.RESET])
    found = of(windows, 0, 2)
    assert found.shares == {"measured": 1.0}
    assert not found.is_complete
    assert found.codes == ("data.reset",)


def test_an_open_window_leaves_the_figure_incomplete() -> None:
    found = of(hours("a", [5.0, 1.0], flags=[Flag.NONE, Flag.OPEN]), 0, 2)
    assert not found.is_complete
    assert found.codes == ("data.open",)


def test_a_line_at_rest_has_shares_by_time() -> None:
    windows = hours("a", [0.0, 0.0, 0.0, 0.0], grade=[Grade.MEASURED] * 3 + [Grade.ESTIMATED])
    assert of(windows, 0, 4).shares == {"measured": 0.75, "estimated": 0.25}


def test_codes_come_from_all_flags_once_and_ordered() -> None:
    windows = hours("a", [1.0, 1.0, 1.0], flags=[Flag.WRAP, Flag.GAP | Flag.BAD, Flag.GAP])
    assert of(windows, 0, 3).codes == ("data.bad", "data.gap", "data.wrap")
    assert of(windows, 0, 1).codes == ("data.wrap",)


def test_every_flag_has_a_code_of_its_own() -> None:
    codes = [codes_of(int(flag)) for flag in Flag if flag]
    assert all(len(each) == 1 for each in codes)
    assert len(set(codes)) == len(codes)


def test_codes_are_added_in_order_and_once() -> None:
    evidence = of(hours("a", [1.0], flags=Flag.GAP), 0, 1)
    assert with_codes(evidence, "data.gap", "balance.negative").codes == ("balance.negative", "data.gap")
    assert with_codes(evidence) is evidence


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6) | st.just(NAN), st.sampled_from(list(Grade)), st.floats(0, 1)),
        min_size=1,
        max_size=60,
    )
)
def test_shares_add_up_to_one_and_coverage_stays_within_its_bounds(
    rows: list[tuple[float, Grade, float]],
) -> None:
    amount, grade, coverage = zip(*rows, strict=True)
    windows = hours("a", list(amount), grade=list(grade), coverage=list(coverage))
    found = of(windows, 0, len(rows))
    if any(math.isfinite(each) for each in amount):
        assert sum(found.shares.values()) == pytest.approx(1.0, abs=1e-12)
    else:
        assert found.shares == {}
    assert 0.0 <= found.coverage <= 1.0


# Sums


def test_a_sum_takes_the_windows_wholly_inside_and_none_twice() -> None:
    windows = hours("a", [1.0, 2.0, 4.0, 8.0])
    half = HOUR_MS // 2
    spans = [span(0, 4), span(1, 3), (START + half, START + 3 * HOUR_MS + half), span(2, 2), span(9, 12)]
    found = sum_inside(windows.since, windows.until, windows.amount, spans)
    np.testing.assert_array_equal(found, [15.0, 6.0, 6.0, NAN, NAN])


def test_sums_over_any_mixture_of_spans_equal_sums_over_each_alone() -> None:
    rng = np.random.default_rng(5)
    windows = hours("a", rng.gamma(2.0, 50.0, 2000))
    spans = [
        span(int(a), int(a + n))
        for a, n in zip(rng.integers(-10, 2000, 300), rng.integers(0, 900, 300), strict=True)
    ]
    found = sum_inside(windows.since, windows.until, windows.amount, spans)
    for one, total in zip(spans, found, strict=True):
        alone = sum_inside(windows.since, windows.until, windows.amount, [one])[0]
        exact = [
            each for at, each in zip(windows.since, windows.amount, strict=True) if one[0] <= at < one[1]
        ]
        np.testing.assert_array_equal(alone, total)
        assert total == pytest.approx(math.fsum(exact) if exact else NAN, rel=1e-14, nan_ok=True)


def test_the_bits_of_a_sum_do_not_depend_on_what_else_was_loaded() -> None:
    rng = np.random.default_rng(6)
    windows = hours("a", rng.gamma(2.0, 50.0, 1500))
    whole = span(700, 1431)
    wanted = sum_inside(windows.since, windows.until, windows.amount, [whole])
    for before in range(0, 700, 37):
        part = windows.pick(slice(before, 1431 + before // 11))
        found = sum_inside(part.since, part.until, part.amount, [whole, span(before, before + 5)])
        assert found[0].tobytes() == wanted[0].tobytes()


def test_parts_on_unlike_grids_meet_on_one_and_what_lacks_has_no_amount() -> None:
    long = hours("a", [1.0, 2.0, 3.0])
    late = hours("b", [10.0, 20.0], start=START + HOUR_MS, coverage=0.5, grade=Grade.BRIDGED)
    both = combined("sum", aligned((long, late, no_windows("c")))[:2], [1.0, -1.0])
    np.testing.assert_array_equal(both.amount, [NAN, -8.0, -17.0])
    assert both.coverage.tolist() == [0.0, 0.5, 0.5]
    assert both.grade.tolist() == [0, 1, 1]
    assert aligned((long, long))[0] is long
    np.testing.assert_array_equal(aligned((long, no_windows("c")))[1].amount, [NAN] * 3)


def test_the_flags_of_a_span_are_those_of_its_windows() -> None:
    windows = hours("a", [1.0] * 3, flags=[Flag.GAP, Flag.NONE, Flag.BAD])
    places = inside(windows.since, windows.until, [span(0, 3), span(1, 2)])
    assert places.union(windows.flags).tolist() == [Flag.GAP | Flag.BAD, 0]
