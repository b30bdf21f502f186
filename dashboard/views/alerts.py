"""What to do, in what order: every alert with its size, its evidence and what people did about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dashboard.numbers import NBSP, Quantity
from dashboard.page import Asked, BadRequest, NotHere
from dashboard.pages import PageSpec
from dashboard.said import Sentence, of_alert, thing, variable_name
from dashboard.source import Source
from dashboard.views.alert_evidence import Evidence, evidence
from dashboard.views.form import Form, FormFault, entries_done, form_of
from domain.declared import AlertPicture, Step
from domain.findings import Severity
from domain.results import Alert, AlertKind, Suspect

_WITH_CHART = 3
"""So many alerts of the list show their evidence at once; each page of one shows its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """How large something is, in words and figures."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """What somebody did about an alert."""

    at: str
    who: str
    action: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertItem:
    """One alert."""

    id: str
    url: str
    prefix: str
    """Of ids in its charts."""
    level: str
    """alarm, warning or stale: the look of its priority."""
    priority: str
    sentence: Sentence
    state: str
    state_word: str
    is_waiting: bool
    is_drift: bool
    since: str
    facts: tuple[Fact, ...]
    suspects: tuple[str, ...]
    steps: tuple[StepLine, ...]
    evidence: Evidence | None
    why: str
    """Address of what its figures rest on."""
    exchange: str
    """Address of the form that settles it; empty where no meter event does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsView:
    """The page of all."""

    headline: str
    items: tuple[AlertItem, ...]
    is_all: bool
    others: int
    """Not shown: closed, recovered or past."""
    needs: str
    """The role that the reader lacks to take alerts over; empty: they may."""
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """The page of one."""

    item: AlertItem
    acknowledge: Form | None
    """None: taken over, or not waiting."""
    close: Form | None
    done: str
    """What was just done, in words; empty for nothing."""


def build(source: Source, asked: Asked) -> AlertsView:
    """Return the page of all alerts."""
    shown = asked.query.get("show", "open")
    if shown not in ("open", "all"):
        raise BadRequest("show", f"{shown!r} is neither open nor all", "choose one of them")
    pictures = source.alerts()
    chosen = [each for each in pictures if shown == "all" or each.is_waiting]
    chosen.sort(key=lambda each: not each.is_waiting)  # stable: the agent's order within both
    waiting = sum(each.is_waiting for each in pictures)
    items = tuple(
        item_of(each, source, asked, prefix=f"a{k}", has_chart=k < _WITH_CHART and each.is_waiting)
        for k, each in enumerate(chosen)
    )
    return AlertsView(
        headline=_headline(pictures, waiting, asked),
        items=items,
        is_all=shown == "all",
        others=len(pictures) - waiting,
        needs=form_of(asked, {}, role="operator").needs,
        part=f"/part/alerts/list?show={shown}",
    )


def build_one(
    source: Source, asked: Asked, *, acknowledge: FormFault | None = None, close: FormFault | None = None
) -> AlertView:
    """Return the page of one alert; a fault is of what was just sent."""
    name = asked.query.get("alert", "")
    found = next((each for each in source.alerts() if each.id == name), None)
    if found is None:
        raise missing(asked)
    item = item_of(found, source, asked, prefix="a", has_chart=True)
    words, entries = asked.words, entries_done(asked)
    done = {
        "acknowledge": words("You have taken this alert over (ledger entry %(entries)s).", entries=entries),
        "close": words("The alert is closed (ledger entry %(entries)s).", entries=entries),
    }.get(asked.query.get("done", ""), "")
    sent = asked.query.get("do", "")
    blank = {"why": ""} if sent != "acknowledge" else {"why": asked.query.get("why", "")}
    closing = {"cause": "", "why": "", "is_permanent": ""}
    if sent == "close":
        closing = {field: asked.query.get(field, "") for field in closing}
    return AlertView(
        item=item,
        acknowledge=_form(asked, blank, acknowledge) if found.state == "open" else None,
        close=_form(asked, closing, close) if found.is_waiting else None,
        done=done,
    )


def missing(asked: Asked) -> NotHere:
    """Return that there is no such alert."""
    name = asked.query.get("alert", "")
    return NotHere("alert", f"there is no alert {name!r}", "look at the list of alerts")


def _form(asked: Asked, typed: dict[str, str], fault: FormFault | None) -> Form:
    needs = form_of(asked, {}, role="operator").needs
    return Form(typed=typed, fault=fault, needs=needs)


def _headline(pictures: Sequence[AlertPicture], waiting: int, asked: Asked) -> str:
    words = asked.words
    if not pictures:
        return words("No alert yet: alerts come from readings, and drifts need an approved baseline.")
    if not waiting:
        return words("Nothing waits.")
    first = next(each for each in pictures if each.is_waiting)
    said = _sentence(first, asked)
    return words.plural(
        "%(num)s alert waits. First: %(first)s",
        "%(num)s alerts wait. First: %(first)s",
        waiting,
        first=said.text,
    )


def item_of(
    picture: AlertPicture, source: Source, asked: Asked, *, prefix: str, has_chart: bool
) -> AlertItem:
    """Return one alert in the reader's words."""
    alert = picture.alert
    level, priority = priority_of(alert, asked)
    return AlertItem(
        id=picture.id,
        url=f"/alerts/{quote(picture.id, safe='')}",
        prefix=prefix,
        level=level if picture.is_waiting else "stale",
        priority=priority,
        sentence=_sentence(picture, asked),
        state=picture.state,
        state_word=_state_word(picture.state, asked),
        is_waiting=picture.is_waiting,
        is_drift=alert is not None and alert.kind is AlertKind.DRIFT,
        since=_since(picture, asked),
        facts=tuple(_facts(picture, asked)),
        suspects=tuple(suspect_text(each, asked) for each in alert.suspects) if alert is not None else (),
        steps=tuple(_step(each, asked) for each in picture.steps),
        evidence=evidence(alert, source, asked, prefix) if alert is not None and has_chart else None,
        why=f"/why/alert/{quote(picture.id, safe='')}",
        exchange=exchange_form(alert.code, alert.subject, alert.since, asked) if alert is not None else "",
    )


def exchange_form(code: str, subject: str, since: int | None, asked: Asked) -> str:
    """Return the address of the form that settles a doubt about a counter; empty for another doubt."""
    if code not in ("counter.reset_undeclared", "counter.event_unfit", "counter.wraps_unknown"):
        return ""
    at = asked.numbers.instant(since).replace(" ", "T") if since is not None else None
    return asked.url("/declare/exchange", point=subject, at=at)


def priority_of(alert: Alert | None, asked: Asked) -> tuple[str, str]:
    """Return how an alert's priority looks and what it is called."""
    words = asked.words
    severity = alert.severity if alert is not None else Severity.INFO
    return {
        Severity.ERROR: ("alarm", words("high")),
        Severity.WARNING: ("warning", words("medium")),
        Severity.INFO: ("stale", words("low")),
    }[severity]


def _sentence(picture: AlertPicture, asked: Asked) -> Sentence:
    if picture.alert is not None:
        return of_alert(picture.alert, asked)
    text = asked.words("%(thing)s: the figures no longer say it.", thing=thing(picture.subject, asked))
    return Sentence(text=text, remedy="")


def _state_word(state: str, asked: Asked) -> str:
    words = asked.words
    return {
        "open": words("open"),
        "acknowledged": words("taken over"),
        "closed": words("closed"),
        "recovered": words("over by itself"),
        "past": words("no longer so"),
    }[state]


def _since(picture: AlertPicture, asked: Asked) -> str:
    words, numbers, alert = asked.words, asked.numbers, picture.alert
    if alert is None:
        first = picture.steps[0].at if picture.steps else None
        return words("first noted %(at)s", at=numbers.instant(first)) if first is not None else ""
    written = numbers.day if alert.kind is AlertKind.DRIFT else numbers.instant
    if alert.until is not None:
        return words("%(since)s to %(until)s", since=written(alert.since), until=written(alert.until))
    age = numbers.age(asked.now - alert.since)
    return words("since %(since)s (%(age)s)", since=written(alert.since), age=age)


def _facts(picture: AlertPicture, asked: Asked) -> list[Fact]:
    alert = picture.alert
    if alert is None or alert.kind is not AlertKind.DRIFT:
        return []
    words, numbers = asked.words, asked.numbers

    def figure(name: str) -> float | None:
        value = alert.facts.get(name)
        return float(value) if isinstance(value, int | float) else None

    def share(name: str) -> str:
        value = figure(name)
        return numbers.percent(None if value is None else value / 100.0, sign=True)

    size = words(
        "%(shift)s against the level before (90 %% interval %(low)s to %(high)s)",
        shift=share("shift_percent"),
        low=share("shift_percent_low"),
        high=share("shift_percent_high"),
    )
    found = [Fact(name=words("How large"), text=size)]
    per_day = numbers.quantity(picture.nm3_per_day, Quantity.GAS, sign=True)
    so_far = numbers.quantity(figure("excess_nm3"), Quantity.GAS, sign=True)
    gas = words("%(per_day)s a day, %(so_far)s so far", per_day=per_day, so_far=so_far)
    found.append(Fact(name=words("Gas, against the level before"), text=gas))
    cost = words("No gas price is known: state price_per_nm3 in the plant file")
    if picture.cost_per_day is not None:
        currency = str(alert.facts.get("currency", ""))
        cost = words(
            "%(per_day)s a day, %(so_far)s so far",
            per_day=f"{numbers.number(picture.cost_per_day, sign=True)}{NBSP}{currency}",
            so_far=f"{numbers.number(figure('cost'), sign=True)}{NBSP}{currency}",
        )
    found.append(Fact(name=words("Cost"), text=cost))
    if figure("probability") is not None:
        found.append(Fact(name=words("Probability"), text=numbers.percent(figure("probability"))))
    return found


def suspect_text(suspect: Suspect, asked: Asked) -> str:
    """Return which variable moved, from what to what."""
    words, numbers = asked.words, asked.numbers
    name = variable_name(suspect.variable, asked)
    if suspect.variable.startswith("meter."):
        return words(
            "%(name)s: in %(before)s of the rows before, %(after)s since",
            name=name,
            before=numbers.percent(suspect.before, 0),
            after=numbers.percent(suspect.after, 0),
        )
    return words(
        "%(name)s: %(before)s before, %(after)s since (%(deviations)s standard deviations)",
        name=name,
        before=numbers.number(suspect.before, 1),
        after=numbers.number(suspect.after, 1),
        deviations=numbers.number(suspect.deviations, 1, sign=True),
    )


def _step(step: Step, asked: Asked) -> StepLine:
    words = asked.words
    action = {
        "raised": words("noticed"),
        "acknowledged": words("taken over"),
        "closed": words("closed"),
        "recovered": words("over by itself"),
    }.get(step.action, step.action)
    if step.cause:
        action = words("%(action)s, cause: %(cause)s", action=action, cause=step.cause)
    why = "" if step.action in ("raised", "recovered") else step.why
    return StepLine(at=asked.numbers.instant(step.at), who=step.who, action=action, why=why)


PAGE = PageSpec(
    name="alerts", path="/alerts", title="Alerts", template="alerts.html", view=build, parts=("list",),
    in_nav=True,
)  # fmt: skip
ONE = PageSpec(
    name="alert", path="/alerts/{alert:path}", title="Alert", template="alert.html", view=build_one
)
