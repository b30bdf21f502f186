"""Alerts with what people did about them, and what may be recorded about one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from agent.ledger import Desk, standing
from config.codes import shown, suggest
from domain.ledger import AlertAction, AlertEntry, Body, Entry, StaticFactor
from domain.results import Alert, AlertKind, AlertState

_STEPS_OF_PEOPLE = (AlertAction.ACKNOWLEDGED, AlertAction.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An alert of the results, of the ledger, or of both."""

    id: str
    alert: Alert | None
    """None: the figures no longer say it."""
    steps: Sequence[Entry]
    """Of the ledger, oldest first; bodies are AlertEntry."""
    adjustments: Sequence[Entry] = ()
    """Static factors that it was closed with."""

    @property
    def state(self) -> str:
        """Return open, acknowledged, closed, recovered or past."""
        last = self.last_of_people
        if last is not None and action_of(last) is AlertAction.CLOSED:
            return "closed"
        if self.alert is None:
            return "past"
        if self.alert.state is AlertState.RECOVERED:
            return "recovered"
        return "open" if last is None else "acknowledged"

    @property
    def last_of_people(self) -> Entry | None:
        """Return what a person did last; None when nobody did anything."""
        return next((each for each in reversed(self.steps) if action_of(each) in _STEPS_OF_PEOPLE), None)

    @property
    def is_waiting(self) -> bool:
        """Say whether it is open by the data and nobody has closed it."""
        return self.state in ("open", "acknowledged")

    @property
    def subject(self) -> str:
        """Return what it is about."""
        return self.alert.subject if self.alert is not None else step_of(self.steps[0]).subject


def step_of(entry: Entry) -> AlertEntry:
    """Return the step that an entry of an alert tells."""
    assert isinstance(entry.body, AlertEntry)
    return entry.body


def action_of(entry: Entry) -> AlertAction:
    """Return what was done."""
    return step_of(entry).action


def known_alerts(alerts: Sequence[Alert], desk: Desk) -> tuple[Known, ...]:
    """Return every alert, by the instant it began; those of the ledger alone by their first entry."""
    steps: dict[str, list[Entry]] = {}
    adjustments: dict[str, list[Entry]] = {}
    for entry in standing(desk.entries).values():
        if isinstance(entry.body, AlertEntry):
            steps.setdefault(entry.body.alert, []).append(entry)
        elif isinstance(entry.body, StaticFactor):
            adjustments.setdefault(entry.body.alert, []).append(entry)
    by_id = {alert.id: alert for alert in alerts}
    found = [
        Known(
            id=name,
            alert=by_id.get(name),
            steps=tuple(steps.get(name, ())),
            adjustments=tuple(adjustments.get(name, ())),
        )
        for name in dict.fromkeys([*by_id, *steps])
    ]
    return tuple(sorted(found, key=lambda each: (_begin(each), each.id)))


def _begin(known: Known) -> int:
    return known.alert.since if known.alert is not None else step_of(known.steps[0]).at


def named(found: Sequence[Known], name: str) -> Known:
    """Return an alert by its id; a usage error suggests near ones."""
    by_id = {each.id: each for each in found}
    if name in by_id:
        return by_id[name]
    begins = [each for each in by_id if name and each.startswith(name)]
    if len(begins) == 1:
        remedy = f"did you mean {begins[0]!r}?"
    elif by_id:
        remedy = suggest(name, begins or by_id)
    else:
        remedy = "there is no alert"
    raise click.BadParameter(f"{shown(name)} is not the id of an alert; {remedy}", param_hint="ID")


def acknowledging(known: Known, desk: Desk) -> AlertEntry:
    """Return what records that somebody looks after an alert."""
    last = known.last_of_people
    if last is not None:
        problem = f"{last.who} has {action_of(last).value} it on {desk.local(last.at)}, entry {last.number}"
        raise click.UsageError(f"{problem}; nothing written")
    return _step(known, AlertAction.ACKNOWLEDGED, desk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """How closing an alert changes what its process is expected to burn."""

    percent: float | None = None
    nm3_per_day: float | None = None
    approver: str = ""

    @property
    def is_none(self) -> bool:
        """Say whether nothing is adjusted."""
        return self.percent is None and self.nm3_per_day is None


def closing(
    known: Known, desk: Desk, *, cause: str, is_permanent: bool, adjustment: Adjustment
) -> Sequence[Body]:
    """Return what records that an alert is closed, with the adjustment of the baseline it justifies."""
    last = known.last_of_people
    if last is not None and action_of(last) is AlertAction.CLOSED:
        problem = f"{last.who} closed it on {desk.local(last.at)}: {step_of(last).cause}"
        numbers = " ".join(str(each.number) for each in (last, *known.adjustments))
        remedy = f"to close it otherwise, void that first: energy-agent event void {numbers} --why ..."
        raise click.UsageError(f"{problem}; {remedy}")
    is_drift = known.alert is not None and known.alert.kind is AlertKind.DRIFT
    if is_permanent and not is_drift:
        raise click.UsageError(
            "--permanent goes with a drift: only there is a level that can be the new normal"
        )
    step = _step(known, AlertAction.CLOSED, desk, cause=cause, is_permanent=is_permanent)
    factor = _factor(known, desk, cause, adjustment)
    return (step,) if factor is None else (step, factor)


def _factor(known: Known, desk: Desk, cause: str, adjustment: Adjustment) -> StaticFactor | None:
    if adjustment.is_none:
        if adjustment.approver:
            raise click.UsageError(
                "--approver goes with an adjustment: --adjust-percent or --adjust-nm3-per-day"
            )
        return None
    if adjustment.percent is not None and adjustment.nm3_per_day is not None:
        raise click.UsageError("give --adjust-percent or --adjust-nm3-per-day, not both")
    processes = [process.id for process in desk.loaded.plant.processes]
    if known.alert is None or known.alert.kind is not AlertKind.DRIFT or known.subject not in processes:
        raise click.UsageError("an adjustment of the baseline goes with a drift of a process; this is none")
    if not adjustment.approver:
        raise click.UsageError("an adjustment of the baseline needs --approver: who approved it")
    percent, per_day = adjustment.percent or 0.0, adjustment.nm3_per_day or 0.0
    if not (percent or per_day):
        raise click.UsageError("an adjustment of 0 changes nothing; leave it out")
    if not -100.0 < percent <= 100.0:
        problem = f"{percent:.15g} is not between -100 and 100; 5 means 5 % more gas expected"
        raise click.BadParameter(problem, param_hint="--adjust-percent")
    return StaticFactor(
        process=known.subject,
        since=known.alert.since,
        what=cause,
        share=percent / 100.0,
        nm3_per_day=per_day,
        approver=adjustment.approver,
        alert=known.id,
    )


def _step(
    known: Known, action: AlertAction, desk: Desk, *, cause: str = "", is_permanent: bool = False
) -> AlertEntry:
    facts: Mapping[str, float | str] = (
        known.alert.facts if known.alert is not None else step_of(known.steps[-1]).facts
    )
    return AlertEntry(
        alert=known.id,
        action=action,
        at=desk.now,
        subject=known.subject,
        cause=cause,
        is_permanent=is_permanent,
        facts=dict(facts),
    )
