"""The factors of the ledger: which of them hold today, and everything that was entered under one id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import click

from agent.closing import figures_of
from agent.ledger import Desk, standing
from analytics.declared import declare
from analytics.factor_choice import factor_findings, pick
from config.codes import shown, suggest
from domain.carbon_entries import Closed, EmissionFactor, Restated
from domain.factors import BY_REGION
from domain.ledger import Entry, Voided


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A factor that counts, with what it is today."""

    factor: EmissionFactor
    entry: int
    state: str
    """holds, superseded, ended, later, or unusable with the code of the finding."""
    by: str = ""
    """Id of the one that holds in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything about one id, oldest first."""

    factor: Shelved | None
    """None: every entry of it is void."""
    history: tuple[Entry, ...]
    void: frozenset[int]
    """Numbers of the entries that count no more."""
    closed: tuple[str, ...]
    """Closed periods whose figures used it."""


def factors_of(desk: Desk, day: date | None = None) -> tuple[Shelved, ...]:
    """Return every factor that counts, by use, region and validity; states are those of a day (today)."""
    known = declare(desk.entries, desk.loaded.method).carbon.factors
    day = day or desk.calendar.day_of(desk.now)
    doubts = {finding.key: finding.code for finding in factor_findings(known)}
    found = []
    for each in known:
        body = each.body
        region = body.region if body.use in BY_REGION else ""
        best = pick(known, body.use, day, region=region)
        state = _state(body, day, doubts, is_best=best is not None and best.id == body.id)
        by = best.id if best is not None and state == "superseded" else ""
        found.append(Shelved(factor=body, entry=each.number, state=state, by=by))
    return tuple(
        sorted(
            found, key=lambda each: (each.factor.use, each.factor.region, each.factor.valid_from, each.entry)
        )
    )


def factor_named(desk: Desk, name: str) -> Shown:
    """Return everything about an id; a usage error suggests the near one."""
    history = tuple(
        entry for entry in desk.entries if isinstance(entry.body, EmissionFactor) and entry.body.id == name
    )
    if not history:
        known = {each.body.id for each in desk.entries if isinstance(each.body, EmissionFactor)}
        remedy = suggest(name, known) if known else "enter the shipped ones: energy-agent factor adopt"
        problem = f"{shown(name)} is not the id of a factor in the ledger; {remedy}"
        raise click.BadParameter(problem, param_hint="ID")
    voided = {entry.body.entry for entry in desk.entries if isinstance(entry.body, Voided)}
    return Shown(
        factor=next((each for each in factors_of(desk) if each.factor.id == name), None),
        history=history,
        void=frozenset(entry.number for entry in history if entry.number in voided),
        closed=tuple(_closed_with(desk, name)),
    )


def _state(factor: EmissionFactor, day: date, doubts: Mapping[str, str], *, is_best: bool) -> str:
    if factor.id in doubts:
        return f"unusable: {doubts[factor.id]}"
    if is_best:
        return "holds"
    if day < factor.valid_from:
        return "later"
    if factor.valid_until is not None and factor.valid_until < day:
        return "ended"
    return "superseded"


def _closed_with(desk: Desk, name: str) -> Iterator[str]:
    """Give the closed periods whose standing figures name the factor."""
    standing_now = {
        entry.body.period: entry
        for entry in standing(desk.entries).values()
        if isinstance(entry.body, Closed | Restated)
    }
    for period, entry in sorted(standing_now.items()):
        if any(each.id == name for line in figures_of(entry).lines for each in line.factors):
            yield period
