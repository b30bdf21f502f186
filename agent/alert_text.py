"""An alert as a person reads it on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.alerts import Known, action_of, step_of
from agent.figure_text import number
from agent.ledger import Desk
from agent.ledger_text import summary
from domain.ledger import AlertAction, Entry
from domain.results import Alert

_TOLD = frozenset({"currency", "cost", "cost_per_day", "since", "accepted", "ewma_agrees"})


def short(known: Known, desk: Desk) -> Iterator[str]:
    """Give the lines of an alert in a list."""
    alert = known.alert
    if alert is None:
        yield f"{known.id}  {known.state}"
        yield f"  {_said(known.steps[0], desk)}"
    else:
        yield f"{known.id}  {known.state}  {alert.severity.value}"
        yield f"  {_span(alert, desk)}  {_about(alert, size(alert) or alert.problem)}"
        if alert.suspects:
            yield f"  moved with it: {_suspects(alert)}"
    last = known.last_of_people
    if last is not None:
        yield f"  {_done(last, desk)}"


def full(known: Known, desk: Desk) -> Iterator[str]:
    """Give the lines of one alert with everything that is known of it."""
    alert = known.alert
    yield f"{known.id}  {known.state}" + (f"  {alert.severity.value}" if alert is not None else "")
    if alert is not None:
        yield f"  {_span(alert, desk)}, noticed {desk.local(alert.detected)}"
        yield f"  {_about(alert, alert.problem)}"
        yield f"  do: {alert.remedy}"
        for suspect in alert.suspects:
            yield (
                f"  moved with it: {suspect.variable} {suspect.before:.4g} before, {suspect.after:.4g} since "
                f"({suspect.deviations:+.1f} standard deviations)"
            )
        facts = [f"{name} {_fact(value)}" for name, value in alert.facts.items() if name not in _TOLD]
        if facts:
            yield f"  figures: {', '.join(facts)}"
    else:
        yield f"  {_said(known.steps[0], desk)}"
    for entry in known.steps:
        yield f"  entry {entry.number}: {_done(entry, desk)}"
    for entry in known.adjustments:
        yield f"  entry {entry.number}: {summary(entry.body, desk)}"


def size(alert: Alert) -> str:
    """Return how large a drift is and what it costs; "" for an alert of another kind."""
    facts = alert.facts
    if "shift_percent" not in facts:
        return ""
    low, high = _figure(facts, "shift_percent_low"), _figure(facts, "shift_percent_high")
    parts = [f"{_figure(facts, 'shift_percent'):+.1f} % gas for the same work ({low:+.1f} to {high:+.1f} %)"]
    if "excess_nm3" in facts:
        parts.append(f"{_figure(facts, 'excess_nm3'):+,.0f} Nm3 so far")
    if "cost" in facts:
        parts.append(f"{_figure(facts, 'cost'):+,.0f} {facts.get('currency', '')}".rstrip())
    return ", ".join(parts)


def as_data(known: Known) -> Mapping[str, object]:
    """Return an alert as plain data."""
    return {
        "id": known.id,
        "state": known.state,
        "alert": known.alert,
        "steps": [
            {
                "entry": entry.number,
                "at": entry.at,
                "who": entry.who,
                "why": entry.why,
                "action": step_of(entry).action,
                "cause": step_of(entry).cause,
                "is_permanent": step_of(entry).is_permanent,
            }
            for entry in known.steps
        ],
        "adjustments": [{"entry": entry.number, "factor": entry.body} for entry in known.adjustments],
    }


def _span(alert: Alert, desk: Desk) -> str:
    until = "" if alert.until is None else f" until {desk.local(alert.until)}"
    return f"since {desk.local(alert.since)}{until}"


def _said(first: Entry, desk: Desk) -> str:
    return f"said on {desk.local(first.at)}, no longer by the figures: {first.why}"


def _about(alert: Alert, text: str) -> str:
    """Return a sentence with what it is about before it, once."""
    return text if text.startswith(alert.subject) else f"{alert.subject}: {text}"


def _suspects(alert: Alert) -> str:
    return ", ".join(f"{each.variable} {each.before:.4g} -> {each.after:.4g}" for each in alert.suspects)


def _done(entry: Entry, desk: Desk) -> str:
    step = step_of(entry)
    why = f': "{entry.why}"' if entry.why else ""
    if action_of(entry) is AlertAction.CLOSED:
        normal = ", as the new normal" if step.is_permanent else ""
        return f"closed by {entry.who} on {desk.local(entry.at)}{normal}, cause: {step.cause}{why}"
    if action_of(entry) in (AlertAction.RAISED, AlertAction.RECOVERED):  # its why is what was said then
        return f"{step.action.value} by {entry.who} on {desk.local(entry.at)}"
    return f"{step.action.value} by {entry.who} on {desk.local(entry.at)}{why}"


def _figure(facts: Mapping[str, float | str], name: str) -> float:
    value = facts.get(name, 0.0)
    return float(value) if not isinstance(value, str) else float("nan")


def _fact(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return number(value) if abs(value) >= 1000 else f"{value:.4g}"
