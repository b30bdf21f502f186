"""Alerts in the reader's language: how urgent, what, since when, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from dashboard.numbers import NBSP, Quantity
from dashboard.page import Asked
from dashboard.said import Sentence, of_alert
from dashboard.views.alerts import priority_of
from dashboard.views.figure import Figure
from domain.declared import AlertPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert in a list."""

    id: str
    state: str
    """alarm, warning, stale: the colour of `urgency`."""
    urgency: str
    title: Sentence
    details: tuple[str, ...]
    href: str


def alert_href(alert: str) -> str:
    """Return where an alert is shown with all that speaks for it."""
    return f"/alerts/{quote(alert, safe='')}"


def drift_size(picture: AlertPicture, asked: Asked) -> Figure:
    """Return the size of a drift, without a sign: `3.1 %`."""
    share = picture.alert.facts.get("shift_percent") if picture.alert is not None else None
    value = abs(float(share)) / 100.0 if isinstance(share, int | float) else None
    return Figure(asked.numbers.percent(value), alert_href(picture.id) if value is not None else "")


def alert_title(picture: AlertPicture, asked: Asked) -> Sentence:
    """Return what an alert is about; where the figures no longer say it, its subject."""
    if picture.alert is None:
        return Sentence(text=asked.name_of(picture.subject), remedy="")
    return of_alert(picture.alert, asked)


def alert_line(picture: AlertPicture, asked: Asked) -> AlertLine:
    """Return one line of a list."""
    alert, words, numbers = picture.alert, asked.words, asked.numbers
    state, word = priority_of(alert, asked)
    details = []
    if alert is not None:
        is_today = numbers.day(alert.since) == numbers.day(asked.now)
        since = numbers.clock(alert.since) if is_today else numbers.month_day(alert.since)
        details.append(words("since %(time)s", time=since))
    if picture.nm3_per_day is not None:
        per_day = numbers.quantity(picture.nm3_per_day, Quantity.GAS, sign=True)
        details.append(words("%(amount)s a day", amount=per_day))
    if picture.cost_per_day is not None:
        cost = f"{numbers.number(picture.cost_per_day)}{NBSP}{_currency(picture)}"
        details.append(words("%(amount)s a day", amount=cost))
    if picture.state == "acknowledged" and picture.steps:
        details.append(words("taken over by %(who)s", who=picture.steps[-1].who))
    return AlertLine(
        id=picture.id,
        state=state,
        urgency=word,
        title=alert_title(picture, asked),
        details=tuple(details),
        href=alert_href(picture.id),
    )


def _currency(picture: AlertPicture) -> str:
    """Return the currency of an alert's cost."""
    return str(picture.alert.facts.get("currency", "")) if picture.alert is not None else ""
