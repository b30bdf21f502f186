"""What each form means: its fields read, what is recorded, and where its answer is shown."""

from __future__ import annotations

from urllib.parse import quote

from dashboard import typed
from dashboard.carbon_deeds import CARBON_DEEDS
from dashboard.deed import Deed, Work, required
from dashboard.page import Asked
from dashboard.source import Source
from dashboard.typed import Fault
from dashboard.views import alerts, baselines, declare
from dashboard.views.form import FormFault


def _alert(source: Source, asked: Asked) -> Work:
    name, who = asked.query.get("alert", ""), asked.reader.name
    if not any(each.id == name for each in source.alerts()):
        raise alerts.missing(asked)
    onward = f"/alerts/{quote(name, safe='')}"
    if asked.query.get("do") == "close":
        cause, why = required(asked, "cause"), required(asked, "why")
        is_permanent = asked.query.get("is_permanent") == "yes"
        return Work(
            action="alert.close",
            subject=name,
            record=lambda: source.close_alert(name, cause=cause, who=who, why=why, is_permanent=is_permanent),
            onward=onward,
            done="close",
        )
    why = required(asked, "why")
    return Work(
        action="alert.acknowledge",
        subject=name,
        record=lambda: source.acknowledge(name, who=who, why=why),
        onward=onward,
        done="acknowledge",
    )


def _alert_again(source: Source, asked: Asked, fault: FormFault) -> object:
    if asked.query.get("do") == "close":
        return alerts.build_one(source, asked, close=fault)
    return alerts.build_one(source, asked, acknowledge=fault)


def _exchange(source: Source, asked: Asked) -> Work:
    words, query = asked.words, asked.query
    point = _chosen(asked, "point", [each.id for each in asked.plant.points if each.is_counter])
    at = typed.instant(query.get("at", ""), "at", words)
    old_final = typed.number(query.get("old_final", ""), "old_final", words)
    new_start = typed.number(query.get("new_start", ""), "new_start", words)
    certificate, why = typed.plain(query.get("certificate", "")), required(asked, "why")
    return Work(
        action="ledger.exchange",
        subject=point,
        record=lambda: source.declare_exchange(
            point,
            at=at,
            old_final=old_final,
            new_start=new_start,
            certificate=certificate,
            who=asked.reader.name,
            why=why,
        ),
        onward="/declare/exchange",
        done="exchange",
    )


def _production(source: Source, asked: Asked) -> Work:
    words, query = asked.words, asked.query
    process = _chosen(asked, "process", [each.id for each in asked.plant.processes])
    since = typed.instant(query.get("since", ""), "since", words)
    until = typed.instant(query.get("until", ""), "until", words)
    quantity = typed.number(query.get("quantity", ""), "quantity", words)
    unit, why = required(asked, "unit"), required(asked, "why")
    return Work(
        action="ledger.production",
        subject=process,
        record=lambda: source.state_production(
            process, since=since, until=until, quantity=quantity, unit=unit, who=asked.reader.name, why=why
        ),
        onward="/declare/production",
        done="production",
    )


def _fit(source: Source, asked: Asked) -> Work:
    words, query = asked.words, asked.query
    process = _chosen(asked, "process", [each.id for each in asked.plant.processes])
    first = typed.day(query.get("first", ""), "first", words)
    last = typed.day(query.get("last", ""), "last", words)
    why = required(asked, "why")
    return Work(
        action="baseline.fit",
        subject=process,
        record=lambda: source.fit_baseline(process, first=first, last=last, who=asked.reader.name, why=why),
        onward="/baselines",
        done="fit",
    )


def _approve(source: Source, asked: Asked) -> Work:
    name, why = asked.query.get("baseline", ""), required(asked, "why")
    valid_from = typed.plain(asked.query.get("valid_from", ""))
    if valid_from and len(valid_from) > len("2026-03-01"):
        valid_from = typed.instant(valid_from, "valid_from", asked.words)
    elif valid_from:
        valid_from = typed.day(valid_from, "valid_from", asked.words).isoformat()
    return Work(
        action="baseline.approve",
        subject=name,
        record=lambda: source.approve_baseline(name, valid_from=valid_from, who=asked.reader.name, why=why),
        onward="/baselines",
        done="approve",
    )


def _chosen(asked: Asked, field: str, known: list[str]) -> str:
    """Return what was chosen of a list; Fault for anything else."""
    value = asked.query.get(field, "")
    if value not in known:
        raise Fault(field, asked.words("nothing is chosen"), asked.words("choose one of the list"))
    return value


DEEDS = (
    Deed(page=alerts.ONE, role="operator", read=_alert, view=_alert_again),
    Deed(page=declare.EXCHANGE, role="operator", read=_exchange, view=declare.exchange),
    Deed(page=declare.PRODUCTION, role="operator", read=_production, view=declare.production),
    Deed(page=baselines.FIT, role="operator", read=_fit, view=baselines.fit),
    Deed(page=baselines.APPROVE, role="admin", read=_approve, view=baselines.approve),
    *CARBON_DEEDS,
)
