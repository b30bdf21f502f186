"""What do I hand over? A month or a year on paper: figures, what they rest on, how they were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from dashboard.factors import factor_text
from dashboard.numbers import INTENSITIES
from dashboard.page import Asked, BadRequest, Span
from dashboard.pages import PageSpec
from dashboard.said import of_alert, of_finding
from dashboard.source import Source
from dashboard.views.carbon_figures import inventory_of, use_name
from dashboard.views.picker import Picker, picker
from dashboard.views.report_table import ReportTable
from dashboard.views.report_tables import PARTS, report_tables
from domain.carbon import Factor
from domain.declared import AlertPicture, BaselinePicture
from domain.factors import USES, FactorUsed
from domain.findings import Finding
from domain.periods import Period, PeriodKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The page and the workbook."""

    title: str
    plant: str
    made: str
    is_provisional: bool
    """Not over yet, or of figures that may still change."""
    picker: Picker
    months: tuple[tuple[str, str], ...]
    """Name and query of the newest months and years, for one click."""
    tables: tuple[ReportTable, ...]
    alerts: tuple[tuple[str, str, str, str], ...]
    """Since, what, state, cause."""
    doubts: tuple[str, ...]
    method: tuple[tuple[str, str], ...]
    """What, how."""
    workbook: str
    inventory: str
    """Where the greenhouse gases of the period are reported."""
    csvs: tuple[tuple[str, str], ...]


def build(source: Source, asked: Asked) -> Report:
    """Return the report of the month or year that the address asks for, this month by default."""
    span = asked.span("month")
    period = span.period
    if period is None or period.kind not in PARTS:
        raise BadRequest("period", "a report is of a month or a year", "write period=month or period=year")
    words, numbers = asked.words, asked.numbers
    name = (
        period.name
        if period.kind is PeriodKind.YEAR
        else numbers.month_name(asked.calendar.day_of(period.since))
    )
    if period.since > asked.now:
        title = words("Energy report %(period)s, not begun", period=name)
    elif period.until > asked.now:
        title = words("Energy report %(period)s, with today, so far", period=name)
    else:
        title = words("Energy report %(period)s", period=name)
    chosen = picker(span, asked, "/reports")
    return Report(
        title=title,
        plant=asked.site_name,
        made=numbers.instant(asked.now),
        is_provisional=period.until > asked.now,
        picker=chosen,
        months=period_choices(period, asked),
        tables=report_tables(source, period, asked),
        alerts=_alerts(source.alerts(), period, asked),
        doubts=_doubts(source.results("finding"), period, asked),
        method=_method(source, period, asked),
        workbook=f"/reports.xlsx?{chosen.query}",
        inventory=f"/reports/inventory?{chosen.query}",
        csvs=_csvs(span, chosen, asked),
    )


def period_choices(period: Period, asked: Asked) -> tuple[tuple[str, str], ...]:
    """Return the six newest months and three newest years."""
    calendar, found = asked.calendar, []
    for kind, count in ((PeriodKind.MONTH, 6), (PeriodKind.YEAR, 3)):
        at = asked.now
        for _ in range(count):
            each = calendar.period(kind, at)
            if each is None:
                break
            found.append((each.name, f"period={kind.value}&at={calendar.day_of(each.since).isoformat()}"))
            at = each.since - 1
    return tuple(found)


def _alerts(
    alerts: Sequence[AlertPicture], period: Period, asked: Asked
) -> tuple[tuple[str, str, str, str], ...]:
    words, rows = asked.words, []
    states = {
        "open": words("open"),
        "acknowledged": words("acknowledged"),
        "closed": words("closed"),
        "recovered": words("recovered"),
        "past": words("past"),
    }
    for each in alerts:
        if each.alert is None or not (period.since <= each.alert.since < period.until or each.is_waiting):
            continue
        if each.alert.since >= period.until:
            continue
        cause = next((step.cause or step.why for step in reversed(each.steps) if step.action == "closed"), "")
        sentence = of_alert(each.alert, asked)
        rows.append(
            (asked.numbers.day(each.alert.since), sentence.text, states.get(each.state, each.state), cause)
        )
    return tuple(rows)


def _doubts(findings: Sequence[Finding], period: Period, asked: Asked) -> tuple[str, ...]:
    """Return what is doubtful about the data of the period, or of all time."""
    return tuple(
        of_finding(each, asked).text
        for each in findings
        if each.since is None or (each.since < period.until and (each.until or each.since) >= period.since)
    )


def _method(source: Source, period: Period, asked: Asked) -> tuple[tuple[str, str], ...]:
    words, numbers, method = asked.words, asked.numbers, source.method
    gas, target = method.gas, method.target
    readings = {
        "geometric": words("On average, geometric"),
        "linear": words("On average, linear"),
        "every_year": words("Every single year"),
    }
    found = [
        (words("Gas volume"), words("Nm³ at 0 °C and 101.325 kPa")),
        (
            words("Energy of gas"),
            words(
                "%(ncv)s MJ/Nm³, net; the supplier's statement of a month goes before it",
                ncv=numbers.number(gas.ncv_mj_per_nm3, 3),
            ),
        ),
        *((words("Factor"), _factor(each, asked)) for each in _factors(source, period)),
        (
            words("Target"),
            words(
                "%(rate)s a year less gas per output, %(base)s to %(end)s; read: %(reading)s",
                rate=numbers.percent(target.yearly_reduction),
                base=target.base_year,
                end=target.target_year,
                reading=readings[target.reading.value],
            ),
        ),
        *(_baseline(each, asked) for each in source.baselines() if each.is_in_use),
        (
            words("Intervals"),
            words("Student t, %(confidence)s", confidence=numbers.percent(method.confidence, 0)),
        ),
        (
            words("Gaps"),
            words(
                "longer than %(minutes)s min: the total over the gap is kept, its hours are graded estimated",
                minutes=method.gap_ms // 60_000,
            ),
        ),
        (words("Provisional"), words("observed for less than nine tenths of the time, or not complete")),
        (words("Software"), f"energy-agent {software_version()}"),
    ]
    return tuple(found)


def _factors(source: Source, period: Period) -> tuple[FactorUsed, ...]:
    """Return the factors of the period's inventory, each once, but for those of single lots."""
    found = inventory_of(source, period)
    lines = found.lines if found is not None else ()
    used = {(each.use, each.id): each for line in lines for each in line.factors if each.use in USES}
    return tuple(each for _, each in sorted(used.items()))


def _factor(each: FactorUsed, asked: Asked) -> str:
    used = Factor(
        id=each.id, value=each.value, unit=each.unit, source=each.source, is_verified=each.is_verified
    )
    return f"{use_name(each.use, asked)}: {factor_text(used, asked)}"


def _baseline(each: BaselinePicture, asked: Asked) -> tuple[str, str]:
    words, numbers, found = asked.words, asked.numbers, each.baseline
    quantity = INTENSITIES[asked.plant.process(found.process).output_unit]
    text = words(
        "%(id)s: %(first)s to %(last)s, %(intensity)s, R² %(r2)s, approved by %(who)s",
        id=found.id,
        first=numbers.day(found.since),
        last=numbers.day(found.until - 1),
        intensity=numbers.quantity(found.intensity, quantity),
        r2=numbers.number(found.r_squared, 3),
        who=each.approved_by or "–",
    )
    return words("Baseline of %(process)s", process=asked.name_of(found.process)), text


def _csvs(span: Span, chosen: Picker, asked: Asked) -> tuple[tuple[str, str], ...]:
    words = asked.words
    names = {
        "intensity": words("Gas per output"),
        "flows": words("Flows"),
        "balance": words("Main meter against sub-meters"),
        "pv": words("Solar power"),
        "heat": words("Recovered heat"),
    }
    return tuple((text, f"/api/v1/{name}.csv?{chosen.query}") for name, text in names.items())


def software_version() -> str:
    """Return the version of this agent."""
    try:
        return version("energy-agent")
    except PackageNotFoundError:
        return "–"


PAGE = PageSpec(
    name="reports", path="/reports", title="Reports", template="reports.html", view=build, in_nav=True
)
