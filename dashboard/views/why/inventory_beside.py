"""What stands beside the inventory taken apart: certificates, comparisons, avoided carbon."""

from __future__ import annotations

from dashboard.numbers import MISSING
from dashboard.page import Asked
from dashboard.views.carbon_beside import (
    is_supply,
    reconciled_id,
    reconciled_name,
    reconciled_state,
    supply_text,
)
from dashboard.views.carbon_certificates import bought_of, covered_by, energy_of, not_covered
from dashboard.views.carbon_figures import amount_text, kwh_text, sayings, why_figure
from dashboard.views.carbon_table import Row, Table, cell, numeric, texts
from dashboard.views.figure import Figure
from dashboard.views.why.inventory_line import covers_table
from dashboard.views.why.inventory_model import (
    Context,
    WhyInventory,
    entries_table,
    evidence_of,
    exact_fact,
    meters_of,
    tonnes_text,
)
from dashboard.views.why.inventory_parts import instruments_table
from dashboard.views.why.model import Fact
from domain.carbon_entries import Certificates, GreenContract
from domain.inventory import Inventory, Reconciled
from domain.method import Counterfactual
from domain.periods import PeriodKind
from domain.plant import Carrier, MeterRole


def why_certificates(context: Context) -> WhyInventory:
    """Return how the bought electricity of a period is covered."""
    asked, found = context.asked, context.found
    words = asked.words
    certificates, contracts = covered_by(found, "certificates"), covered_by(found, "contract")
    proof, grades, said = evidence_of(found.scope_2_market.evidence, context, found.scope_2_market.codes)
    return WhyInventory(
        heading=words("Bought electricity and what covers it"),
        span=Figure(""),
        value=kwh_text(certificates + contracts, asked),
        version="",
        formula=(
            words(
                "bought %(bought)s − certificates %(certificates)s − contracts %(contracts)s = %(rest)s",
                bought=kwh_text(bought_of(found), asked),
                certificates=kwh_text(certificates, asked),
                contracts=kwh_text(contracts, asked),
                rest=kwh_text(not_covered(found), asked),
            ),
            words(
                "A certificate is 1 MWh; it counts when it is retired for this plant, once, up to what was"
                " metered."
            ),
            words("It covers its own month first, then the other months of its year.")
            if context.source.method.carbon.certificate_match == "year"
            else words("It covers its own month alone."),
        ),
        proof=proof,
        grades=grades,
        doubts=said,
        tables=(
            instruments_table(found, asked),
            covers_table(found.covers, asked),
            entries_table([each.entry for each in found.covers], context),
        ),
        meters=meters_of(_points(context, Carrier.ELECTRICITY, MeterRole.MAIN), context),
        links=(Figure(words("Scope 2, market-based"), context.href("scope_2_market")),),
    )


def _points(context: Context, carrier: Carrier, *roles: MeterRole) -> list[str]:
    points = [each for each in context.asked.plant.points if each.carrier is carrier]
    chosen = [each.id for each in points if each.role in roles]
    return chosen or [each.id for each in points]


def why_instrument(number: str, context: Context) -> WhyInventory | None:
    """Return what certificates, or a contract, cover in all periods; None for no such entry."""
    entry = next((each for each in context.book.booked if str(each.number) == number), None)
    if entry is None or not isinstance(entry.body, Certificates | GreenContract):
        return None
    asked, body = context.asked, entry.body
    words, numbers = asked.words, asked.numbers
    months: list[Inventory] = list(context.source.results("inventory", period=PeriodKind.MONTH))
    covers = [each for month in months for each in month.covers if each.entry == entry.number]
    used, whole = sum(each.kwh for each in covers), energy_of(body)
    is_group = isinstance(body, Certificates)
    return WhyInventory(
        heading=f"{body.first} – {body.last}" if isinstance(body, Certificates) else body.id,
        span=Figure(""),
        value=kwh_text(used, asked),
        version="",
        formula=(
            words(
                "%(used)s of %(whole)s are used; what is left covers nothing outside its own year.",
                used=kwh_text(used, asked),
                whole=kwh_text(whole, asked),
            ),
        ),
        facts=(
            Fact(
                name=words("kind"),
                value=Figure(words("green certificates") if is_group else words("green power contract")),
            ),
            Fact(
                name=words("generated"),
                value=Figure(f"{numbers.day(body.since)} – {numbers.day(body.until - 1)}"),
            ),
            Fact(name=words("document"), value=Figure(body.document)),
        ),
        tables=(covers_table(covers, asked), entries_table((entry.number,), context)),
        links=(Figure(words("All fields of the entry"), f"/why/entry/{entry.number}"),),
    )


# meters against invoices


def why_reconciled(rows: list[Reconciled], context: Context) -> WhyInventory:
    """Return what a comparison rests on; of a year every month of it."""
    asked, row = context.asked, rows[-1]
    words, numbers = asked.words, asked.numbers
    unit = "Nm3" if row.carrier == "gas" else "kWh"
    said = {
        "main": amount_text(row.main, unit, asked),
        "other": amount_text(row.other, unit, asked),
        "difference": amount_text(row.difference, unit, asked),
        "share": numbers.percent(row.share, 2, sign=True),
        "tolerance": numbers.percent(row.tolerance),
    }
    formula = words("Main meter or what it is held against is not known: nothing can be said.")
    if row.difference is not None and is_supply(row, asked):
        formula = words(
            "%(main)s − %(other)s = %(difference)s, %(share)s of the supply; tolerance %(tolerance)s", **said
        )
    elif row.difference is not None:
        formula = words(
            "%(main)s − %(other)s = %(difference)s, %(share)s of the main meter; tolerance %(tolerance)s",
            **said,
        )
    formulas = [formula if len(rows) == 1 else words("Each month is held against its own tolerance.")]
    if is_supply(row, asked):
        formulas.append(supply_text(asked))
    return WhyInventory(
        heading=reconciled_name(row, asked),
        span=Figure(""),
        value=said["difference"] if len(rows) == 1 else words("%(count)s months", count=len(rows)),
        version="",
        formula=tuple(formulas),
        facts=(
            Fact(name=words("verdict"), value=Figure(reconciled_state(row, asked)[0])),
            Fact(name=words("reason"), value=Figure(row.reason or MISSING)),
        )
        if len(rows) == 1
        else (),
        doubts=sayings((code for each in rows for code in each.codes), asked),
        tables=(
            *((_comparisons(rows, unit, context),) if len(rows) > 1 else ()),
            entries_table([number for each in rows for number in each.entries], context),
        ),
        meters=meters_of(_held(row, asked), context),
    )


def _held(row: Reconciled, asked: Asked) -> list[str]:
    """Return the meters of a comparison; own solar power is part of a supply."""
    carriers = [row.carrier, *([Carrier.PV] if is_supply(row, asked) else [])]
    points = [each for each in asked.plant.points if each.carrier in carriers]
    return [each.id for each in points if row.against == "subs" or each.role is MeterRole.MAIN]


def _comparisons(rows: list[Reconciled], unit: str, context: Context) -> Table:
    asked = context.asked
    words, numbers = asked.words, asked.numbers
    return Table(
        id="months",
        title=words("Its months"),
        columns=(
            *texts(words("Month"), words("State")),
            *numeric(
                words("Main meter or supply"), words("Held against"), words("Difference"), words("Share")
            ),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(Figure(row.month, why_figure(row.month, reconciled_id(row)))),
                    cell(reconciled_state(row, asked)[0], state=reconciled_state(row, asked)[1]),
                    cell(amount_text(row.main, unit, asked)),
                    cell(amount_text(row.other, unit, asked)),
                    cell(amount_text(row.difference, unit, asked)),
                    cell(numbers.percent(row.share, 2, sign=True)),
                )
            )
            for row in rows
        ),
    )


# avoided


def why_avoided(what: str, context: Context) -> WhyInventory | None:
    """Return what avoided carbon rests on: `pv` or `heat`."""
    if what not in ("pv", "heat"):
        return None
    asked, each = context.asked, context.found.avoided
    words = asked.words
    is_pv = what == "pv"
    kwh, plan, amount = (
        (each.pv_kwh, each.pv_plan_kwh, each.pv_t)
        if is_pv
        else (each.heat_kwh, each.heat_plan_kwh, each.heat_t)
    )
    proof, grades, said = evidence_of(each.evidence, context, each.codes)
    wanted = [*_points(context, Carrier.PV), *_points(context, Carrier.ELECTRICITY, MeterRole.EXPORT)]
    formula = (
        words(
            "used by the plant itself %(energy)s × grid factor, location-based = %(figure)s",
            energy=kwh_text(kwh, asked),
            figure=tonnes_text(amount, asked),
        )
        if is_pv
        else words(
            "recovered %(energy)s ÷ efficiency %(efficiency)s of what it stands in for = %(figure)s",
            energy=kwh_text(kwh, asked),
            efficiency=f"{context.source.method.heat_efficiency:.10g}",
            figure=tonnes_text(amount, asked),
        )
    )
    facts = [
        Fact(name=words("plan for the period"), value=Figure(kwh_text(plan, asked))),
        exact_fact(amount, "tCO2e", asked),
    ]
    if is_pv:
        generated = kwh_text(each.pv_generated_kwh, asked)
        facts.insert(0, Fact(name=words("generated"), value=Figure(generated)))
    else:
        stands_in = {
            Counterfactual.GAS: words("a gas boiler"),
            Counterfactual.ELECTRICITY: words("electric heating"),
            Counterfactual.NONE: words("not declared"),
        }
        facts.append(
            Fact(name=words("stands in for"), value=Figure(stands_in[context.source.method.counterfactual]))
        )
    return WhyInventory(
        heading=words("Avoided by PV") if is_pv else words("Avoided by recovered heat"),
        span=Figure(""),
        value=tonnes_text(amount, asked),
        version="",
        formula=(
            formula,
            words("It stands beside the inventory and is never subtracted: metered energy has it already."),
        ),
        facts=tuple(facts),
        proof=proof,
        grades=grades,
        doubts=said,
        meters=meters_of(wanted if is_pv else _points(context, Carrier.HEAT), context),
    )
