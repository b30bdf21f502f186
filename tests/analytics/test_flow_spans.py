"""Which span the flows are of: whole hours, from the first figures on."""

from __future__ import annotations

import pytest

from analytics.flows import flows_of
from domain.flows import FlowNode, Flows
from domain.method import Method
from domain.periods import DAY_MS, HOUR_MS
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.works import amounts, made_windows, prepared_works

DAYS = 3
TRUTH = amounts(DAYS)
END = START + DAYS * DAY_MS
METHOD = Method()


def node(found: Flows, name: str) -> FlowNode:
    return next(each for each in found.nodes if each.id == name)


@pytest.mark.parametrize(
    ("since", "until"),
    [(8.0, 9.5), (8.5, 10.0), (8.25, 8.75), (8.0, 10.0)],
)
def test_a_span_that_cuts_an_hour_is_widened_to_whole_ones_and_says_which(since: float, until: float) -> None:
    prepared = prepared_works(made_windows(TRUTH), method=METHOD)
    cut = flows_of(
        prepared, since=START + round(since * HOUR_MS), until=START + round(until * HOUR_MS), now=END
    )
    last = -(-until // 1)
    whole = flows_of(prepared, since=START + 8 * HOUR_MS, until=START + int(last) * HOUR_MS, now=END)
    assert (cut.since, cut.until) == (START + 8 * HOUR_MS, START + int(last) * HOUR_MS)
    assert cut == whole
    assert node(cut, "gas").kwh


def test_now_in_the_middle_of_an_hour_has_what_that_hour_has_so_far() -> None:
    prepared = prepared_works(made_windows(TRUTH), method=METHOD)
    now = START + DAY_MS + 9 * HOUR_MS + HOUR_MS // 2
    to_now = flows_of(prepared, since=START + DAY_MS, until=now, now=now)
    of_day = flows_of(prepared, since=START + DAY_MS, until=START + 2 * DAY_MS, now=now)
    assert node(to_now, "gas").kwh == pytest.approx(node(of_day, "gas").kwh)


def test_a_span_from_before_the_first_figures_misses_something_also_while_it_lasts() -> None:
    prepared = prepared_works(made_windows(TRUTH), method=METHOD)
    for until in (END, END + DAY_MS):
        found = flows_of(prepared, since=START - DAY_MS, until=until, now=END)
        assert "flows.missing" in found.codes
        assert node(found, "gas").kwh == pytest.approx(
            node(flows_of(prepared, since=START, until=END, now=END), "gas").kwh
        )
