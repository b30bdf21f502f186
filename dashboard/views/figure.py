"""A figure as it is written, with the way to what it rests on; sentences that carry such figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup, escape

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Figure:
    """Formatted once: the same object serves sentence, chart label and table."""

    text: str
    href: str = ""
    """Empty: nothing is known, so there is nothing behind it."""

    def __html__(self) -> Markup:
        """Return the figure as a link: `{{ figure }}` in a template."""
        if not self.href:
            return escape(self.text)
        return Markup('<a class="figure" href="{}">{}</a>').format(self.href, self.text)

    def __str__(self) -> str:
        return self.text


def linked(message: str, /, **values: Figure | str) -> Markup:
    """Return a translated sentence (`words("... %(figure)s")`) whose figures are links."""
    text = Markup(escape(message))  # noqa: S704 - escaped here
    return text % values if values else text


def plain(message: str, /, **values: Figure | str) -> str:
    """Return the same sentence as text, for the label of a chart."""
    return message % {name: str(value) for name, value in values.items()}


def text_of(sentence: Markup) -> str:
    """Return a linked sentence as text; unlike `striptags`, blanks that do not break stay."""
    return Markup(_TAG.sub("", sentence)).unescape()  # noqa: S704 - what is left was escaped


# addresses of what figures rest on


def why_intensity(process: str, kind: str, name: str) -> str:
    """Return where the intensity of a period is explained."""
    return f"/why/intensity/{process}/{kind}/{name}"


def why_track(process: str, year: int) -> str:
    """Return where a year against its target is explained."""
    return f"/why/track/{process}/{year}"


def why_carrier(carrier: str, since: int, until: int) -> str:
    """Return where a carrier's amount over a span is explained."""
    return f"/why/carrier/{carrier}?" + urlencode({"from": since, "to": until})


def why_flows(since: int, until: int) -> str:
    """Return where the flows of a span are explained."""
    return "/why/flows?" + urlencode({"from": since, "to": until})


def csv_of(name: str, since: int | None = None, until: int | None = None) -> str:
    """Return the address of a table for spreadsheets: `/api/v1/<name>.csv`, of a span or of all there is."""
    span = {name: at for name, at in (("from", since), ("to", until)) if at is not None}
    return f"/api/v1/{name}.csv" + ("?" + urlencode(span) if span else "")
