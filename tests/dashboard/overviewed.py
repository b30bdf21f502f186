"""The overview of a made plant, as view and as parsed HTML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from dashboard.page import Asked
from dashboard.site import environment
from dashboard.source import END, Source
from dashboard.views.overview import Overview, overview
from dashboard.views.overview_verdict import Verdict
from dashboard.words import words_of
from domain.periods import PeriodKind
from domain.results import Track
from tests.dashboard.made import NOW, MadeSource
from tests.dashboard.parsed import Node, Tree

LANGUAGES = ("en", "zh_Hans_CN")


def asked_of(source: Source, language: str = "en", path: str = "/", **query: str) -> Asked:
    """Return a request at the source's own instant."""
    return Asked(
        path=path,
        query=query,
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
    )


def html_of(source: Source, language: str = "en") -> str:
    """Return the page without the frame's live header."""
    asked = asked_of(source, language)
    frame: dict[str, Any] = {
        "header": None,
        "nav": [],
        "prefs": lambda **_: "/",
        "page": "overview",
        "title": "Overview",
    }
    template = environment(words_of(language)).get_template("overview.html")
    return template.render(asked=asked, view=overview(source, asked), **frame)


@cache
def page(
    language: str = "en",
    *,
    empty: bool = False,
    incomplete: bool = False,
    standing: Collection[str] = frozenset(),
) -> Node:
    """Return the page of a made plant."""
    source = MadeSource(empty=empty, incomplete=incomplete, standing=standing)
    return Tree(html_of(source, language)).root


def section(root: Node, label: str) -> Node:
    """Return the section that an element names."""
    (found,) = root.all(
        lambda node: node.attributes.get("aria-labelledby") == label and node.tag == "section"
    )
    return found


def is_chart(node: Node) -> bool:
    """Say whether an element is a drawing with a label."""
    return node.tag == "svg" and "aria-labelledby" in node.attributes


def svg_of(node: Node) -> Node:
    """Return the drawing for wide screens."""
    return node.all(is_chart)[0]


class Altered(MadeSource):
    """A made plant whose tracks say something else."""

    def __init__(self, change: Callable[[Track], Track], stale: Collection[str] = ()) -> None:
        super().__init__(stale=stale)
        self.altered = change

    def results(
        self,
        kind: str,
        *,
        since: int = 0,
        until: int = END,
        period: PeriodKind | None = None,
        subject: str | None = None,
    ) -> Sequence[Any]:
        found = super().results(kind, since=since, until=until, period=period, subject=subject)
        return [self.altered(each) for each in found] if kind == "track" else found


def part_of(source: Source, part: str, language: str = "en") -> Overview:
    """Return one part of the page alone."""
    return overview(source, asked_of(source, language, path=f"/part/overview/{part}", part=part))


def verdict_of(source: Source, language: str = "en") -> Verdict:
    found = part_of(source, "verdict", language).verdict
    assert found is not None
    return found


def said(verdict: Verdict) -> str:
    """Return the verdict as text."""
    return " ".join([verdict.headline, *verdict.details]).replace("\xa0", " ")
