"""How many marks each chart has, and that what is missing is a gap."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from dashboard.charts.curve import step_runs
from dashboard.charts.glidepath import glidepath_chart
from dashboard.charts.heatmap import DayState
from dashboard.charts.spark import sparkline
from dashboard.charts.svg import Size
from domain.plant import Carrier
from tests.dashboard.charts import planted
from tests.dashboard.charts.drawn import (
    CHARTS,
    GLIDE,
    decimal,
    draw_bars,
    draw_completeness,
    draw_cusum,
    draw_heatmap,
    draw_load,
    draw_scatter,
    draw_waterfall,
)
from tests.dashboard.charts.gallery import STYLE
from tests.dashboard.charts.picture import cut, of_class, parsed, spans, subpaths


def _by_id(root: Element, name: str) -> Element:
    return next(each for each in root.iter() if each.get("id") == name)


def _said(root: Element) -> list[str]:
    return [words for words, _ in spans(root)]


def test_a_spark_has_a_gap_where_nothing_is_known() -> None:
    root = parsed(str(sparkline((1.0, 2.0, None, 3.0), kind=Carrier.HEAT)))
    (path,) = of_class(root, "c-heat")
    assert subpaths(path.get("d", "")) == 2
    assert not of_class(parsed(str(sparkline((None, None), kind=Carrier.GAS))), "line")


def test_runs_of_steps_end_at_gaps() -> None:
    assert step_runs((None, 1.0, 2.0, None, None, 3.0)) == [range(1, 3), range(5, 6)]


def test_a_gap_parts_gas_strip_and_electricity_but_not_pv() -> None:
    root = parsed(str(draw_load(planted.load(gap=range(100, 124)))(Size.WIDE, "p")))
    assert subpaths(_by_id(root, "p-gas").get("d", "")) == 2
    assert subpaths(_by_id(root, "p-norm").get("d", "")) == 1
    for name, runs in (("gas", 2), ("excess", 2), ("electricity", 2), ("pv", 1)):
        assert subpaths(_by_id(root, f"p-{name}-in")[0].get("d", "")) == runs


def test_lines_in_tenths_keep_their_width() -> None:
    svg = str(draw_load(planted.load())(Size.WIDE, "p"))
    root = parsed(svg)
    long = [
        each
        for each in root.iter("path")
        if len(each.get("d", "")) > 250 and "excess" not in str(each.attrib)
    ]
    assert len(long) == 4 - ("excess" in svg)
    assert all("long" in each.get("class", "").split() for each in long)
    sheet = STYLE.read_text(encoding="utf-8")
    assert "\n.long {" in sheet
    (again,) = (each for each in root.iter("use") if each.get("href") == "#p-times")
    assert again.get("class") == _by_id(root, "p-times").get("class")


def test_steps_that_are_not_whole_are_hatched_and_explained() -> None:
    whole = parsed(str(draw_load(planted.load())(Size.WIDE, "p")))
    partial = parsed(str(draw_load(planted.load(partial=range(200, 230)))(Size.WIDE, "p")))
    assert not of_class(whole, "partial")
    assert len(of_class(partial, "partial")) == 1
    assert "部分表计缺失" in _said(partial)
    assert "部分表计缺失" not in _said(whole)


def test_without_a_baseline_there_is_no_expectation_and_no_strip() -> None:
    root = parsed(str(draw_load(planted.load(has_norm=False))(Size.WIDE, "p")))
    assert not of_class(root, "above")
    assert not of_class(root, "dash")
    assert not {"模型期望", "高于期望", "实际 − 期望 Nm³/h"} & set(_said(root))


def test_a_carrier_without_meters_has_no_panel() -> None:
    load = planted.load()
    bare = replace(load, gas=planted.course("gas", [None] * 288), gas_expected=None)
    said = _said(parsed(str(draw_load(bare)(Size.WIDE, "p"))))
    assert "总用电 kW" in said
    assert "燃气 Nm³/h" not in said


def test_the_drift_is_drawn_from_its_onset_on() -> None:
    root = parsed(str(draw_cusum(planted.cusum())(Size.WIDE, "p")))
    (shade,) = of_class(root, "since")
    (mark,) = root.iter("circle")
    assert shade.get("x") == mark.get("cx")
    assert {"漂移起点 10-25", "斜率 +3.1 %", "+10,789 Nm³"} <= set(_said(root))


def test_without_a_drift_nothing_is_shaded() -> None:
    root = parsed(str(draw_cusum(planted.cusum(onset=None))(Size.WIDE, "p")))
    assert not of_class(root, "since")
    assert not of_class(root, "s-warning")
    assert "漂移起点 10-25" not in _said(root)


def test_a_gap_parts_the_cusum() -> None:
    root = parsed(str(draw_cusum(planted.cusum(onset=None, gap=range(40, 48)))(Size.WIDE, "p")))
    (line,) = of_class(root, "line")
    assert subpaths(line.get("d", "")) == 2


def test_years_above_their_path_are_triangles_in_the_alarm_colour() -> None:
    root = parsed(str(CHARTS["carbon"](Size.WIDE, "p")))
    assert len(of_class(root, "s-alarm")) == 1 + 2
    assert all(each.tag == "path" for each in of_class(root, "s-alarm"))
    assert {"1.42", "1.31", "1.33", "1.26", "2030 年 0.86", "高于路径"} <= set(_said(root))


def test_the_running_year_has_its_label_and_its_interval() -> None:
    root = parsed(str(CHARTS["glidepath"](Size.NARROW, "p")))
    assert {"60.3 至今", "目标 55.28", "62.4", "61.0"} <= set(_said(root))


def test_a_label_without_a_free_place_is_said_over_the_plot() -> None:
    years, to_date = planted.glide()
    assert to_date is not None
    label = "60.3 Nm³/t, from January to October 2026"
    drawn = glidepath_chart(
        years,
        to_date=replace(to_date, label=label),
        words=GLIDE,
        title="-",
        prefix="p",
        format_value=decimal,
        size=Size.NARROW,
    )
    root = parsed(str(drawn))
    assert label in _said(root)
    assert cut(root) == []
    beside = parsed(str(CHARTS["glidepath"](Size.NARROW, "p")))
    assert len(of_class(root, "s-alarm")) == len(of_class(beside, "s-alarm")) + 1  # its key has its shape


def test_every_operating_row_is_one_mark_of_its_period() -> None:
    picture = planted.model_rows()
    rows = [row for row in picture.rows if row.is_operating and row.gas_nm3 is not None]
    early = sum(row.is_in_baseline for row in rows)
    root = parsed(str(draw_scatter(picture, is_linked=True)(Size.WIDE, "p")))
    crosses = next(each for each in of_class(root, "cross") if each.tag == "g")
    diamonds = next(each for each in of_class(root, "point") if each.tag == "g")
    assert (len(crosses), len(diamonds)) == (early, len(rows) - early)
    plain = parsed(str(draw_scatter(picture)(Size.WIDE, "p")))
    (path,) = of_class(plain, "point")
    assert subpaths(path.get("d", "")) == len(rows) - early


def test_days_are_cells_of_their_class_and_open_their_page() -> None:
    days = planted.days()
    root = parsed(str(draw_heatmap(days, is_linked=True)(Size.WIDE, "p")))
    links = list(root.iter("a"))
    assert len(links) == len(days)
    missing = next(each for each in of_class(root, "none") if each.get("fill"))
    assert len(list(missing.iter("a"))) == sum(day.state is DayState.MISSING for day in days)
    standing = of_class(root, "stand")[0]
    assert len(list(standing.iter("a"))) == sum(day.state is DayState.STANDING for day in days)
    narrow = parsed(str(draw_heatmap(days, is_linked=True)(Size.NARROW, "p")))
    assert 100 < len(list(narrow.iter("a"))) < len(days)
    assert f"day={days[-1].day}" in list(narrow.iter("a"))[-1].get("href", "") + str(
        draw_heatmap(days, is_linked=True)(Size.NARROW, "p")
    )


def test_a_month_without_figures_is_no_bar() -> None:
    root = parsed(str(draw_bars(planted.bars())(Size.WIDE, "p")))
    stacks = [each for each in root.iter("g") if len(list(each.iter("rect"))) == 3]
    assert len(stacks) == len(planted.bars()) - 1


def test_each_cause_of_a_change_is_one_step() -> None:
    change = planted.change()
    root = parsed(str(draw_waterfall(change)(Size.WIDE, "p")))
    assert len(of_class(root, "step")) == len(change.steps)
    assert {"2,412,000", "+41,000", "−52,500", "2,386,500"} <= set(_said(root))
    nothing = parsed(str(draw_waterfall(replace(change, before=None))(Size.WIDE, "p")))
    assert _said(nothing) == ["没有数据"]


def test_each_device_and_day_is_one_cell_and_narrow_has_the_newest() -> None:
    rows = planted.completeness(devices=3)
    wide = parsed(str(draw_completeness(rows, is_linked=True)(Size.WIDE, "p")))
    assert len(list(wide.iter("a"))) == 3 * 31
    narrow = [
        each.get("href", "")
        for each in parsed(str(draw_completeness(rows, is_linked=True)(Size.NARROW, "p"))).iter("a")
    ]
    assert 3 * 14 < len(narrow) < 3 * 31
    assert any("2026-10-31" in href for href in narrow)
    assert not any("2026-10-01" in href for href in narrow)
