"""What the forms of the carbon inventory mean: a declaration, a closing, a restatement."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from dashboard import typed
from dashboard.deed import Deed, Work, required
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.typed import Fault
from dashboard.views import carbon_declare, carbon_fields
from dashboard.views.carbon_fields import Field, forms


def _entry(kind: str, source: Source, asked: Asked) -> Work:
    form = forms(asked.words)[kind]
    fields = {each.name: text for each in form.fields if (text := _field(each, asked))}
    why, who = required(asked, "why"), asked.reader.name
    return Work(
        action=f"carbon.{form.kind}",
        subject=_subject(fields),
        record=lambda: source.declare_carbon(form.kind, fields, who=who, why=why),
        onward=f"/declare/carbon/{form.kind}",
        done=form.kind,
    )


def _field(field: Field, asked: Asked) -> str:
    """Return a field as its column is written in a file; Fault for what cannot be meant."""
    text = typed.plain(asked.query.get(field.name, ""))
    words = asked.words
    if not text:
        if field.is_needed:
            raise Fault(field.name, words("nothing is entered"), words("fill this field in"))
        return ""
    if field.choices:
        if text not in {value for value, _ in field.choices}:
            raise Fault(field.name, words("nothing is chosen"), words("choose one of the list"))
        return text
    if field.type == "number":
        return f"{typed.number(text, field.name, words):.15g}"
    if field.type == "date":
        return typed.day(text, field.name, words).isoformat()
    return text


def _subject(fields: dict[str, str]) -> str:
    """Return what names the declaration in the audit."""
    names = ("id", "number", "first", "document", "carrier", "year")
    return next((fields[name] for name in names if name in fields), "")


def _close(source: Source, asked: Asked) -> Work:
    name = carbon_declare.inventory_of(source, asked).period.name
    approver, why, who = required(asked, "approver"), required(asked, "why"), asked.reader.name
    shown = asked.query.get("shown", "")
    return Work(
        action="carbon.close",
        subject=name,
        record=lambda: source.close_period(name, shown=shown, approver=approver, who=who, why=why),
        onward=f"/close/{quote(name, safe='')}",
        done="close",
    )


def _restate(source: Source, asked: Asked) -> Work:
    name = carbon_declare.inventory_of(source, asked).period.name
    approver, why, who = required(asked, "approver"), required(asked, "why"), asked.reader.name
    shown = asked.query.get("shown", "")
    return Work(
        action="carbon.restate",
        subject=name,
        record=lambda: source.restate_period(name, shown=shown, approver=approver, who=who, why=why),
        onward=f"/restate/{quote(name, safe='')}",
        done="restate",
    )


def _entry_deed(kind: str) -> Deed:
    return Deed(
        page=carbon_declare.ENTRIES[kind],
        role=carbon_fields.role_of(kind),
        read=partial(_entry, kind),
        view=partial(carbon_declare.entry, kind),
    )


CARBON_DEEDS = (
    *(_entry_deed(kind) for kind in carbon_declare.ENTRIES),
    Deed(page=carbon_declare.CLOSE, role="admin", read=_close, view=carbon_declare.close),
    Deed(page=carbon_declare.RESTATE, role="admin", read=_restate, view=carbon_declare.restate),
)
