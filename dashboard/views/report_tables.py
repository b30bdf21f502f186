"""The tables of a month's or a year's report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dashboard.factors import carrier_factor
from dashboard.live import CARRIERS, carrier_name
from dashboard.numbers import INTENSITIES, MISSING, OUTPUTS, Quantity
from dashboard.page import Asked
from dashboard.proof import merged, proof
from dashboard.resting import all_rests
from dashboard.said import thing
from dashboard.source import Source
from dashboard.views.carbon_figures import SCOPES, inventory_of, months_of, total_of, why_figure
from dashboard.views.comparable import comparable
from dashboard.views.figure import why_intensity
from dashboard.views.picker import query_of
from dashboard.views.report_table import (
    Cell,
    Column,
    ReportTable,
    amount,
    column,
    grade,
    percent_column,
    share,
    written,
)
from domain.flows import CarrierSum, Flows
from domain.periods import Period, PeriodKind
from domain.results import Balance, Intensity, Pv, Track

PARTS = {PeriodKind.MONTH: PeriodKind.DAY, PeriodKind.YEAR: PeriodKind.MONTH}
"""What the tables inside a report are taken by."""


def report_tables(source: Source, period: Period, asked: Asked) -> tuple[ReportTable, ...]:
    """Return every table of a period; one without rows is left out."""
    # To the period's end, as the page of flows asks: an end within the running hour would leave it out.
    is_begun = period.since < asked.now
    flows = source.flows(since=period.since, until=period.until) if is_begun else None
    found = [
        _processes(source, period, asked),
        *(_by_part(source, process.id, period, asked) for process in asked.plant.processes),
        *([_carriers(flows, period, asked)] if flows is not None else []),
        _balances(source, period, asked),
        _pv(source, period, asked),
        *([_heat(flows, period, asked)] if flows is not None else []),
        _carbon(source, period, asked),
    ]
    tables = [table for table in found if table.rows]
    if not period.since <= asked.now < period.until:
        return tuple(tables)
    marks = all_rests(source.now(), asked)
    return tuple(replace(table, rests=marks[_rest_of(table.id)].text) for table in tables)


def _rest_of(table: str) -> str:
    """Return the name of what rests on the meters of a table."""
    kind, dash, process = table.partition("-")
    return f"{kind}.{process}" if dash else kind


def _processes(source: Source, period: Period, asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    rows = []
    tracks: Sequence[Track] = source.results("track")
    for process in asked.plant.processes:
        found = _intensity(source, process.id, period)
        if found is None:
            continue
        found, not_yet = comparable(found, asked)
        quantity = INTENSITIES[process.output_unit]
        href = why_intensity(process.id, period.kind.value, period.name)
        year = asked.calendar.local(period.since).year
        track = next((each for each in tracks if each.process == process.id and each.year == year), None)
        target = track.target if track is not None else None
        gap = found.ratio / target - 1.0 if found.ratio is not None and target else None
        rows.append(
            (
                written(asked.name_of(process.id), href),
                amount(numbers, found.gas_nm3, Quantity.GAS, href),
                amount(numbers, found.output, OUTPUTS[process.output_unit], href),
                written(OUTPUTS[process.output_unit].unit),
                amount(numbers, found.ratio, quantity, href),
                amount(numbers, found.normalised, quantity, href),
                amount(numbers, target, quantity),
                share(numbers, gap, sign=True),
                *_saving(found, asked),
                grade(proof(found.evidence, asked, is_over=period.until <= asked.now), not_yet),
            )
        )
    per = "Nm³/t" if all(p.output_unit == "t" for p in asked.plant.processes) else ""
    return ReportTable(
        id="processes",
        title=words("Gas per output"),
        note=" ".join(_process_notes(period, asked)),
        columns=(
            Column(name=words("Process")),
            column(words("Gas"), Quantity.GAS),
            Column(name=words("Output"), decimals=1),
            Column(name=words("Unit")),
            Column(name=words("Gas per output"), unit=per, decimals=2),
            Column(name=words("Normalised"), unit=per, decimals=2),
            Column(name=words("Target of the year"), unit=per, decimals=2),
            percent_column(words("Against target")),
            column(words("Saving"), Quantity.GAS),
            Column(name=words("Interval of the saving"), unit="Nm³"),
            Column(name=words("Rests on")),
        ),
        rows=tuple(rows),
    )


def _process_notes(period: Period, asked: Asked) -> Iterator[str]:
    """Say what the columns are, and to which instant a period that is not over goes."""
    words = asked.words
    yield words("Normalised: at the baseline period's output. Saving: expected by the baseline less actual.")
    if period.until > asked.now:
        yield words(
            "With today, so far: to %(instant)s. The year against its target counts whole days.",
            instant=asked.numbers.instant(asked.now),
        )


def _saving(found: Intensity, asked: Asked) -> tuple[Cell, Cell]:
    numbers, saving = asked.numbers, found.saving_nm3
    if saving is None:
        return amount(numbers, None, Quantity.GAS), written(MISSING)
    low, high = (numbers.value(each, Quantity.GAS) for each in (saving.low, saving.high))
    proven = "" if saving.excludes_zero else " · " + asked.words("not yet proven")
    return amount(numbers, saving.value, Quantity.GAS), written(f"{low} … {high}{proven}")


def _intensity(source: Source, process: str, period: Period) -> Intensity | None:
    found: Sequence[Intensity] = source.results(
        "intensity", since=period.since, until=period.since + 1, period=period.kind, subject=process
    )
    return found[0] if found else None


def _by_part(source: Source, process: str, period: Period, asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    unit = asked.plant.process(process).output_unit
    quantity = INTENSITIES[unit]
    found: Sequence[Intensity] = source.results(
        "intensity", since=period.since, until=period.until, period=PARTS[period.kind], subject=process
    )
    name = asked.name_of(process)
    rows = []
    for each in found:
        href = why_intensity(process, each.period.kind.value, each.period.name)
        each, not_yet = comparable(each, asked)
        index = each.index - 1.0 if each.index is not None else None
        rows.append(
            (
                written(each.period.name, href),
                amount(numbers, each.output, OUTPUTS[unit], href),
                amount(numbers, each.gas_nm3, Quantity.GAS, href),
                amount(numbers, each.ratio, quantity, href),
                amount(numbers, each.expected_nm3, Quantity.GAS, href),
                share(numbers, index, href, sign=True),
                grade(proof(each.evidence, asked, is_over=each.period.until <= asked.now), not_yet),
            )
        )
    is_year = period.kind is PeriodKind.YEAR
    return ReportTable(
        id=f"process-{process}",
        title=words("%(process)s by month", process=name)
        if is_year
        else words("%(process)s by day", process=name),
        note="",
        columns=(
            Column(name=words("Month") if is_year else words("Day"), is_whole=True),
            column(words("Output"), OUTPUTS[unit]),
            column(words("Gas"), Quantity.GAS),
            column(words("Gas per output"), quantity),
            column(words("Expected by the baseline"), Quantity.GAS),
            percent_column(words("Actual against expected")),
            Column(name=words("Rests on")),
        ),
        rows=tuple(rows),
    )


def _carriers(flows: Flows, period: Period, asked: Asked) -> ReportTable:
    words = asked.words
    order = {carrier: place for place, carrier in enumerate(CARRIERS)}
    sums = sorted(flows.sums, key=lambda each: order.get(each.carrier, 9))
    return ReportTable(
        id="carriers",
        title=words("Energy by carrier"),
        note=words("Recovered heat is inside the energy already and stands beside the sum."),
        columns=(
            Column(name=words("Carrier")),
            Column(name=words("Amount"), decimals=0),
            Column(name=words("Unit")),
            column(words("Energy"), Quantity.ENERGY),
            percent_column(words("Share")),
            column(words("Carbon"), Quantity.CARBON),
            Column(name=words("Factor")),
            Column(name=words("Rests on")),
        ),
        rows=tuple(_carrier(each, period, asked) for each in sums),
    )


def _carrier(each: CarrierSum, period: Period, asked: Asked) -> tuple[Cell, ...]:
    numbers = asked.numbers
    href = f"/why/carrier/{each.carrier.value}?{query_of(period.since, period.until, asked)}"
    is_gas = each.unit == "Nm3"
    return (
        written(carrier_name(each.carrier, asked), href),
        amount(numbers, each.amount, Quantity.GAS if is_gas else Quantity.ENERGY_KWH, href),
        written(Quantity.GAS.unit if is_gas else Quantity.ENERGY_KWH.unit),
        amount(numbers, each.kwh, Quantity.ENERGY, href),
        share(numbers, each.share),
        amount(numbers, each.co2_kg, Quantity.CARBON, href),
        written(carrier_factor(each, asked) or MISSING),
        grade(proof(each.evidence, asked, is_over=period.until <= asked.now)),
    )


def _balances(source: Source, period: Period, asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    found: Sequence[Balance] = source.results(
        "balance", since=period.since, until=period.since + 1, period=period.kind
    )
    rows = []
    for each in found:
        quantity = Quantity.GAS if each.carrier == "gas" else Quantity.ENERGY_KWH
        name = next((carrier_name(c, asked) for c in CARRIERS if c.value == each.carrier), each.carrier)
        rows.append(
            (
                written(name),
                amount(numbers, each.main, quantity),
                amount(numbers, each.subs, quantity),
                amount(numbers, each.unallocated, quantity, sign=True),
                written(quantity.unit),
                share(numbers, each.share, sign=True),
                grade(proof(each.evidence, asked, is_over=period.until <= asked.now)),
            )
        )
    tolerance = numbers.percent(source.method.balance_tolerance)
    return ReportTable(
        id="balance",
        title=words("Main meter against sub-meters"),
        note=words("Tolerance %(share)s of the main meter.", share=tolerance),
        columns=(
            Column(name=words("Carrier")),
            Column(name=words("Main meter"), decimals=0),
            Column(name=words("Sub-meters"), decimals=0),
            Column(name=words("Left over"), decimals=0),
            Column(name=words("Unit")),
            percent_column(words("Share")),
            Column(name=words("Rests on")),
        ),
        rows=tuple(rows),
    )


def _pv(source: Source, period: Period, asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    found: Sequence[Pv] = source.results("pv", since=period.since, until=period.since + 1, period=period.kind)
    rows = [
        (
            amount(numbers, each.generated, Quantity.ENERGY),
            amount(numbers, each.self_consumed, Quantity.ENERGY),
            amount(numbers, each.exported, Quantity.ENERGY),
            amount(numbers, each.imported, Quantity.ENERGY),
            share(numbers, each.self_consumption_rate),
            share(numbers, each.self_sufficiency),
            grade(proof(each.evidence, asked, is_over=period.until <= asked.now)),
        )
        for each in found
    ]
    return ReportTable(
        id="pv",
        title=words("Solar power"),
        note="",
        columns=(
            column(words("Generated"), Quantity.ENERGY),
            column(words("Used here"), Quantity.ENERGY),
            column(words("Exported"), Quantity.ENERGY),
            column(words("Bought"), Quantity.ENERGY),
            percent_column(words("Share used here")),
            percent_column(words("Share of all use")),
            Column(name=words("Rests on")),
        ),
        rows=tuple(rows),
    )


def _heat(flows: Flows, period: Period, asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    query = query_of(period.since, period.until, asked)
    rows = [
        (
            written(thing(each.point, asked), f"/point/{each.point}?{query}"),
            amount(numbers, each.kwh, Quantity.ENERGY, f"/point/{each.point}?{query}"),
            amount(numbers, each.avoided_gas_nm3, Quantity.GAS),
            amount(numbers, each.avoided_electricity_kwh, Quantity.ENERGY),
            grade(proof(each.evidence, asked, is_over=period.until <= asked.now)),
        )
        for each in flows.heat
    ]
    return ReportTable(
        id="heat",
        title=words("Recovered heat"),
        note=words("Avoided amounts stand beside the inventory and are never subtracted from it."),
        columns=(
            Column(name=words("Meter")),
            column(words("Heat"), Quantity.ENERGY),
            column(words("Avoided gas"), Quantity.GAS),
            column(words("Avoided electricity"), Quantity.ENERGY),
            Column(name=words("Rests on")),
        ),
        rows=tuple(rows),
    )


def _carbon(source: Source, period: Period, asked: Asked) -> ReportTable:
    words, numbers = asked.words, asked.numbers
    is_year = period.kind is PeriodKind.YEAR
    whole = months_of(source, period) if is_year else (inventory_of(source, period),)
    months = [each for each in whole if each is not None]
    rows = []
    for month in months:
        name = month.period.name
        one, two, length = month.scope_1, month.scope_2_location, month.period.until - month.period.since
        rests = merged([(each.evidence, each.known_t, length) for each in (one, two)])
        rows.append(
            (
                written(name, f"/why/inventory/{name}"),
                *(
                    amount(numbers, total_of(month, each).tco2e, Quantity.CARBON_T, why_figure(name, each))
                    for each in SCOPES
                ),
                grade(proof(rests, asked, is_over=month.is_over)),
            )
        )
    return ReportTable(
        id="carbon",
        title=words("Greenhouse gases"),
        note=words("The inventory report has every source, factor and doubt behind them."),
        columns=(
            Column(name=words("Month"), is_whole=True),
            column(words("Scope 1"), Quantity.CARBON_T),
            column(words("Scope 2, location-based"), Quantity.CARBON_T),
            column(words("Scope 2, market-based"), Quantity.CARBON_T),
            column(words("Scope 3, category 1: aluminium"), Quantity.CARBON_T),
            Column(name=words("Rests on")),
        ),
        rows=tuple(rows),
    )


def figures_of(tables: Sequence[ReportTable]) -> Iterator[Cell]:
    """Give every cell of some tables."""
    for table in tables:
        for row in table.rows:
            yield from row
