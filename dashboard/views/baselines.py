"""Baselines: the models that gas is held against, their gates, and who approved them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dashboard.numbers import OUTPUTS, Quantity
from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.said import of_code, variable_name
from dashboard.source import Source
from dashboard.views.form import Form, FormFault, entries_done, form_of
from dashboard.views.option import Option
from domain.declared import BaselinePicture
from domain.results import Baseline

_R_SQUARED, _COVERAGE = 0.50, 0.90
"""As METHOD 4.3 asks for; the agent judges, the page only says what was needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition under which a baseline may be used."""

    name: str
    found: str
    needed: str
    is_passed: bool
    cure: str
    """Empty where it is passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineItem:
    """One baseline."""

    id: str
    process: str
    state: str
    """good (in use), warning (waits for approval, fit to be used), stale (replaced), alarm (fails a gate)."""
    state_word: str
    period: str
    model: str
    r_squared: str
    cv_rmse: str
    rows: str
    gas: str
    output: str
    gates: tuple[Gate, ...]
    fitted: str
    approved: str
    """Empty: not approved."""
    may_be_approved: bool
    approve: str
    """Address of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinesView:
    """The page of all."""

    items: tuple[BaselineItem, ...]
    fit_needs: str
    approve_needs: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FitView:
    """The form that fits one."""

    form: Form
    choices: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveView:
    """The form that approves one."""

    form: Form
    item: BaselineItem


def build(source: Source, asked: Asked) -> BaselinesView:
    """Return all baselines, newest first."""
    words, entries = asked.words, entries_done(asked)
    done = {
        "fit": words(
            "The baseline is fitted (ledger entry %(entries)s). It counts once it is approved.",
            entries=entries,
        ),
        "approve": words("The baseline is approved (ledger entry %(entries)s).", entries=entries),
    }.get(asked.query.get("done", ""), "")
    return BaselinesView(
        items=tuple(item_of(each, asked) for each in source.baselines()),
        fit_needs=form_of(asked, {}, role="operator").needs,
        approve_needs=form_of(asked, {}, role="admin").needs,
        done=done,
    )


def fit(source: Source, asked: Asked, fault: FormFault | None = None) -> FitView:
    """Return the form that fits a baseline; it begins with the last whole year."""
    year = asked.calendar.local(asked.now).year - 1
    fields = {"process": asked.process(), "first": f"{year}-01-01", "last": f"{year}-12-31", "why": ""}
    choices = tuple(Option(each.id, asked.name_of(each.id)) for each in asked.plant.processes)
    return FitView(form=form_of(asked, fields, role="operator", fault=fault), choices=choices)


def approve(source: Source, asked: Asked, fault: FormFault | None = None) -> ApproveView:
    """Return the form that approves a baseline."""
    name = asked.query.get("baseline", "")
    found = next((each for each in source.baselines() if each.baseline.id == name), None)
    if found is None:
        raise NotHere("baseline", f"there is no baseline {name!r}", "look at the list of baselines")
    fields = {"valid_from": "", "why": ""}
    return ApproveView(form=form_of(asked, fields, role="admin", fault=fault), item=item_of(found, asked))


def item_of(picture: BaselinePicture, asked: Asked) -> BaselineItem:
    """Return one baseline in the reader's words."""
    words, numbers, baseline = asked.words, asked.numbers, picture.baseline
    state, state_word = _state(picture, asked)
    unit = _unit(baseline, asked)
    first = asked.calendar.day_of(baseline.since)
    last = asked.calendar.day_of(baseline.until) - timedelta(days=1)
    approved = ""
    if picture.approved_at is not None:
        approved = words(
            "%(who)s on %(at)s, from %(since)s on",
            who=picture.approved_by,
            at=numbers.instant(picture.approved_at),
            since=numbers.day(picture.valid_from) if picture.valid_from is not None else "",
        )
    return BaselineItem(
        id=baseline.id,
        process=asked.name_of(baseline.process),
        state=state,
        state_word=state_word,
        period=words("%(first)s to %(last)s", first=first.isoformat(), last=last.isoformat()),
        model=_model(baseline, asked),
        r_squared=numbers.number(baseline.r_squared, 3),
        cv_rmse=numbers.percent(baseline.cv_rmse),
        rows=numbers.number(baseline.rows),
        gas=numbers.quantity(baseline.gas, Quantity.GAS),
        output=numbers.quantity(baseline.output, OUTPUTS[unit]) if unit in OUTPUTS else "",
        gates=_gates(baseline, asked),
        fitted=words("%(who)s on %(at)s", who=picture.fitted_by, at=numbers.instant(picture.fitted_at)),
        approved=approved,
        may_be_approved=not picture.is_in_use and not baseline.failures,
        approve=f"/baselines/{baseline.id}/approve",
    )


def _unit(baseline: Baseline, asked: Asked) -> str:
    units = {process.id: process.output_unit for process in asked.plant.processes}
    return units.get(baseline.process, "")


def _state(picture: BaselinePicture, asked: Asked) -> tuple[str, str]:
    words = asked.words
    if picture.is_in_use:
        return "good", words("in use")
    if picture.baseline.failures:
        return "alarm", words("fails a gate")
    if picture.approved_at is not None:
        return "stale", words("replaced")
    return "warning", words("waits for approval")


def _model(baseline: Baseline, asked: Asked) -> str:
    """Return the model as an equation in the reader's words."""
    numbers = asked.numbers
    text = numbers.number(baseline.coefficients[0], 1)
    for name, value in zip(baseline.variables, baseline.coefficients[1:], strict=True):
        text += f" {'−' if value < 0 else '+'} {numbers.number(abs(value), 3)} × {variable_name(name, asked)}"
    row = {
        "day": asked.words("Gas of a day, Nm³ = %(terms)s", terms=text),
        "week": asked.words("Gas of a week, Nm³ = %(terms)s", terms=text),
        "month": asked.words("Gas of a month, Nm³ = %(terms)s", terms=text),
    }
    return row.get(baseline.interval.value, text)


def _gates(baseline: Baseline, asked: Asked) -> tuple[Gate, ...]:
    """Return every gate; whether it is passed is what the fit said, not judged again."""
    words, numbers = asked.words, asked.numbers
    drivers = baseline.p_values[1:]
    rows = (
        ("f_test", words("Model against chance (F-test)"), _p(baseline.f_p_value, asked), "p < 0.10"),
        ("driver_p", words("Every variable"), _p(max(drivers), asked), "p < 0.20"),
        ("no_strong_driver", words("One sure variable"), _p(min(drivers), asked), "p < 0.10"),
        (
            "r_squared",
            words("Explained variation R²"),
            numbers.number(baseline.r_squared, 3),
            f"≥ {numbers.number(_R_SQUARED, 2)}",
        ),
        (
            "coverage",
            words("Observed"),
            numbers.percent(baseline.coverage),
            f"≥ {numbers.percent(_COVERAGE, 0)}",
        ),
        ("too_few_rows", words("Rows with output"), numbers.number(baseline.rows), words("enough")),
        (
            "dependent_rows",
            words("Residuals independent"),
            words("autocorrelation %(value)s", value=numbers.number(baseline.autocorrelation, 2)),
            words("enough independent rows"),
        ),
    )
    found = []
    for code, name, value, needed in rows:
        failed = f"baseline.{code}" in baseline.failures
        cure = of_code(f"baseline.{code}", baseline.process, asked).remedy if failed else ""
        found.append(Gate(name=name, found=value, needed=needed, is_passed=not failed, cure=cure))
    return tuple(found)


def _p(value: float, asked: Asked) -> str:
    return "p < 0.0001" if value < 1e-4 else f"p = {asked.numbers.number(value, 4)}"


PAGE = PageSpec(name="baselines", path="/baselines", title="Baselines", template="baselines.html", view=build)
FIT = PageSpec(name="fit", path="/baselines/fit", title="Fit a baseline", template="fit.html", view=fit)
APPROVE = PageSpec(
    name="approve", path="/baselines/{baseline}/approve", title="Approve a baseline", template="approve.html",
    view=approve,
)  # fmt: skip
