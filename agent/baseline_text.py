"""A baseline as a person reads it: the model, how good it is, its gates, who approved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.baselines import Fitted
from agent.figure_text import number, percent
from agent.ledger import Desk
from analytics.gates import DRIVER, F_TEST, R_SQUARED, STRONG_DRIVER, fewest_rows
from analytics.model import COVERAGE
from analytics.regression import counted, independent_rows
from domain.results import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition under which a baseline may be used."""

    code: str
    name: str
    found: str
    needed: str
    is_passed: bool


def gates(baseline: Baseline) -> tuple[Gate, ...]:
    """Return every gate of METHOD 4.3 that is judged when a baseline is fitted, in its order."""
    drivers = baseline.p_values[1:]
    free = independent_rows(baseline.rows, counted(baseline.autocorrelation, baseline.rows))
    fewest = fewest_rows(baseline.interval, len(baseline.variables))
    rows = (
        ("f_test", "F-test", f"p {_p(baseline.f_p_value)}", f"below {F_TEST:g}"),
        ("driver_p", "every variable", f"worst p {_p(max(drivers))}", f"below {DRIVER:g}"),
        ("no_strong_driver", "one sure variable", f"best p {_p(min(drivers))}", f"below {STRONG_DRIVER:g}"),
        ("r_squared", "R2", f"{baseline.r_squared:.3f}", f"{R_SQUARED:g} or more"),
        ("coverage", "coverage", percent(baseline.coverage), f"{COVERAGE:.0%} or more"),
        ("too_few_rows", "rows", str(baseline.rows), f"{fewest} or more"),
        (
            "dependent_rows",
            "independent rows",
            f"{free:,.0f} of {baseline.rows}",
            f"more than {len(baseline.coefficients)}",
        ),
    )
    return tuple(
        Gate(
            code=f"baseline.{code}",
            name=name,
            found=found,
            needed=needed,
            is_passed=f"baseline.{code}" not in baseline.failures,
        )
        for code, name, found, needed in rows
    )


def model_line(baseline: Baseline, desk: Desk) -> str:
    """Return the model as an equation."""
    text = f"gas = {baseline.coefficients[0]:,.6g}"
    for name, value in zip(baseline.variables, baseline.coefficients[1:], strict=True):
        text += f" {'-' if value < 0 else '+'} {abs(value):,.6g} * {name}"
    return f"{text}   (Nm3 a {baseline.interval.value}; output in {_unit(baseline, desk)})"


def _unit(baseline: Baseline, desk: Desk) -> str:
    units = {process.id: process.output_unit for process in desk.loaded.plant.processes}
    return units.get(baseline.process, "its unit")


def full(baseline: Baseline, desk: Desk) -> Iterator[str]:
    """Give the lines that tell a baseline in full."""
    unit = _unit(baseline, desk)
    yield f"{baseline.id}: {baseline.process}, {_span(baseline, desk)}, rows of a {baseline.interval.value}"
    yield f"  {model_line(baseline, desk)}"
    columns = zip(
        ("constant", *baseline.variables),
        baseline.coefficients,
        baseline.standard_errors,
        baseline.p_values,
        strict=True,
    )
    width = max(len("constant"), *(len(name) for name in baseline.variables))
    for name, value, error, p in columns:
        yield f"    {name:<{width}}  {value:>14,.6g}  standard error {error:>10,.4g}  p {_p(p)}"
    yield (
        f"  R2 {baseline.r_squared:.4f}, F {baseline.f_statistic:,.1f} (p {_p(baseline.f_p_value)}), "
        f"CV(RMSE) {percent(baseline.cv_rmse, 2)}, residual SD {baseline.residual_sd:,.4g} Nm3"
    )
    yield (
        f"  Durbin-Watson {baseline.durbin_watson:.3f}, "
        f"autocorrelation of the residuals {baseline.autocorrelation:+.3f}"
    )
    standing = "none without output"
    if baseline.standing_rows:
        mean = number(baseline.standing_mean, 1)
        standing = f"{baseline.standing_rows:,} without output, {mean} Nm3 each on average"
    yield f"  {baseline.rows:,} rows with output, {standing}, coverage {percent(baseline.coverage)}"
    yield (
        f"  gas {number(baseline.gas)} Nm3, output {number(baseline.output, 1)} {unit}, "
        f"intensity {baseline.intensity:,.6g} Nm3/{unit}"
    )
    yield from _gate_lines(baseline)


def _gate_lines(baseline: Baseline) -> Iterator[str]:
    yield "  gates:"
    for gate in gates(baseline):
        said = "passed" if gate.is_passed else "FAILED"
        yield f"    {said}  {gate.name}: {gate.found}, needed {gate.needed} [{gate.code}]"


def kept(each: Fitted, desk: Desk) -> Iterator[str]:
    """Give the lines that tell a baseline of the ledger in short."""
    baseline = each.baseline
    state = "in use" if each.is_used else "not approved" if each.approval is None else "replaced"
    failed = f", FAILS {', '.join(baseline.failures)}" if baseline.failures else ", passes every gate"
    yield f"{baseline.id}  {state}"
    yield f"  {model_line(baseline, desk)}"
    yield (
        f"  {_span(baseline, desk)}: {baseline.rows:,} rows, R2 {baseline.r_squared:.3f}, "
        f"CV(RMSE) {percent(baseline.cv_rmse)}{failed}"
    )
    yield f"  fitted {_signed(each.entry.at, each.entry.who, each.entry.why, desk)}"
    if each.approval is not None and each.valid_from is not None:
        signed = _signed(each.approval.at, each.approval.who, each.approval.why, desk)
        yield f"  approved from {desk.local(each.valid_from)}, {signed}"


def as_data(each: Fitted) -> Mapping[str, object]:
    """Return a baseline of the ledger as plain data."""
    approved = None
    if each.approval is not None:
        approved = {
            "entry": each.approval.number,
            "at": each.approval.at,
            "who": each.approval.who,
            "why": each.approval.why,
            "valid_from": each.valid_from,
        }
    return {
        "id": each.baseline.id,
        "is_used": each.is_used,
        "fitted": {
            "entry": each.entry.number,
            "at": each.entry.at,
            "who": each.entry.who,
            "why": each.entry.why,
        },
        "approved": approved,
        "baseline": each.baseline,
    }


def _signed(at: int, who: str, why: str, desk: Desk) -> str:
    return f"by {who} on {desk.local(at)}" + (f': "{why}"' if why else "")


def _span(baseline: Baseline, desk: Desk) -> str:
    return f"{desk.local(baseline.since)} to {desk.local(baseline.until)}"


def _p(value: float) -> str:
    return f"{value:.3g}" if value >= 1e-4 else "below 0.0001"
