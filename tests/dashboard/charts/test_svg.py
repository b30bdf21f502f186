from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.charts.axes import Key, legend
from dashboard.charts.labels import shortened, text_width, wrapped
from dashboard.charts.scale import nice_ticks, thin_ticks, value_scale
from dashboard.charts.svg import Size, eased, element, number, trace, traces
from domain.plant import Carrier
from tests.dashboard.charts import planted
from tests.dashboard.charts.drawn import draw_completeness, draw_sankey
from tests.dashboard.charts.picture import cut, parsed, subpaths

FINITE = st.floats(min_value=-1e7, max_value=1e7, allow_nan=False).map(lambda value: round(value, 3))


def test_coordinates_have_one_decimal_and_no_idle_digits() -> None:
    assert [number(value) for value in (12.0, 0.5, -0.5, -0.04, 3.14, 10.0)] == [
        "12",
        ".5",
        "-.5",
        "0",
        "3.1",
        "10",
    ]


def test_texts_and_attributes_are_escaped() -> None:
    svg = element("text", "<script>alert(1)</script>", href='"><script>')
    assert "<script" not in svg
    assert parsed(svg).text == "<script>alert(1)</script>"


def test_a_device_called_script_is_inert() -> None:
    rows = planted.completeness(devices=1)
    evil = "<script>alert(1)</script>"
    named = draw_completeness((type(rows[0])(device=evil, days=rows[0].days),))
    names = {"gas": evil, "process:coil": '"><img src=x onerror=alert(1)>'}
    for size in Size:
        for svg in (named(size, "p"), draw_sankey(planted.flows(), names)(size, "p")):
            assert "<script" not in svg
            assert "<img" not in svg
            parsed(str(svg))


def test_repeated_and_in_line_points_are_dropped() -> None:
    assert trace([(0, 0), (1, 0), (1, 0), (2, 0), (2, 5)]) == "M0 0h2v5"


def test_a_gap_parts_the_path_and_a_lone_point_stays_visible() -> None:
    data = traces([(0, 1), (1, 2), None, None, (4, 1), None, (6, 1), (7, 3)])
    assert subpaths(data) == 3
    assert "M4 1h0" in data


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(-5000, 5000)), min_size=1, max_size=30))
@settings(max_examples=60)
def test_steps_add_up_to_the_points_within_a_tenth(tenths: list[tuple[int, int]]) -> None:
    spots = [(x / 10, y / 10) for x, y in tenths]
    x = y = 0.0
    for command, rest in re.findall(r"([Mlhv])([^Mlhvz]*)", trace(spots)):
        parts = [float(part) for part in re.findall(r"-?\d*\.?\d+", rest)]
        if command == "M":
            x, y = parts
        for k in range(0, len(parts), 2 if command in "lM" else 1):
            if command == "l":
                x, y = x + parts[k], y + parts[k + 1]
            elif command == "h":
                x += parts[k]
            elif command == "v":
                y += parts[k]
    assert abs(x - spots[-1][0]) < 0.05
    assert abs(y - spots[-1][1]) < 0.05


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=60))
@settings(max_examples=60)
def test_an_eased_line_stays_within_its_tolerance(ups: list[float]) -> None:
    spots = [(2.0 * k, y) for k, y in enumerate(ups)]
    kept = eased(spots, 0.3)
    assert kept[0] == spots[0]
    assert kept[-1] == spots[-1]
    for x, y in spots:
        before = max((spot for spot in kept if spot[0] <= x), key=lambda spot: spot[0])
        after = min((spot for spot in kept if spot[0] >= x), key=lambda spot: spot[0])
        share = 0.0 if after == before else (x - before[0]) / (after[0] - before[0])
        assert abs(before[1] + share * (after[1] - before[1]) - y) <= 0.3 + 1e-6


@given(FINITE, FINITE, st.integers(2, 8))
@settings(max_examples=100)
def test_ticks_are_round_and_enclose_their_values(a: float, b: float, count: int) -> None:
    low, high = min(a, b), max(a, b)
    ticks = nice_ticks(low, high, count=count)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    step = ticks[1] - ticks[0]
    assert float(f"{step:.3e}".split("e", maxsplit=1)[0]) in {1.0, 2.0, 2.5, 5.0, 10.0}
    assert len(ticks) <= count + 2


@given(st.lists(st.one_of(st.none(), FINITE), max_size=20), st.sampled_from(["zero", "free"]))
@settings(max_examples=100)
def test_every_value_lies_on_its_scale_with_two_ticks_at_least(values: list[float | None], zero: str) -> None:
    scale, ticks = value_scale(values, start=100, end=0, count=4, has_zero=zero == "zero")
    assert len(ticks) >= 2
    for value in [*ticks, *(value for value in values if value is not None)]:
        assert -0.01 <= scale(value) <= 100.01


@given(st.lists(st.floats(5, 80), min_size=1, max_size=30), st.floats(3, 60))
@settings(max_examples=60)
def test_thinned_labels_keep_their_distance(widths: list[float], apart: float) -> None:
    places = [apart * k for k in range(len(widths))]
    chosen = thin_ticks(places, widths, room=8.0)
    assert chosen
    for a, b in pairwise(chosen):
        assert places[b] - widths[b] / 2 - (places[a] + widths[a] / 2) >= 8.0 - 1e-9


@given(st.text(max_size=30), st.floats(20, 200))
@settings(max_examples=60)
def test_a_shortened_text_fits(words: str, width: float) -> None:
    assert text_width(shortened(words, width)) <= width


def test_carriers_have_classes_in_the_style_sheet() -> None:
    from tests.dashboard.charts.gallery import STYLE

    sheet = STYLE.read_text(encoding="utf-8")
    for carrier in (Carrier.GAS, Carrier.ELECTRICITY, Carrier.PV, Carrier.HEAT):
        assert f".c-{carrier} " in sheet


def test_a_legend_wider_than_its_chart_is_cut_and_says_the_whole_when_pointed_at() -> None:
    said = "The gas that this process burnt above its expectation, Nm³ per hour"
    drawn, _ = legend([Key(words=said, shape="line", classes="c-gas")], top=0, width=200, prefix="p")
    root = parsed(f'<svg viewBox="0 0 200 20">{drawn}</svg>')
    assert cut(root) == []
    assert [each.text for each in root.iter("title")] == [said]


def test_words_are_wrapped_at_spaces_and_before_chinese_letters_and_none_is_lost() -> None:
    assert wrapped("Feeder, office and chargers", 90, most=3) == ["Feeder,", "office and", "chargers"]
    assert wrapped("办公与充电桩电表", 60, most=2) == ["办公与充电", "桩电表"]
    assert wrapped("Unmeteredelectricity", 60, most=3)[0].endswith("…")
    assert wrapped("Gas", 60, most=3) == ["Gas"]
