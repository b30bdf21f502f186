"""Pages asked for without a server: a request at the source's own instant, a page as text."""

from __future__ import annotations

from typing import Any

from dashboard.page import Asked, Reader
from dashboard.pages import PageSpec
from dashboard.site import environment
from dashboard.source import Source
from dashboard.words import words_of
from tests.dashboard.made import NOW


def asked_of(source: Source, path: str = "/", language: str = "en", **query: str) -> Asked:
    """Return a request; `from_` is the parameter `from`."""
    return Asked(
        path=path,
        query={name.rstrip("_"): value for name, value in query.items()},
        now=NOW,
        plant=source.plant,
        calendar=source.calendar(),
        words=words_of(language),
        reader=Reader(name="Li", role="admin", csrf="token"),
    )


def html_of(spec: PageSpec, source: Source, language: str = "en", **query: str) -> str:
    """Return a page without the header of this moment."""
    asked = asked_of(source, spec.path, language, **query)
    frame: dict[str, Any] = {
        "header": None,
        "nav": [],
        "prefs": lambda **_: "/",
        "page": spec.name,
        "title": asked.words(spec.title),
    }
    template = environment(words_of(language)).get_template(spec.template)
    return template.render(asked=asked, view=spec.view(source, asked), **frame)
