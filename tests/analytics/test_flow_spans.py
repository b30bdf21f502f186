"""Which span the flows are of: whole hours, from the first figures on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from analytics.flows import flows_of
from domain.flows import FlowNode, Flows
from domain.method import Counterfactual, Method
from domain.periods import DAY_MS, HOUR_MS
from domain.windows import Flag, Windows
from tests.analytics.process import JANUARY_2024 as START
from tests.analytics.works import amounts, made_windows, prepared_works

DAYS = 3
TRUTH = amounts(DAYS)
END = START + DAYS * DAY_MS
METHOD = Method(counterfactual=Counterfactual.GAS)


def flows(*, windows: Mapping[str, Windows], now: int) -> Flows:
    return flows_of(prepared_works(windows, method=METHOD), since=START, until=END, now=now)


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


def test_a_span_that_is_not_over_is_not_complete_and_nothing_is_missing() -> None:
    now = START + 2 * DAY_MS
    windows = {name: each.pick(each.since < now) for name, each in made_windows(TRUTH).items()}
    found = flows(windows=windows, now=now)
    assert not found.is_complete
    assert found.codes == ("flows.open",)
    half = {
        name: replace(each, flags=np.where(each.until == now, Flag.OPEN, 0).astype(np.uint16))
        for name, each in windows.items()
    }
    assert flows(windows=half, now=now - HOUR_MS // 2).codes == ("flows.open",)
    # An hour that has just begun has no reading yet; one that is over should have some.
    empty = {
        name: replace(each, amount=np.where(each.since >= now, np.nan, each.amount))
        for name, each in made_windows(TRUTH).items()
    }
    assert flows(windows=empty, now=now + HOUR_MS // 2).codes == ("flows.open",)
    assert flows(windows=empty, now=now + HOUR_MS).codes == ("flows.missing", "flows.open")
    # Figures that stopped an hour ago miss what came since.
    assert flows(windows=windows, now=now + HOUR_MS // 2).codes == ("flows.open",)
    assert flows(windows=windows, now=now + HOUR_MS).codes == ("flows.missing", "flows.open")
