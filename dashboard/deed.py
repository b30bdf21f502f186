"""What a form is to this page: who may send it, how it is read, what it records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard import typed
from dashboard.page import Asked
from dashboard.pages import PageSpec
from dashboard.source import Source
from dashboard.typed import Fault
from dashboard.views.form import FormFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One form that was understood."""

    action: str
    """As the audit names it."""
    subject: str
    record: Callable[[], tuple[int, ...]]
    onward: str
    """Path of the page that confirms it."""
    done: str
    """What that page is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One form."""

    page: PageSpec
    role: str
    read: Callable[[Source, Asked], Work]
    """Raises Fault for what cannot be meant."""
    view: Callable[[Source, Asked, FormFault], object]
    """The page with what is wrong."""


def required(asked: Asked, field: str) -> str:
    """Return a field of text; Fault when nothing was typed."""
    text = typed.plain(asked.query.get(field, ""))
    if not text:
        raise Fault(field, asked.words("nothing is entered"), asked.words("write a few words"))
    return text
