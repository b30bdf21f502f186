"""Alerts as results say them against what the ledger has of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analytics.data_alerts import RECENT_MS
from analytics.declared import Declared
from domain.ledger import AlertAction, AlertEntry
from domain.results import Alert, AlertState

_BY_PEOPLE = (AlertAction.ACKNOWLEDGED, AlertAction.CLOSED)


def gone(alerts: Sequence[Alert], declared: Declared, *, now: int) -> Iterator[AlertEntry]:
    """Give an end for each alert that was raised and is no longer said: a device answers again."""
    said = {alert.id for alert in alerts}
    for alert, steps in declared.alerts.items():
        own = [step for step in steps if step.action in (AlertAction.RAISED, AlertAction.RECOVERED)]
        if alert not in said and own and own[-1].action is AlertAction.RAISED:
            yield AlertEntry(alert=alert, action=AlertAction.RECOVERED, at=now, subject=own[-1].subject)


def news_of(alerts: Sequence[Alert], declared: Declared) -> Iterator[tuple[Alert, AlertEntry]]:
    """Give what the ledger does not have yet: alerts that were raised, and those that have recovered."""
    for alert in alerts:
        steps = [step.action for step in declared.alerts.get(alert.id, ())]
        if AlertAction.RAISED not in steps:
            yield alert, _entry(alert, AlertAction.RAISED, alert.detected)
        own = [step for step in steps if step in (AlertAction.RAISED, AlertAction.RECOVERED)]
        if alert.state is AlertState.RECOVERED and (not own or own[-1] is AlertAction.RAISED):
            yield alert, _entry(alert, AlertAction.RECOVERED, alert.until or alert.detected)
        elif alert.state is AlertState.OPEN and own and own[-1] is AlertAction.RECOVERED:
            yield alert, _entry(alert, AlertAction.RAISED, alert.detected)


def last_actions(declared: Declared) -> Mapping[str, AlertAction]:
    """Return what people did last about each alert that they touched."""
    found: dict[str, AlertAction] = {}
    for alert, steps in declared.alerts.items():
        for step in steps:
            if step.action in _BY_PEOPLE:
                found[alert] = step.action
    return found


def recent(alerts: Sequence[Alert], *, now: int) -> list[Alert]:
    """Return the alerts that are open, or were not long ago."""
    return [
        alert
        for alert in alerts
        if alert.state is AlertState.OPEN or (alert.until or alert.detected) >= now - RECENT_MS
    ]


def _entry(alert: Alert, action: AlertAction, at: int) -> AlertEntry:
    return AlertEntry(alert=alert.id, action=action, at=at, subject=alert.subject, facts=dict(alert.facts))
