"""What people state of an output goes before what its counters say, for its span and no longer."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.output import Output, output_of
from domain.ledger import Production
from domain.periods import HOUR_MS
from domain.plant import Carrier, Plant, Point, Process
from domain.windows import Flag, Grade
from tests.analytics.made import NAN, START, hours, plant

COIL = Process(id="coil", output_unit="t")


def counter(name: str = "mass", *, unit: str = "t", rated: float | None = 20.0, share: float = 1.0) -> Point:
    return Point(
        device="plc",
        name=name,
        unit=unit,
        is_counter=True,
        rated_max_per_hour=rated,
        carrier=Carrier.PRODUCTION,
        shares={"coil": share},
    )


def stated(first: float, end: float, quantity: float, *, product: str = "", unit: str = "t") -> Production:
    since, until = round(START + first * HOUR_MS), round(START + end * HOUR_MS)
    return Production(process="coil", since=since, until=until, quantity=quantity, unit=unit, product=product)


def found(
    *spans: Production,
    counted: list[float] | None = None,
    works: Plant | None = None,
    flags: list[Flag] | Flag = Flag.NONE,
    n: int = 4,
) -> Output:
    edges = START + np.arange(n + 1, dtype=np.int64) * HOUR_MS
    windows = {} if counted is None else {"plc.mass": hours("plc.mass", counted, flags=flags)}
    made = works or plant(*([] if counted is None else [counter()]))
    return output_of(COIL, made, windows, spans, edges)


def codes(output: Output) -> list[str]:
    return [finding.code for finding in output.findings]


def test_without_a_statement_the_counter_counts() -> None:
    output = found(counted=[5, 6, 0, 7])
    assert output.amount.tolist() == [5, 6, 0, 7]
    assert set(output.grade.tolist()) == {Grade.MEASURED}
    assert output.findings == ()


def test_a_statement_replaces_the_counter_inside_its_span_only() -> None:
    output = found(stated(1, 3, 12), counted=[5, 6, 6.2, 7])
    assert output.amount.tolist() == [5, 6, 6, 7]
    assert output.grade.tolist() == [Grade.MEASURED, Grade.MANUAL, Grade.MANUAL, Grade.MEASURED]
    assert output.findings == ()


def test_a_span_is_split_at_window_borders_and_keeps_its_quantity() -> None:
    output = found(stated(0.5, 2.75, 9), counted=[0, 0, 0, 0])
    assert output.amount.tolist() == pytest.approx([2, 4, 3, 0])


def test_outside_a_split_span_the_counter_keeps_its_share_of_the_window() -> None:
    output = found(stated(0.5, 2, 9), counted=[4, 6, 8, 8])
    assert output.amount.tolist() == pytest.approx([2 + 3, 6, 8, 8])


def test_a_statement_that_reaches_beyond_the_windows_counts_by_its_part_inside() -> None:
    output = found(stated(-2, 2, 8), stated(3, 5, 6), counted=[0, 0, 0, 0])
    assert output.amount.tolist() == pytest.approx([2, 2, 0, 3])
    nowhere = found(stated(-9, -5, 8), stated(50, 55, 6), counted=[1, 2, 3, 4])
    assert nowhere.amount.tolist() == [1, 2, 3, 4]


def test_products_of_one_span_add_up() -> None:
    output = found(stated(0, 2, 6, product="A"), stated(0, 2, 4, product="B"), counted=[5, 5, 5, 5])
    assert output.amount.tolist() == pytest.approx([5, 5, 5, 5])
    assert output.findings == ()


def test_products_one_after_the_other_in_one_window_leave_nothing_to_the_counter() -> None:
    """10 t were made and 10 t were counted: not 5 of them twice."""
    output = found(stated(0, 0.5, 6, product="A"), stated(0.5, 1, 4, product="B"), counted=[10, 1, 1, 1])
    assert output.amount.tolist() == pytest.approx([10, 1, 1, 1])


def test_products_of_different_spans_are_held_together_against_the_counter() -> None:
    output = found(stated(0, 4, 8, product="A"), stated(1, 2, 3, product="B"), counted=[2, 5, 2, 2])
    assert output.findings == ()
    assert output.amount.tolist() == pytest.approx([2, 5, 2, 2])


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (stated(0, 1, 25), "more than the line can make"),
        (stated(0, 1, -1), "negative"),
        (stated(0, 1, 5, unit="m2"), "not in t"),
        (stated(0, 1, NAN), "no quantity"),
        (stated(0, 1, float("inf")), "more than the line can make"),
    ],
)
def test_an_impossible_quantity_is_refused_and_named(span: Production, words: str) -> None:
    output = found(span, counted=[5, 6, 7, 8])
    assert output.amount.tolist() == [5, 6, 7, 8]
    [finding] = output.findings
    assert finding.code == "production.impossible"
    assert words in finding.problem
    assert (finding.since, finding.until) == (span.since, span.until)


def test_without_a_rated_maximum_only_what_is_no_quantity_is_refused() -> None:
    works = plant(counter(rated=None))
    assert codes(found(stated(0, 1, 1e6), works=works)) == []
    for none in (NAN, float("inf"), -1.0):
        assert codes(found(stated(0, 1, none), works=works)) == ["production.impossible"]


def test_the_limit_of_a_shared_counter_is_the_share_of_the_process() -> None:
    works = plant(counter(share=0.5))
    assert codes(found(stated(0, 1, 11), works=works)) == []
    assert codes(found(stated(0, 1, 13), works=works)) == ["production.impossible"]


def test_what_differs_from_the_counters_is_reported_once_with_its_largest() -> None:
    output = found(stated(0, 1, 8), stated(1, 2, 6.1), stated(2, 3, 9), counted=[5, 6, 5, 7])
    [finding] = output.findings
    assert finding.code == "production.differs"
    assert finding.facts == {"spans": 2.0, "largest_since": float(START + 2 * HOUR_MS), "counted": 5.0}
    assert output.amount.tolist() == [8, 6.1, 9, 7]


def test_a_count_that_is_not_known_or_not_over_yet_says_nothing_about_a_statement() -> None:
    assert codes(found(stated(0, 4, 20), counted=[5, NAN, 5, 0])) == []
    ending = [Flag.NONE, Flag.NONE, Flag.NONE, Flag.OPEN]
    assert codes(found(stated(0, 4, 20), counted=[5, 5, 5, 1], flags=ending)) == []
    assert codes(found(stated(0, 4, 20), counted=[5, 5, 5, 1])) == ["production.differs"]


def test_without_any_source_the_output_is_unknown_and_a_finding_says_so() -> None:
    output = found()
    assert np.isnan(output.amount).all()
    assert codes(output) == ["production.missing"]
    assert not output.coverage.any()


def test_statements_alone_are_a_source() -> None:
    output = found(stated(1, 3, 12))
    assert output.findings == ()
    assert output.amount[1:3].tolist() == [6, 6]
    assert np.isnan(output.amount[[0, 3]]).all()
    assert output.coverage.tolist() == [0, 1, 1, 0]


def test_a_counter_in_another_unit_is_not_used_and_named() -> None:
    works = plant(counter(unit="m"))
    output = found(works=works, counted=[500, 500, 500, 500])
    assert np.isnan(output.amount).all()
    assert codes(output) == ["production.unit", "production.missing"]


def test_a_throughput_counts_what_passed_where_there_is_no_counter() -> None:
    rate = Point(
        device="plc",
        name="mass",
        unit="t/h",
        is_counter=False,
        carrier=Carrier.PRODUCTION,
        shares={"coil": 1.0},
    )
    output = found(works=plant(rate), counted=[5, 6, 0, 7], flags=Flag.INTEGRATED)
    assert output.amount.tolist() == [5, 6, 0, 7]
    assert output.findings == ()


def test_one_of_two_counters_missing_makes_the_output_unknown_never_smaller() -> None:
    works = plant(counter(), counter("scrap"))
    assert np.isnan(found(works=works, counted=[5, 5, 5, 5]).amount).all()


def test_a_stated_window_is_no_longer_doubtful_for_its_counter() -> None:
    output = found(stated(0, 1, 5), stated(1, 1.5, 2), counted=[NAN, NAN, 5, 5], flags=Flag.RESET)
    assert output.flags.tolist() == [0, Flag.RESET, Flag.RESET, Flag.RESET]
    assert output.amount[0] == 5
    assert np.isnan(output.amount[1])


TOTAL, A, B = stated(0, 2, 20), stated(0, 2, 12, product="A"), stated(1, 3, 8, product="B")


def test_a_total_and_products_of_one_time_are_never_added_up() -> None:
    """20 t were made, of them 12 A and 8 B: not 40."""
    later = stated(3, 4, 5)
    for spans in ((TOTAL, A, B, later), (later, B, A, TOTAL)):
        output = found(*spans, counted=[5, 6, 7, 8])
        assert output.amount.tolist() == [5, 6, 7, 5]
        [finding] = [each for each in output.findings if each.code != "production.differs"]
        assert finding.code == "production.overlap"
        assert (finding.since, finding.until) == (TOTAL.since, B.until)
        assert finding.facts == {"spans": 3.0, "total": 20.0, "products": 20.0}
    assert np.isnan(found(TOTAL, A).amount).all()


def test_a_total_beside_products_of_another_time_is_no_overlap() -> None:
    output = found(stated(0, 1, 5), stated(1, 2, 6, product="A"), stated(2, 3, 7), counted=[5, 6, 7, 8])
    assert codes(output) == []
    assert output.amount.tolist() == [5, 6, 7, 8]


def test_products_that_the_line_could_not_make_together_are_refused_together() -> None:
    """Each of them fits into the hour, both do not."""
    both = stated(1, 2, 20, product="A"), stated(1, 2, 20, product="B")
    month = stated(0, 4, 10, product="C")
    output = found(*both, month, counted=[5, 6, 7, 8])
    [finding] = [each for each in output.findings if each.code == "production.impossible"]
    assert (finding.since, finding.until) == (both[0].since, both[0].until)
    assert finding.facts == {"quantity": 40.0, "spans": 2.0}
    assert output.amount.tolist() == pytest.approx([2.5, 2.5, 2.5, 2.5])


def test_a_product_may_have_paused_while_another_filled_the_line() -> None:
    """Spread evenly they are 35 t in the second hour; made one after the other they fit."""
    output = found(stated(0, 4, 60, product="A"), stated(1, 2, 20, product="B"), counted=[20, 20, 20, 20])
    assert codes(output) == []


@pytest.mark.parametrize("end", [1.0, 0.5])
def test_a_span_that_takes_no_time_is_named_and_not_used(end: float) -> None:
    output = found(stated(1, end, 5), counted=[5, 6, 7, 8])
    assert output.amount.tolist() == [5, 6, 7, 8]
    [finding] = output.findings
    assert finding.code == "production.impossible"
    assert "ends before it begins" in finding.problem


def test_a_statement_far_from_what_is_usual_is_odd_where_no_limit_is_known() -> None:
    usual = [stated(hour, hour + 1, 5 + hour / 10) for hour in range(6)]
    for wrong, expected in ((5000, ["production.odd"]), (99, [])):
        output = found(*usual, stated(6, 7, wrong), n=7)
        assert codes(output) == expected
        assert output.amount[6] == wrong
    assert codes(found(*usual[:4], stated(6, 7, 5000), n=7)) == []


def test_what_the_counter_counts_is_usual_too() -> None:
    works = plant(counter(rated=None))
    many = [5.0, 6.0, 0.0, 7.0, NAN, 6.0, 5.0, 6.0]
    output = found(stated(2.5, 3.5, 900), works=works, counted=many, n=8)
    assert codes(output) == ["production.odd"]
