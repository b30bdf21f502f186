"""The overview: whether all is right now, on target, what drifts, and what can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from markupsafe import Markup

from dashboard import live
from dashboard.charts.spark import sparkline
from dashboard.page import Asked
from dashboard.pages import PageSpec
from dashboard.resting import Rests, all_rests
from dashboard.source import Source
from dashboard.views.alert_words import AlertLine, alert_line
from dashboard.views.figure import why_carrier
from dashboard.views.overview_courses import (
    CusumCard,
    LoadCard,
    cusum_card,
    drifting_process,
    load_card,
)
from dashboard.views.overview_flows import FlowsCard, flows_card
from dashboard.views.overview_lines import LineRow, line_rows, path_cards
from dashboard.views.overview_verdict import Verdict, verdict
from dashboard.views.target import ProcessTrack
from domain.declared import AlertPicture
from domain.now import CarrierNow, Now
from domain.results import Track

MOST_ALERTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TileCard:
    """One carrier: what it does now, and the last 24 hours as a line."""

    tile: live.Tile
    key: str
    """Of live values: `tile.gas`."""
    state: str
    spark: Markup
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What waits for a person, and the processes."""

    alerts: tuple[AlertLine, ...]
    more: str
    """`3 more`; empty without."""
    lines: tuple[LineRow, ...]
    target_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The page, or one part of it: what was not asked for is None."""

    verdict: Verdict | None = None
    tiles: tuple[TileCard, ...] = ()
    side: Side | None = None
    load: LoadCard | None = None
    cusum: CusumCard | None = None
    paths: tuple[ProcessTrack, ...] = ()
    flows: FlowsCard | None = None
    rests: Mapping[str, Rests] = field(default_factory=dict)
    """What is said of silent meters, by what rests on them."""


PARTS = ("verdict", "side", "load", "cusum", "paths", "flows")


def overview(source: Source, asked: Asked) -> Overview:
    """Return the page; of `/part/overview/<part>` that part alone."""
    part = asked.query.get("part", "") if asked.path.startswith("/part/") else ""

    def wants(name: str) -> bool:
        return part in ("", name)

    now = source.now()
    rests = all_rests(now, asked)
    tracks = _tracks(source, asked) if wants("verdict") or wants("side") or wants("paths") else ()
    alerts = source.alerts() if part in ("", "verdict", "side", "cusum") else ()
    this_year = tuple(track for track in tracks if track.year == asked.calendar.local(asked.now).year)
    return Overview(
        verdict=verdict(now, this_year, rests, alerts, asked) if wants("verdict") else None,
        tiles=() if part else _tiles(now, asked),
        side=_side(source, now, this_year, alerts, asked) if wants("side") else None,
        load=load_card(source, asked) if wants("load") else None,
        cusum=cusum_card(source, drifting_process(alerts, asked), alerts, asked) if wants("cusum") else None,
        paths=path_cards(source, tracks, asked) if wants("paths") else (),
        flows=flows_card(source, asked) if wants("flows") else None,
        rests=rests,
    )


def _tracks(source: Source, asked: Asked) -> tuple[Track, ...]:
    """Return the tracks of all years, in the plant's order of processes."""
    order = [process.id for process in asked.plant.processes]
    found = [track for track in source.results("track") if track.process in order]
    return tuple(sorted(found, key=lambda track: (order.index(track.process), track.year)))


def _tiles(now: Now, asked: Asked) -> tuple[TileCard, ...]:
    known: dict[str, CarrierNow] = {each.carrier: each for each in now.carriers}
    day = asked.calendar.day_of(now.at)
    since, until = (asked.calendar.day_start(each) for each in (day, day + timedelta(days=1)))
    found = []
    for tile in live.tiles(now, asked):
        carrier = known[tile.carrier]
        is_high = tile.state == "good" and live.stands_out(carrier)
        found.append(
            TileCard(
                tile=tile,
                key=f"tile.{tile.carrier}",
                state="high" if is_high else tile.state,
                spark=sparkline(carrier.spark, kind=tile.carrier),
                href=why_carrier(tile.carrier, since, until),
            )
        )
    return tuple(found)


def _side(
    source: Source, now: Now, tracks: tuple[Track, ...], alerts: Sequence[AlertPicture], asked: Asked
) -> Side:
    waiting = [each for each in alerts if each.is_waiting]
    left = len(waiting) - MOST_ALERTS
    return Side(
        alerts=tuple(alert_line(each, asked) for each in waiting[:MOST_ALERTS]),
        more=asked.words.plural("%(num)s more alert", "%(num)s more alerts", left) if left > 0 else "",
        lines=line_rows(source, now, tracks, asked),
        target_year=asked.calendar.local(asked.now).year,
    )


PAGE = PageSpec(
    name="overview",
    path="/",
    title="Overview",
    template="overview.html",
    view=overview,
    parts=PARTS,
    in_nav=True,
)
