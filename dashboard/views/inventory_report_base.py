"""The section of an inventory report about the base year: its versions, old and new side by side."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.numbers import MISSING, OUTPUTS
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.views.carbon_figures import intensity_of
from dashboard.views.inventory_report_parts import Reported, Section, counted, exact
from dashboard.views.inventory_report_words import reason_name
from dashboard.views.report_table import Cell, Column, ReportTable, share, written
from domain.carbon_entries import BaseYear

_DECIMALS = (3, 3, 1, 4, 4)
"""Of computed figures: emissions, output, intensities."""


def base_year(reported: Reported, source: Source) -> Section:
    """Return the base year, and the one before it side by side."""
    asked = reported.asked
    words = asked.words
    found = [(each.number, each.body) for each in reported.booked if isinstance(each.body, BaseYear)]
    threshold = asked.numbers.percent(source.method.carbon.base_year_threshold)
    sentences = [
        words(
            "It is recalculated for structural change, a change of method or factor, or an error beyond"
            " %(share)s; never for organic growth.",
            share=threshold,
        )
    ]
    if not found:
        sentences.insert(0, words("No base year is entered in the ledger."))
    bodies = [body for _, body in found]
    tables: tuple[ReportTable, ...] = ()
    if bodies:
        tables += (_versions(found, asked),)
        tables += (_compared(bodies[-2] if len(bodies) > 1 else None, bodies[-1], reported),)
    return Section(id="base-year", title=words("Base year"), sentences=tuple(sentences), tables=tables)


def _versions(found: Sequence[tuple[int, BaseYear]], asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    return ReportTable(
        id="base-years",
        title=words("Base years as they were set"),
        note=words("The last one holds."),
        columns=(
            Column(name=words("Year"), is_whole=True),
            Column(name=words("Reason")),
            Column(name=words("What has changed")),
            Column(name=words("Threshold"), unit="%", decimals=1),
            Column(name=words("Approved by")),
            Column(name=words("Document")),
            Column(name=words("Entry"), decimals=0),
        ),
        rows=tuple(
            (
                written(str(body.year)),
                written(reason_name(body.reason.value, asked)),
                written(body.what or MISSING),
                share(numbers, body.threshold),
                written(body.approver or MISSING),
                written(body.document or MISSING),
                counted(numbers, number, 0),
            )
            for number, body in found
        ),
    )


def _compared(old: BaseYear | None, new: BaseYear, reported: Reported) -> ReportTable:
    """Return the figures of the base year beside those of the one before it; dashes where there was none.

    What an entry does not state stands beside it as the inventory of that year computed it.
    """
    asked = reported.asked
    words = asked.words
    unit = OUTPUTS[new.output_unit].unit if new.output_unit in OUTPUTS else new.output_unit
    per = f"tCO₂e/{unit}"
    rows = (
        (words("Scope 1 and 2"), "tCO₂e"),
        (words("Scope 3 category 1"), "tCO₂e"),
        (words("Output"), unit),
        (words("Scope 1 and 2 per output"), per),
        (words("Scope 3 category 1 per output"), per),
    )
    stated = (_figures(old), _figures(new))
    found = (_computed(old, reported), _computed(new, reported))
    has = tuple(any(each is not None for each in of) for of in found)
    notes = [words("Computed: by the inventory of that year, market-based, where the entry states no sum.")]
    notes = [
        *(notes if any(has) else []),
        *(
            words(
                "Of %(year)s the entry states no figures, and it has no inventory of a whole year.",
                year=each.year,
            )
            for each, of, is_computed in zip((old, new), stated, has, strict=True)
            if each is not None and not is_computed and not any(of)
        ),
    ]
    return ReportTable(
        id="base-years-compared",
        title=words("Old and new base year"),
        note=" ".join(notes),
        columns=(
            Column(name=words("Figure")),
            Column(name=words("Old, %(year)s", year=old.year if old else MISSING), is_exact=True),
            *_computed_column(words("Old, %(year)s", year=old.year if old else MISSING), asked, has=has[0]),
            Column(name=words("New, %(year)s", year=new.year), is_exact=True),
            *_computed_column(words("New, %(year)s", year=new.year), asked, has=has[1]),
            Column(name=words("Unit")),
            Column(name=words("Change"), unit="%", decimals=1),
        ),
        rows=tuple(
            (
                written(name),
                exact(stated[0][place]),
                *([counted(asked.numbers, found[0][place], _DECIMALS[place])] if has[0] else []),
                exact(stated[1][place]),
                *([counted(asked.numbers, found[1][place], _DECIMALS[place])] if has[1] else []),
                written(of),
                _change(asked, (stated[0][place], stated[1][place]), (found[0][place], found[1][place])),
            )
            for place, (name, of) in enumerate(rows)
        ),
    )


def _computed_column(name: str, asked: Asked, *, has: bool) -> tuple[Column, ...]:
    text = asked.words("%(year)s, computed", year=name)
    return (Column(name=text, decimals=_DECIMALS[-1]),) if has else ()


def _change(asked: Asked, *pairs: tuple[float | None, float | None]) -> Cell:
    """Return the change of what both entries state, otherwise of what was computed for both years."""
    known = ((old, new) for old, new in pairs if old is not None and new is not None)
    old, new = next(known, (None, None))
    change = None if old is None or new is None or not old else new / old - 1.0
    return share(asked.numbers, change, sign=True)


def _computed(each: BaseYear | None, reported: Reported) -> tuple[float | None, ...]:
    """Return what the inventory of a base year came to, of figures that its entry does not state."""
    made = next(
        (year for year in reported.years if each and year.is_over and year.name == str(each.year)),
        None,
    )
    if each is None or made is None:
        return (None,) * len(_DECIMALS)
    per = next((one for one in made.stated.per_output if one.unit == each.output_unit), None)
    totals = made.stated.totals
    one, two = totals["scope_1"], totals["scope_2_market"]
    found = (
        None if one is None or two is None else one + two,
        totals["scope_3_1"],
        per.output if per is not None else None,
        intensity_of(per, "scope_1_2_market") if per is not None else None,
        intensity_of(per, "scope_3_1") if per is not None else None,
    )
    return tuple(
        value if stated is None else None for value, stated in zip(found, _figures(each), strict=True)
    )


def _figures(each: BaseYear | None) -> tuple[float | None, ...]:
    """Return what a base year states: emissions, output, intensities."""
    if each is None:
        return (None,) * 5
    return (each.scope_1_2_t, each.scope_3_1_t, each.output, _per(each, "1_2"), _per(each, "3_1"))


def _per(each: BaseYear, part: str) -> float | None:
    """Return an intensity as stated, otherwise by the sums."""
    stated, amount = (
        (each.intensity_1_2, each.scope_1_2_t) if part == "1_2" else (each.intensity_3_1, each.scope_3_1_t)
    )
    if stated is not None or amount is None or not each.output:
        return stated
    return round(amount / each.output, 6)
