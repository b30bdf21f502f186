"""What a person records through the page: the command line's own checks, said by the form's field names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import click

from agent.alerts import Adjustment, Known, acknowledging, closing, known_alerts, named
from agent.baselines import approval, fitting
from agent.declaring import process_named
from agent.events import meter_event, production
from agent.ledger import Desk
from agent.options import LONGEST_TEXT
from agent.page_parts import Parts
from domain.declared import Refused
from domain.errors import StoreRejected
from domain.ledger import Body, MeterEventKind
from domain.results import AlertKind
from storage.ledger import LedgerMoved

_TRIES = 5
_LONGEST_NAME = 100
_CODE = re.compile(r" \[(?P<code>[a-z_]+\.[a-z_]+)\]$")
_FIELD_OF_CODE = {
    "production.empty_span": "until",
    "production.too_old": "since",
    "production.too_far": "until",
    "production.future": "until",
    "production.overlap": "since",
    "production.wrong_unit": "unit",
}
"""Code of a refused statement -> field; all others are about the quantity."""


def acknowledge(parts: Parts, alert: str, *, who: str, why: str) -> tuple[int, ...]:
    """Take an alert over."""
    return recorded(
        parts, lambda desk: [acknowledging(_named(parts, alert, desk), desk)], who=who, why=why,
        otherwise="alert", names={"ID": "alert"},
    )  # fmt: skip


def close_alert(
    parts: Parts, alert: str, *, cause: str, who: str, why: str, is_permanent: bool
) -> tuple[int, ...]:
    """Close an alert with its cause."""
    cause = clean(cause, "cause", "say what it was: burner, product, leak, meter, weather")

    def bodies(desk: Desk) -> Sequence[Body]:
        known = _named(parts, alert, desk)
        is_drift = known.alert is not None and known.alert.kind is AlertKind.DRIFT
        if is_permanent and not is_drift:
            hint = "close it without; only a drift has a level that can be the new normal"
            raise Refused("is_permanent", "this alert is no drift", hint)
        return closing(known, desk, cause=cause, is_permanent=is_permanent, adjustment=Adjustment())

    return recorded(parts, bodies, who=who, why=why, otherwise="alert", names={"ID": "alert"})


def _named(parts: Parts, alert: str, desk: Desk) -> Known:
    return named(known_alerts(parts.alerts(), desk), alert)


def declare_exchange(
    parts: Parts,
    point: str,
    *,
    at: str,
    old_final: float,
    new_start: float,
    certificate: str,
    who: str,
    why: str,
) -> tuple[int, ...]:
    """Declare that a meter was exchanged."""
    certificate = clean(certificate, "certificate", "", may_be_empty=True)

    def bodies(desk: Desk) -> Sequence[Body]:
        return [
            meter_event(
                desk, MeterEventKind.EXCHANGE, point, at,
                old_final=old_final, new_start=new_start, certificate=certificate,
            )
        ]  # fmt: skip

    for name, index in (("old_final", old_final), ("new_start", new_start)):
        _check_number(index, name)
    return recorded(parts, bodies, who=who, why=why, otherwise="at")


def state_production(
    parts: Parts, process: str, *, since: str, until: str, quantity: float, unit: str, who: str, why: str
) -> tuple[int, ...]:
    """State output of a process over [since, until)."""

    def bodies(desk: Desk) -> Sequence[Body]:
        return [
            production(
                desk, process, since=since, until=until, quantity=f"{quantity:.15g}",
                unit=unit.strip() or None, product="", is_plan=False,
            )
        ]  # fmt: skip

    _check_number(quantity, "quantity")
    return recorded(parts, bodies, who=who, why=why, otherwise="quantity")


def fit_baseline(
    parts: Parts, process: str, *, first: date, last: date, who: str, why: str
) -> tuple[int, ...]:
    """Fit a baseline over whole days, both included, and record it."""
    desk = parts.desk()
    with _translated("process", {}):
        name = process_named(desk.loaded.plant, process).id
    if last < first:
        raise Refused("last", f"{last} is before the first day, {first}", "turn them round")
    since, until = (desk.calendar.day_start(day) for day in (first, last + timedelta(days=1)))
    if until > desk.now:
        raise Refused("last", f"{last} is not over", "end with yesterday at the latest")
    why = why.strip() or f"fitted to {first} - {last}"
    found, findings = parts.analysis.fit(name, since, until)
    if found is None:
        problem, hint = (findings[0].problem, findings[0].remedy) if findings else ("there is none", "")
        raise Refused("first", problem, hint or "take another period")
    return recorded(parts, lambda at: fitting(at, found), who=who, why=why, otherwise="first")


def approve_baseline(parts: Parts, baseline: str, *, valid_from: str, who: str, why: str) -> tuple[int, ...]:
    """Hold the process against a baseline from an instant on."""
    return recorded(
        parts,
        lambda desk: [approval(desk, baseline, since=valid_from.strip() or None, despite_gates=False)],
        who=who, why=why, otherwise="baseline", names={"ID": "baseline", "--from": "valid_from"},
    )  # fmt: skip


def recorded(
    parts: Parts,
    make: Callable[[Desk], Sequence[Body]],
    *,
    who: str,
    why: str,
    otherwise: str,
    names: dict[str, str] | None = None,
    may_be_silent: bool = False,
) -> tuple[int, ...]:
    """Check and record; both again when somebody else recorded something in between."""
    who = clean(who, "who", "name who declares it", longest=_LONGEST_NAME)
    why = clean(why, "why", "say why: it is what a verifier will read", may_be_empty=may_be_silent)
    with _translated(otherwise, names or {}):
        for left in reversed(range(_TRIES)):
            desk = parts.desk()
            bodies = make(desk)
            try:
                added = parts.ledger.add(bodies, who=who, why=why, at=desk.now, seen=len(desk.entries))
                return tuple(each.number for each in added)
            except LedgerMoved:
                if not left:
                    raise
    raise AssertionError("not reached")


@contextmanager
def _translated(otherwise: str, names: dict[str, str]) -> Iterator[None]:
    """Turn what a command would print into a refusal that names the form's field."""
    try:
        yield
    except click.UsageError as error:
        text = _CODE.sub("", error.message)
        code = _CODE.search(error.message)
        field = _FIELD_OF_CODE.get(code["code"], otherwise) if code else otherwise
        if isinstance(error, click.BadParameter) and isinstance(error.param_hint, str):
            hint = error.param_hint
            field = names.get(hint, hint.lstrip("-").replace("-", "_").lower())
        problem, _, remedy = text.partition("; ")
        raise Refused(field, problem, remedy or "correct this field") from error
    except StoreRejected as error:
        raise Refused(otherwise, f"{error.subject}: {error.problem}", error.hint) from error


def clean(
    text: str, field: str, hint: str, *, longest: int = LONGEST_TEXT, may_be_empty: bool = False
) -> str:
    """Return text as one line, as the ledger shows it; what it cannot hold is refused."""
    text = " ".join(text.split())
    if not text and not may_be_empty:
        raise Refused(field, "is empty", hint)
    if len(text) > longest:
        raise Refused(field, f"has {len(text):,} characters", f"write at most {longest:,}")
    if not text.isprintable():
        raise Refused(field, "holds what cannot be printed", "write plain text")
    return text


def _check_number(value: float, field: str) -> None:
    if not math.isfinite(value):
        raise Refused(field, f"{value} is no number", "write a number such as 1234.5")
