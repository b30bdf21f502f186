"""Forms for the carbon inventory: one declaration of a kind, closing a period, restating it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.source import Source
from dashboard.views.carbon_fields import KINDS, CarbonForm, forms
from dashboard.views.carbon_table import Table
from dashboard.views.form import Form, FormFault, entries_done, form_of
from dashboard.views.ledger import Row, row_of
from dashboard.views.option import Option
from dashboard.views.why.inventory_change import change_table
from domain.inventory import Inventory
from domain.inventory_text import canonical
from domain.periods import PeriodKind

PERIOD_ROLE = "admin"
_NEWEST = 12
_MOST = 2000
"""Rows of the ledger among which the newest of a kind are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonEntryView:
    """One form, what the ledger has of the kind, and the other forms."""

    of: CarbonForm
    form: Form
    entries: tuple[Row, ...]
    others: tuple[Option, ...]
    """Kind and title of every form."""
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """A period that is to be closed or restated."""

    name: str
    state: str
    form: Form
    changes: Table | None
    """Of a closed period: each figure as it stands and as it would be now."""
    shown: str
    """SHA-256 of the figures that are confirmed: others than these are not recorded."""
    doubts: str
    """Why its figures are provisional; empty where they are not."""
    done: str


def entry(kind: str, source: Source, asked: Asked, fault: FormFault | None = None) -> CarbonEntryView:
    """Return the form of a kind."""
    words = asked.words
    form = forms(words)[kind]
    defaults = {each.name: each.choices[0][0] if each.choices else "" for each in form.fields} | {"why": ""}
    done = words("It is recorded (ledger entry %(entries)s).", entries=entries_done(asked))
    chosen = [each for each in source.entries(limit=_MOST) if each.kind == form.kind]
    return CarbonEntryView(
        of=form,
        form=form_of(asked, defaults, role=form.role, fault=fault),
        entries=tuple(row_of(each, asked) for each in chosen[:_NEWEST]),
        others=tuple(Option(each.kind, each.title) for each in forms(words).values()),
        done=done if asked.query.get("done") == form.kind else "",
    )


def close(source: Source, asked: Asked, fault: FormFault | None = None) -> PeriodView:
    """Return the form that closes a period."""
    found = inventory_of(source, asked)
    done = asked.words("%(period)s is closed (ledger entry %(entries)s).", **_done(asked, found))
    return _period(
        asked, found, meant=found, fault=fault, done=done if asked.query.get("done") == "close" else ""
    )


def restate(source: Source, asked: Asked, fault: FormFault | None = None) -> PeriodView:
    """Return the form that restates a closed period, with what would change."""
    found = inventory_of(source, asked)
    against = source.restatement(found.period.name)
    done = asked.words("%(period)s is restated (ledger entry %(entries)s).", **_done(asked, found))
    view = _period(
        asked,
        found,
        meant=found if against is None else against.now,
        fault=fault,
        done=done if asked.query.get("done") == "restate" else "",
    )
    if against is None:
        return view
    title = asked.words("What would change")
    return replace(view, changes=change_table("changes", title, against.changes, found, asked))


def inventory_of(source: Source, asked: Asked) -> Inventory:
    """Return the inventory of the period that the address names; NotHere without one."""
    name = asked.query.get("period", "")
    kind = PeriodKind.YEAR if len(name) == len("2026") else PeriodKind.MONTH
    for each in source.results("inventory", period=kind):
        if each.period.name == name:
            found: Inventory = each
            return found
    hint = "write a month, 2026-03, or a year, 2026"
    raise NotHere("period", f"there is no inventory of {name[:20]!r}", hint)


def _done(asked: Asked, found: Inventory) -> Mapping[str, str]:
    return {"period": found.period.name, "entries": entries_done(asked)}


def _period(
    asked: Asked, found: Inventory, *, meant: Inventory, fault: FormFault | None, done: str
) -> PeriodView:
    """Return a period; `meant` are the figures that are confirmed."""
    words = asked.words
    fields = {"approver": asked.reader.name, "why": ""}
    totals = (found.scope_1, found.scope_2_location, found.scope_2_market, found.scope_3_1)
    is_doubtful = any(each.tco2e is None or each.evidence.is_provisional for each in totals)
    doubts = words("some of its figures are not known or provisional: closing it is refused until they are")
    return PeriodView(
        name=found.period.name,
        state=found.state,
        form=form_of(asked, fields, role=PERIOD_ROLE, fault=fault),
        changes=None,
        shown=canonical(meant)[1],
        doubts=doubts if is_doubtful and found.state == "open" else "",
        done=done,
    )


ENTRIES = {
    kind: PageSpec(
        name=f"carbon-{kind}", path=f"/declare/carbon/{kind}", title="Declare for carbon",
        template="carbon_entry.html", view=partial(entry, kind),
    )
    for kind in KINDS
}  # fmt: skip
CLOSE = PageSpec(
    name="close", path="/close/{period}", title="Close a period", template="close.html", view=close
)
RESTATE = PageSpec(
    name="restate", path="/restate/{period}", title="Restate a period", template="restate.html", view=restate
)
