"""Every chart from planted values, in Chinese: what the gallery shows and the tests take apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from dashboard.charts.bars import Bar, BarsWords, stacked_bars
from dashboard.charts.completeness import CompletenessWords, completeness_grid
from dashboard.charts.cusum import CusumWords, cusum_chart
from dashboard.charts.glidepath import GlideWords, glidepath_chart
from dashboard.charts.heatmap import HeatDay, HeatmapWords, calendar_heatmap
from dashboard.charts.load import LoadWords, load_chart
from dashboard.charts.sankey import SankeyWords, sankey_chart
from dashboard.charts.scatter import ScatterWords, scatter_chart
from dashboard.charts.svg import Size
from dashboard.charts.waterfall import WaterfallWords, waterfall_chart
from domain.carbon import Change
from domain.courses import Completeness, Cusum, Load, ModelRowsPicture
from domain.flows import Flows
from tests.dashboard.charts import planted

NOTHING = "没有数据"
Draw = Callable[[Size, str], Markup]


def at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC) + timedelta(hours=8)


def whole(value: float) -> str:
    return f"{value:,.0f}".replace("-", "−")


def signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", "−")


def decimal(value: float) -> str:
    return f"{value:g}"


def percent(value: float) -> str:
    return f"{value * 100:+.0f}\u00a0%".replace("-", "−")


def clock(instant: int) -> str:
    return f"{at(instant):%H:%M}"


def day(instant: int) -> str:
    return f"{at(instant):%m-%d}"


LOAD = LoadWords(
    gas="燃气 Nm³/h",
    expected="模型期望",
    above="高于期望",
    difference="实际 − 期望 Nm³/h",
    electricity="总用电 kW",
    pv="其中光伏 kW",
    partial="部分表计缺失",
    nothing=NOTHING,
)


def draw_load(load: Load) -> Draw:
    return lambda size, prefix: load_chart(
        load,
        words=LOAD,
        title="近 24 小时负荷：燃气高于期望 3 %",
        prefix=prefix,
        ticks=planted.load_ticks(),
        format_value=whole,
        format_signed=signed,
        format_time=clock,
        size=size,
    )


def draw_cusum(cusum: Cusum | None, *, end: str = "+10,789 Nm³") -> Draw:
    return lambda size, prefix: cusum_chart(
        cusum,
        words=CusumWords(
            axis="累计偏差 Nm³（正值 = 多耗）",
            onset="漂移起点 10-25",
            slope="斜率 +3.1 %",
            end=end,
            nothing=NOTHING,
        ),
        title="自 10-25 起持续高于基线模型",
        prefix=prefix,
        ticks=[planted.BEGIN + k * 7 * planted.DAY for k in range(14)],
        format_value=whole,
        format_time=day,
        size=size,
    )


GLIDE = GlideWords(axis="Nm³/t", target="目标 55.28", achieved="实际", over="高于路径", nothing=NOTHING)


def draw_glide() -> Draw:
    years, to_date = planted.glide()
    return lambda size, prefix: glidepath_chart(
        years,
        to_date=to_date,
        words=GLIDE,
        title="每年下降 2 %",
        prefix=prefix,
        format_value=decimal,
        size=size,
    )


def draw_carbon() -> Draw:
    return lambda size, prefix: glidepath_chart(
        planted.carbon_glide(),
        to_date=None,
        words=GlideWords(
            axis="tCO₂e/t", target="2030 年 0.86", achieved="实际", over="高于路径", nothing=NOTHING
        ),
        title="范围 1 和 2",
        prefix=prefix,
        format_value=decimal,
        size=size,
    )


def draw_sankey(flows: Flows, names: dict[str, str] | None = None) -> Draw:
    return lambda size, prefix: sankey_chart(
        flows,
        planted.NAMES if names is None else names,
        words=SankeyWords(unknown="–", nothing=NOTHING),
        title="燃气占 73 %",
        prefix=prefix,
        format_value=lambda kwh: f"{kwh / 1000:.1f}\u00a0MWh",
        size=size,
    )


def draw_scatter(picture: ModelRowsPicture, *, is_linked: bool = False) -> Draw:
    return lambda size, prefix: scatter_chart(
        picture,
        words=ScatterWords(
            gas="燃气 Nm³/天",
            output="产量 t/天",
            in_baseline="基线期",
            later="基线期之后",
            line="基线 R² 0.97",
            nothing=NOTHING,
        ),
        title="燃气对产量",
        prefix=prefix,
        format_gas=whole,
        format_output=whole,
        link=(lambda row: f"/processes?day={row.since}") if is_linked else None,
        describe=(lambda row: day(row.since)) if is_linked else None,
        size=size,
    )


def draw_heatmap(days: tuple[HeatDay, ...], *, is_linked: bool = False) -> Draw:
    return lambda size, prefix: calendar_heatmap(
        days,
        words=HeatmapWords(
            weekdays=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
            standing="停机",
            missing="无数据",
            nothing=NOTHING,
        ),
        title="十月下旬起高于期望",
        prefix=prefix,
        format_value=percent,
        format_month=lambda instant: f"{at(instant).month} 月",
        link=(lambda each: f"/processes?day={each.day}") if is_linked else None,
        size=size,
    )


def draw_bars(bars: tuple[Bar, ...]) -> Draw:
    return lambda size, prefix: stacked_bars(
        bars,
        parts=planted.PARTS,
        words=BarsWords(axis="Nm³", nothing=NOTHING),
        title="待机占 8 %",
        prefix=prefix,
        format_value=whole,
        size=size,
    )


SUBJECTS = {"coil": "卷材涂装", "sheet": "板材涂装", "other": "工序外"}
STEPS = {"output": "产量", "intensity": "单耗", "other": "其他"}


def draw_waterfall(change: Change) -> Draw:
    return lambda size, prefix: waterfall_chart(
        change,
        words=WaterfallWords(before="2025 年同期", after="2026 年至今", nothing=NOTHING),
        title="比去年少 1.1 %",
        prefix=prefix,
        name=lambda step: f"{SUBJECTS[step.subject]} {STEPS[step.cause]}",
        format_value=whole,
        format_signed=signed,
        size=size,
    )


def draw_completeness(rows: tuple[Completeness, ...], *, is_linked: bool = False) -> Draw:
    return lambda size, prefix: completeness_grid(
        rows,
        names={"FT-203": "余热流量计 FT-203"},
        words=CompletenessWords(
            whole="≥ 99 %", most="90–99 %", some="低于 90 %", none="无数据", nothing=NOTHING
        ),
        title="12 台表计，10 月",
        prefix=prefix,
        format_day=day,
        link=(lambda device, each: f"/quality?device={device}&day={each.day}") if is_linked else None,
        size=size,
    )


CHARTS: dict[str, Draw] = {
    "load": draw_load(planted.load()),
    "load-gaps": draw_load(planted.load(gap=range(100, 124), partial=range(200, 230))),
    "cusum": draw_cusum(planted.cusum()),
    "cusum-early": draw_cusum(planted.cusum(onset=4, gap=range(40, 48))),
    "cusum-saving": draw_cusum(planted.cusum(onset=30, falls=True), end="−19,800 Nm³"),
    "glidepath": draw_glide(),
    "carbon": draw_carbon(),
    "sankey": draw_sankey(planted.flows()),
    "sankey-crowded": draw_sankey(planted.crowded_flows()),
    "scatter": draw_scatter(planted.model_rows()),
    "heatmap": draw_heatmap(planted.days(), is_linked=True),
    "bars": draw_bars(planted.bars()),
    "waterfall": draw_waterfall(planted.change()),
    "completeness": draw_completeness(planted.completeness(), is_linked=True),
}
NULL: dict[str, Draw] = {
    "no-load": draw_load(planted.empty_load()),
    "no-cusum": draw_cusum(None),
    "no-sankey": draw_sankey(planted.flows_of((), ())),
    "no-scatter": draw_scatter(planted.model_rows(count=0)),
    "no-heatmap": draw_heatmap(()),
    "no-bars": draw_bars(()),
    "no-completeness": draw_completeness(()),
}
