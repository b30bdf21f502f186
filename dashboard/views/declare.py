"""Forms for what no meter tells: a meter exchange, and output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.page import Asked, NoProcess
from dashboard.pages import PageSpec
from dashboard.said import thing, unit_name
from dashboard.source import Source
from dashboard.views.carbon_fields import forms
from dashboard.views.form import Form, FormFault, entries_done, form_of
from dashboard.views.ledger import Row, row_of
from dashboard.views.option import Option

ROLE = "operator"
_NEWEST = 12
"""Rows of the ledger shown beside a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareView:
    """What can be declared, and where."""

    needs: str
    newest: tuple[Row, ...]
    carbon: tuple[Option, ...]
    """Kind and title of each form for the carbon inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One form with its choices and what the ledger has of the kind."""

    form: Form
    choices: tuple[Option, ...]
    units: tuple[Option, ...]
    entries: tuple[Row, ...]
    done: str
    """What was just recorded, in words; empty for nothing."""


def build(source: Source, asked: Asked) -> DeclareView:
    """Return the page that leads to the forms."""
    kinds = ("production", "plan", "exchange", "reset", "calibration")
    needs = form_of(asked, {}, role=ROLE).needs
    carbon = tuple(Option(each.kind, each.title) for each in forms(asked.words).values())
    return DeclareView(needs=needs, newest=_newest(source, kinds, asked), carbon=carbon)


def exchange(source: Source, asked: Asked, fault: FormFault | None = None) -> EntryView:
    """Return the form for a meter exchange."""
    fields = {"point": "", "at": "", "old_final": "", "new_start": "", "certificate": "", "why": ""}
    words = asked.words
    done = words("The exchange is recorded (ledger entry %(entries)s).", entries=entries_done(asked))
    return EntryView(
        form=form_of(asked, fields, role=ROLE, fault=fault),
        choices=tuple(_counters(asked)),
        units=(),
        entries=_newest(source, ("exchange", "reset", "calibration"), asked),
        done=done if asked.query.get("done") == "exchange" else "",
    )


def production(source: Source, asked: Asked, fault: FormFault | None = None) -> EntryView:
    """Return the form for output that a person states."""
    processes = asked.plant.processes
    if not processes:
        raise NoProcess
    first = next((each for each in processes if each.id == asked.query.get("process")), processes[0])
    fields = {
        "process": first.id,
        "since": "",
        "until": "",
        "quantity": "",
        "unit": first.output_unit,
        "why": "",
    }
    words = asked.words
    done = words("The output is recorded (ledger entry %(entries)s).", entries=entries_done(asked))
    units = {process.output_unit: unit_name(process.output_unit) for process in processes}
    return EntryView(
        form=form_of(asked, fields, role=ROLE, fault=fault),
        choices=tuple(Option(each.id, asked.name_of(each.id)) for each in processes),
        units=tuple(Option(unit, name) for unit, name in units.items()),
        entries=_newest(source, ("production", "plan"), asked),
        done=done if asked.query.get("done") == "production" else "",
    )


def _counters(asked: Asked) -> list[Option]:
    """Return the counters, those that figures rest on first."""
    points = [point for point in asked.plant.points if point.is_counter]
    points.sort(key=lambda point: point.carrier is None)
    return [Option(point.id, f"{thing(point.id, asked)} ({unit_name(point.unit)})") for point in points]


def _newest(source: Source, kinds: Sequence[str], asked: Asked) -> tuple[Row, ...]:
    chosen = [entry for entry in source.entries() if entry.kind in kinds]
    return tuple(row_of(entry, asked) for entry in chosen[:_NEWEST])


PAGE = PageSpec(name="declare", path="/declare", title="Declare", template="declare.html", view=build)
EXCHANGE = PageSpec(
    name="exchange", path="/declare/exchange", title="Declare a meter exchange", template="exchange.html",
    view=exchange,
)  # fmt: skip
PRODUCTION = PageSpec(
    name="production", path="/declare/production", title="Enter production", template="production.html",
    view=production,
)  # fmt: skip
