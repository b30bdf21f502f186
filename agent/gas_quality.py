"""What a supplier states of the gas -> an entry's body, or a usage error that says what does not fit."""

from __future__ import annotations

import re
from fractions import Fraction

import click

from agent.declaring import instant
from agent.ledger import Desk, standing
from analytics.gas import HIGHEST_NCV, LOWEST_NCV
from config.codes import shown
from config.plant_time import Unreadable, span_of
from domain.ledger import GasQuality
from domain.periods import PeriodKind

UNITS = ("MJ/Nm3", "kWh/Nm3", "kcal/Nm3", "GJ/10^4Nm3")
REFERENCES = {"0C": Fraction(1), "15C": Fraction("288.15") / Fraction("273.15"),
              "20C": Fraction("293.15") / Fraction("273.15")}  # fmt: skip
"""Conditions of a m3 -> m3 of it that are one Nm3 (METHOD 2): 1 / 0.9317755 at 20 C."""
_ENERGY_MJ = {
    "mj": Fraction(1),
    "gj": Fraction(1000),
    "kwh": Fraction("3.6"),
    "kcal": Fraction("0.0041868"),  # the International Table calorie, GB/T 2589
}
_UNIT = re.compile(r"(mj|gj|kwh|kcal)/(10\^4|1e4|10000)?(n?)m3", re.ASCII)
_WRITTEN = str.maketrans({"³": "3", "⁴": "^4", "万": "10^4", "㎥": "m3", " ": None, "*": None, "·": None})


def gas_quality(
    desk: Desk,
    *,
    since: str | None,
    until: str | None,
    month: str | None,
    ncv: float,
    unit: str,
    reference: str | None,
    source: str,
) -> GasQuality:
    """Return the supplier's net calorific value of a past span, in MJ/Nm3."""
    first, end = _span(desk, since, until, month)
    unit = "".join(unit.split())
    mj_per_nm3 = float(Fraction(repr(ncv)) * _factor(unit, reference))
    _check_range(mj_per_nm3, ncv, unit, reference)
    found = GasQuality(
        since=first, until=end, ncv_mj_per_nm3=mj_per_nm3, source=_as_stated(source, ncv, unit, reference)
    )
    _check_other_statements(desk, found)
    return found


def _span(desk: Desk, since: str | None, until: str | None, month: str | None) -> tuple[int, int]:
    if month is not None:
        if since is not None or until is not None:
            raise click.UsageError("--month is a span of its own; leave --since and --until out")
        return _month(desk, month.strip())
    if since is None or until is None:
        raise click.UsageError("name the span: --month 2026-03, or --since and --until")
    first, end = (instant(desk, text, name) for text, name in ((since, "--since"), (until, "--until")))
    if end <= first:
        raise click.BadParameter(f"{desk.local(end)} is not after --since", param_hint="--until")
    for at, name in ((first, "--since"), (end, "--until")):
        if at not in desk.calendar.edges(at, at + 1).tolist():
            problem = f"{desk.local(at)} is within an hour, and a statement holds for whole hours"
            raise click.BadParameter(f"{problem}; write the day, or a full hour", param_hint=name)
    return first, end


def _month(desk: Desk, text: str) -> tuple[int, int]:
    """Return the production month that was typed and is over."""
    try:
        first, end = span_of(text, desk.calendar)
    except Unreadable as fault:
        raise click.BadParameter(f"{fault.problem}; write 2026-03", param_hint="--month") from fault
    found = desk.calendar.period(PeriodKind.MONTH, first)
    if found is None or (found.since, found.until) != (first, end):
        raise click.BadParameter(f"{shown(text)} is no month; write 2026-03", param_hint="--month")
    if end > desk.now:
        problem = f"{text} is not over before {desk.local(end)} (it is {desk.local(desk.now)})"
        raise click.BadParameter(f"{problem}; a part of it is named with --since", param_hint="--month")
    return first, end


def _factor(unit: str, reference: str | None) -> Fraction:
    """Return MJ/Nm3 for one of a unit, exactly."""
    parts = _UNIT.fullmatch(unit.translate(_WRITTEN).casefold())
    if parts is None:
        problem = f"{shown(unit)} is no unit of a calorific value; write one of: {', '.join(UNITS)}"
        raise click.BadParameter(f"{problem}; or per m3 with --reference", param_hint="--unit")
    energy, ten_thousand, normal = parts.groups()
    factor = _ENERGY_MJ[energy] / (10_000 if ten_thousand else 1)
    if normal:
        if reference not in (None, "0C"):
            problem = f"{reference}, and a Nm3 is at 0 C; write the unit per m3 if it is one at {reference}"
            raise click.BadParameter(problem, param_hint="--reference")
        return factor
    if reference is None:
        problem = f"{shown(unit)} does not say at which temperature the m3 is"
        remedy = (
            "add --reference 20C if the statement is at 20 C (usual in China), and it is divided by "
            "0.9317755; write Nm3 if it is at 0 C"
        )
        raise click.BadParameter(f"{problem}; {remedy}", param_hint="--unit")
    return factor * REFERENCES[reference]


def _check_range(mj_per_nm3: float, ncv: float, unit: str, reference: str | None) -> None:
    """Refuse what no natural gas has: it is another unit, or mistyped."""
    if LOWEST_NCV <= mj_per_nm3 <= HIGHEST_NCV:
        return
    fits = [
        each
        for each in UNITS
        if LOWEST_NCV <= float(Fraction(repr(ncv)) * _factor(each, None)) <= HIGHEST_NCV
    ]
    meant = f"; in {' or '.join(fits)} it could be one" if fits else ""
    is_ = "" if unit == "MJ/Nm3" else f" is {mj_per_nm3:.6g} MJ/Nm3, and that"
    problem = f"{_figure(ncv, unit, reference)}{is_} is no net calorific value of natural gas"
    limits = f"they are {LOWEST_NCV:g} to {HIGHEST_NCV:g} MJ/Nm3"
    raise click.BadParameter(f"{problem}; {limits}{meant}", param_hint="--ncv")


def _figure(ncv: float, unit: str, reference: str | None) -> str:
    at = f" at {reference}" if reference is not None else ""
    return f"{ncv:.15g} {unit}{at}"


def _as_stated(source: str, ncv: float, unit: str, reference: str | None) -> str:
    """Return the source with the figure as it was stated, where that was converted."""
    if _factor(unit, reference) == 1:
        return source
    kcal = ", 1 kcal = 4.1868 kJ" if "kcal" in unit.casefold() else ""
    return f"{source}{'; ' if source else ''}stated as {_figure(ncv, unit, reference)}{kcal}"


def _check_other_statements(desk: Desk, new: GasQuality) -> None:
    """Refuse a second statement of one instant: which of them holds would be the order of typing."""
    numbers = [
        number
        for number, entry in standing(desk.entries).items()
        if isinstance(entry.body, GasQuality)
        and entry.body.since < new.until
        and new.since < entry.body.until
    ]
    if not numbers:
        return
    if len(numbers) == 1 and next(e for e in desk.entries if e.number == numbers[0]).body == new:
        raise click.UsageError(f"entry {numbers[0]} says so already; nothing written")
    said = ", ".join(map(str, numbers))
    who = f"entry {said} states" if len(numbers) == 1 else f"entries {said} state"
    void = " ".join(map(str, numbers))
    remedy = f"if that is wrong, void first: energy-agent event void {void} --why ..."
    raise click.UsageError(f"{who} the gas of this span, or of part of it; {remedy}")
