"""What holds for every chart, wide and narrow."""

from __future__ import annotations

import gzip
import re

import pytest

from dashboard.charts.axes import both
from dashboard.charts.spark import sparkline
from dashboard.charts.svg import Size
from domain.plant import Carrier
from tests.dashboard.charts import planted
from tests.dashboard.charts.drawn import CHARTS, NOTHING, NULL
from tests.dashboard.charts.gallery import gallery
from tests.dashboard.charts.picture import SIZES, cut, ids, parsed, references, spans, upon_each_other

EVERY = [(name, size) for name in CHARTS | NULL for size in Size]


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_a_picture_states_its_finding_and_needs_no_style_or_script(name: str, size: Size) -> None:
    svg = str((CHARTS | NULL)[name](size, "p"))
    root = parsed(svg)
    title = root[0]
    has_links = any(each.tag.endswith("}a") or each.tag == "a" for each in root.iter())
    assert root.get("role") == ("group" if has_links else "img")
    assert title.tag == "title"
    assert title.text
    assert root.get("aria-labelledby") == title.get("id")
    assert not re.search(r"style=|<script|\bon\w+=|NaN|nan|inf", svg)


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_no_text_is_cut_and_none_lies_upon_another(name: str, size: Size) -> None:
    root = parsed(str((CHARTS | NULL)[name](size, "p")))
    assert spans(root)
    assert cut(root) == []
    assert upon_each_other(root) == []


@pytest.mark.parametrize("name", list(NULL))
def test_without_data_the_frame_says_so(name: str) -> None:
    for size in Size:
        root = parsed(str(NULL[name](size, "p")))
        assert [words for words, _ in spans(root)] == [NOTHING]


@pytest.mark.parametrize("name", list(CHARTS))
def test_narrow_is_drawn_anew_for_a_phone(name: str) -> None:
    wide, narrow = (parsed(str(CHARTS[name](size, "p"))) for size in Size)
    across = [float(root.get("viewBox", "").split()[2]) for root in (wide, narrow)]
    assert across[0] >= 500
    assert across[1] <= 340


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_a_chart_grows_no_wider_than_where_its_text_is_as_large_as_its_page_s(name: str, size: Size) -> None:
    root = parsed(str((CHARTS | NULL)[name](size, "p")))
    units = float(root.get("viewBox", "").split()[2])
    assert float(root.get("width", "").removesuffix("em")) == pytest.approx(units / SIZES["t"], abs=0.06)


def test_ids_are_unique_on_a_page_of_all_charts_and_all_references_are_met() -> None:
    page = gallery()
    found = ids(page)
    assert len(found) == len(set(found))
    assert references(page) <= set(found)
    assert "<script" not in page


def test_the_overview_costs_less_than_30_kb() -> None:
    charts = "".join(both(CHARTS[name], prefix=name) for name in ("load", "cusum", "glidepath", "sankey"))
    sparks = "".join(sparkline(planted.spark(k), kind=kind) for k, kind in enumerate(list(Carrier)[:4]))
    assert len(gzip.compress((charts + sparks).encode())) < 30_000


def test_a_day_of_288_points_costs_less_than_6_kb() -> None:
    assert len(CHARTS["load"](Size.WIDE, "load-w").encode()) < 6_000
    assert len(CHARTS["load"](Size.NARROW, "load-n").encode()) < 6_000
