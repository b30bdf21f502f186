"""Labels keep apart and inside whatever the figures are, in both languages."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.charts.cusum import CusumWords, cusum_chart
from dashboard.charts.glidepath import GlideToDate, GlideWords, GlideYear, glidepath_chart
from dashboard.charts.svg import Size
from domain.carbon import ChangeStep
from tests.dashboard.charts import planted
from tests.dashboard.charts.drawn import day, decimal, draw_load, draw_waterfall, whole
from tests.dashboard.charts.picture import cut, parsed, spans, upon_each_other

INTENSITY = st.floats(40, 80).map(lambda value: round(value, 1))
ENGLISH = CusumWords(
    axis="Cumulative difference, Nm³ (positive: more than expected)",
    onset="Drift began 2026-10-25",
    slope="slope +3.1 %",
    end="+10,789 Nm³",
    nothing="No data",
)


def _is_readable(svg: str) -> None:
    root = parsed(svg)
    assert cut(root) == []
    assert upon_each_other(root) == []


@given(st.lists(INTENSITY, min_size=0, max_size=4), INTENSITY, st.floats(0, 3))
@example(achieved=[], now=59.8, half=0.0)  # nothing is free beside the first year's point
@settings(max_examples=25, deadline=None)
def test_glidepath(achieved: list[float], now: float, half: float) -> None:
    years = [
        GlideYear(
            year=2024 + k,
            target=62.4 * 0.98**k,
            achieved=achieved[k] if k < len(achieved) else None,
            label=f"{achieved[k]:.1f}" if k < len(achieved) else "",
        )
        for k in range(7)
    ]
    to_date = GlideToDate(
        year=2024 + len(achieved), value=now, low=now - half, high=now + half, label=f"{now} so far"
    )
    words = GlideWords(
        axis="Nm³/t", target="Target 55.28", achieved="Achieved", over="Above the path", nothing="No data"
    )
    for size in Size:
        svg = glidepath_chart(
            years,
            to_date=to_date,
            words=words,
            title="Two per cent a year",
            prefix="p",
            format_value=decimal,
            size=size,
        )
        _is_readable(str(svg))
        said = [text for text, _ in spans(parsed(str(svg)))]
        assert {words.target, to_date.label} <= set(said)


@given(
    st.lists(st.one_of(st.none(), st.floats(-900, 900)), min_size=2, max_size=60).filter(any),
    st.one_of(st.none(), st.integers(0, 59)),
)
@settings(max_examples=20, deadline=None)
def test_cusum(excess: list[float | None], onset: int | None) -> None:
    sums = accumulate(value or 0.0 for value in excess)
    count = len(excess)
    cusum = replace(
        planted.cusum(rows=count, onset=None),
        excess=tuple(excess),
        total=tuple(None if value is None else total for value, total in zip(excess, sums, strict=True)),
        onset=None if onset is None else planted.BEGIN + onset * planted.DAY,
    )
    for size in Size:
        svg = cusum_chart(
            cusum,
            words=ENGLISH,
            title="Above the baseline",
            prefix="p",
            ticks=[planted.BEGIN + k * planted.DAY for k in range(count)],
            format_value=whole,
            format_time=day,
            size=size,
        )
        _is_readable(str(svg))


@given(st.lists(st.floats(-3e5, 3e5), min_size=0, max_size=6))
@settings(max_examples=25, deadline=None)
def test_waterfall(steps: list[float]) -> None:
    change = replace(
        planted.change(),
        after=2_412_000 + sum(steps),
        steps=tuple(ChangeStep(subject="coil", cause="output", nm3=nm3) for nm3 in steps),
    )
    for size in Size:
        _is_readable(str(draw_waterfall(change)(size, "p")))


@given(st.floats(0, 1e6), st.floats(-1e5, 1e5))
@settings(max_examples=8, deadline=None)
def test_load(level: float, more: float) -> None:
    load = planted.load()
    flat = tuple(level for _ in load.at)
    changed = replace(
        load,
        gas=replace(load.gas, values=tuple(max(value + more, 0.0) for value in flat)),
        gas_expected=planted.course("gas_expected", list(flat)),
    )
    for size in Size:
        _is_readable(str(draw_load(changed)(size, "p")))
