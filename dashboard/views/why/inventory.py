"""Why a figure of the inventory is what it is: formula, factors, meters and entries, down to readings."""

from __future__ import annotations

import re

from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.source import Source
from dashboard.views.carbon_figures import SCOPES, line_id
from dashboard.views.carbon_scopes import PARTS_OF
from dashboard.views.why.inventory_beside import why_avoided, why_certificates, why_instrument, why_reconciled
from dashboard.views.why.inventory_line import why_line
from dashboard.views.why.inventory_model import Context, WhyInventory
from dashboard.views.why.inventory_sums import why_path, why_per_output, why_scope, why_supplier, why_whole
from domain.inventory import Inventory

_NAME = re.compile(r"(\d{4})(-(0[1-9]|1[0-2]))?")


def named_inventory(source: Source, name: str) -> Inventory:
    """Return the inventory of `2026-03` or `2026`; NotHere for none."""
    if _NAME.fullmatch(name):
        for each in source.results("inventory"):
            if each.period.name == name:
                found: Inventory = each
                return found
    raise NotHere(
        "inventory", f"there is no inventory of {name!r}", "write 2026-03 or 2026, of a time with readings"
    )


def context_of(source: Source, asked: Asked) -> Context:
    """Return what the page of a figure needs."""
    found = named_inventory(source, asked.query["inventory"])
    return Context(source=source, asked=asked, found=found, book=source.carbon_book())


def build_whole(source: Source, asked: Asked) -> WhyInventory:
    """Return all totals of a period."""
    context = context_of(source, asked)
    return context.whole(why_whole(context))


def build_figure(source: Source, asked: Asked) -> WhyInventory:
    """Return one figure of a period."""
    context = context_of(source, asked)
    figure = asked.query["figure"]
    found = _figure(figure, context)
    if found is None:
        hint = "line.1.gas, scope_1, per_output.t.scope_3_1, path.scope_3_1, certificates, avoided.pv ..."
        raise NotHere("figure", f"{context.name} has no figure {figure!r}", f"there are such as {hint}")
    return context.whole(found)


def _figure(figure: str, context: Context) -> WhyInventory | None:
    """Return the page of a figure by its name; None for no such figure."""
    head, _, rest = figure.partition(".")
    if figure in (*SCOPES, *PARTS_OF):
        return why_scope(figure, context)
    if head == "line":
        line = next((each for each in context.found.lines if line_id(each) == figure), None)
        return None if line is None else why_line(line, context)
    if head == "per_output":
        unit, _, scope = rest.partition(".")
        per = next((each for each in context.found.per_output if each.unit == unit), None)
        is_known = scope in ("scope_1", "scope_3_1", *PARTS_OF, *SCOPES)
        return why_per_output(per, scope, context) if per is not None and is_known else None
    if head == "path":
        path = next((each for each in context.found.paths if each.path == rest), None)
        return None if path is None else why_path(path, context)
    return _beside(figure, head, rest, context)


def _beside(figure: str, head: str, rest: str, context: Context) -> WhyInventory | None:
    if figure == "certificates":
        return why_certificates(context)
    if head == "instrument":
        return why_instrument(rest, context)
    if head == "supplier":
        return why_supplier(rest, context)
    if head == "avoided":
        return why_avoided(rest, context)
    if head == "reconciled":
        carrier, _, against = rest.partition(".")
        rows = [
            each for each in context.found.reconciled if (each.carrier, each.against) == (carrier, against)
        ]
        return why_reconciled(rows, context) if rows else None
    return None


WHOLE = PageSpec(
    name="why-inventory",
    path="/why/inventory/{inventory}",
    title="What a figure rests on",
    template="carbon_why.html",
    view=build_whole,
)
FIGURE = PageSpec(
    name="why-inventory-figure",
    path="/why/inventory/{inventory}/{figure:path}",
    title="What a figure rests on",
    template="carbon_why.html",
    view=build_figure,
)
