"""What figures rest on, for the page: readings, windows with their versions, gaps, ledger rows, baselines."""

from __future__ import annotations

import numpy as np

from agent.alerts import Known, action_of, step_of
from agent.baselines import fitted
from agent.ledger import standing
from agent.ledger_text import summary
from agent.page_parts import Parts
from analytics.completeness import completeness_of
from analytics.prepared import Prepared
from domain.codec import words_text
from domain.courses import Amount, Completeness, PointNow, ReadingsPicture, WindowPicture
from domain.declared import AlertPicture, BaselinePicture, EntryPicture, Step
from domain.findings import Severity
from domain.ledger import Entry, MeterEvent, Voided
from domain.plant import Carrier, Point
from domain.reading import Gap
from domain.registers import Register
from domain.windows import Flag, Grade, WindowVersion
from storage.ledger_rows import kind_name

_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def points_now(parts: Parts) -> tuple[PointNow, ...]:
    """Return the newest reading of every point, in the plant's order."""
    newest = parts.store.latest()
    found = []
    for point in parts.loaded.plant.points:
        reading = newest.get(point.id)
        found.append(
            PointNow(
                point=point.id,
                unit=point.unit,
                carrier=point.carrier,
                value=reading.value if reading is not None else None,
                at=reading.at if reading is not None else None,
                quality=reading.quality.code if reading is not None else "",
            )
        )
    return tuple(found)


def completeness(parts: Parts, *, since: int, until: int) -> tuple[Completeness, ...]:
    """Return how much of each production day each device was observed."""
    prepared = _newest(parts)
    return completeness_of(
        parts.loaded.plant,
        parts.analysis.calendar,
        prepared.as_read if prepared is not None else {},
        since=since,
        until=until,
        now=parts.clock.now_ms(),
    )


def amounts(parts: Parts, points: tuple[str, ...], *, since: int, until: int) -> tuple[Amount, ...]:
    """Return what counters showed in [since, until), without a word on each of their windows."""
    known = {each.id: each for each in parts.loaded.plant.points}
    prepared = _newest(parts)
    return tuple(_amount(prepared, known[each], since, until) for each in points)


def _newest(parts: Parts) -> Prepared | None:
    """Return the windows of the last cycle: whatever its figures are of, its windows are all there are."""
    return parts.analysis.recent or parts.analysis.whole


def _amount(prepared: Prepared | None, point: Point, since: int, until: int) -> Amount:
    if prepared is None:
        return Amount(point=point.id, amount=None, unit=point.unit, windows=0, missing=0, is_pending=True)
    if not point.is_counter or point.id not in prepared.as_read:
        return Amount(point=point.id, amount=None, unit=point.unit, windows=0, missing=0)
    found, unit = prepared.windows[point.id].between(since, until).amount, point.unit
    if point.carrier is Carrier.GAS:
        if np.isfinite(found).any():
            unit = "Nm3"
        else:  # without its conditions a volume is as it was read
            found = prepared.as_read[point.id].between(since, until).amount
    is_known = np.isfinite(found)
    return Amount(
        point=point.id,
        amount=float(found[is_known].sum()) if is_known.any() else None,
        unit=unit,
        windows=len(found),
        missing=int(len(found) - is_known.sum()),
    )


def windows(parts: Parts, point: str, *, since: int, until: int) -> tuple[WindowPicture, ...]:
    """Return the windows of a point that begin in [since, until)."""
    prepared = _newest(parts)
    if prepared is None or point not in prepared.as_read:
        return ()
    read = prepared.as_read[point].between(since, until)
    is_gas = any(each.id == point and each.carrier is Carrier.GAS for each in parts.loaded.plant.points)
    in_nm3 = prepared.windows[point].between(since, until).amount.tolist() if is_gas else [None] * len(read)
    counts = parts.store.version_numbers(point, since=since, until=until)
    columns = (read.since, read.until, read.amount, read.grade, read.coverage, read.flags)
    return tuple(
        WindowPicture(
            since=begin,
            until=end,
            amount=_known(amount),
            amount_nm3=_known(nm3),
            grade=Grade(grade),
            coverage=coverage,
            flags=flags,
            versions=0 if flags & Flag.OPEN else counts.get(begin, 0),
        )
        for begin, end, amount, grade, coverage, flags, nm3 in zip(
            *(column.tolist() for column in columns), in_nm3, strict=True
        )
    )


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value


def versions(parts: Parts, point: str, since: int) -> tuple[WindowVersion, ...]:
    """Return every version of a window, oldest first."""
    return tuple(parts.store.window_versions(point, since))


def readings(parts: Parts, point: str, *, since: int, until: int, limit: int) -> ReadingsPicture:
    """Return raw readings, oldest first."""
    plant = parts.loaded.plant
    unit = next((each.unit for each in plant.points if each.id == point), "")
    found = []
    given = parts.store.readings([point], since=since, until=until) if unit else iter(())
    for reading in given:
        found.append(reading)
        if len(found) > limit:
            break
    shown = found[:limit]
    device, _, name = point.partition(".")
    register = plant.device(device).register(name) if unit else None
    return ReadingsPicture(
        point=point,
        unit=unit,
        at=tuple(each.at for each in shown),
        value=tuple(each.value for each in shown),
        quality=tuple(each.quality.code for each in shown),
        is_cut=len(found) > limit,
        words=tuple(_words(register, each.words) for each in shown),
    )


def _words(register: Register | None, words: int | None) -> str:
    return "" if register is None or words is None else words_text(register, words)


def gaps(parts: Parts, *, since: int, until: int) -> tuple[Gap, ...]:
    """Return the polls that left no reading in [since, until)."""
    return tuple(parts.store.gaps(since=since, until=until))


def baselines(parts: Parts) -> tuple[BaselinePicture, ...]:
    """Return every baseline of the ledger, newest first."""
    return tuple(
        BaselinePicture(
            baseline=each.baseline,
            fitted_at=each.entry.at,
            fitted_by=each.entry.who,
            approved_at=each.approval.at if each.approval is not None else None,
            approved_by=each.approval.who if each.approval is not None else "",
            valid_from=each.valid_from,
            is_in_use=each.is_used,
        )
        for each in reversed(fitted(parts.desk()))
    )


def entries(parts: Parts, *, limit: int) -> tuple[EntryPicture, ...]:
    """Return the newest rows of the ledger, newest first."""
    desk = parts.desk()
    there = standing(desk.entries)
    return tuple(
        EntryPicture(
            number=each.number,
            at=each.at,
            who=each.who,
            why=each.why,
            kind=_kind(each),
            subject=_subject(each),
            text=summary(each.body, desk),
            is_voided=each.number not in there and not isinstance(each.body, Voided),
        )
        for each in reversed(desk.entries[-limit:] if limit > 0 else ())
    )


def _kind(entry: Entry) -> str:
    """Return what an entry is about; of a meter event what was done."""
    return entry.body.kind.value if isinstance(entry.body, MeterEvent) else kind_name(entry.body)


def _subject(entry: Entry) -> str:
    body = entry.body
    for name in ("process", "point", "subject", "baseline", "entry"):
        found = getattr(body, name, None)
        if isinstance(found, str | int):
            return str(found)
        if found is not None:
            return str(found.process)
    return ""


def alerts(parts: Parts) -> tuple[AlertPicture, ...]:
    """Return every alert, what waits for a person first."""
    return tuple(sorted((_picture(each) for each in parts.known_alerts()), key=_urgency))


def _picture(known: Known) -> AlertPicture:
    facts = known.alert.facts if known.alert is not None else {}
    per_day, cost = (facts.get(name) for name in ("excess_nm3_per_day", "cost_per_day"))
    return AlertPicture(
        id=known.id,
        state=known.state,
        subject=known.subject,
        alert=known.alert,
        steps=tuple(
            Step(
                number=each.number,
                at=step_of(each).at,
                action=action_of(each).value,
                who=each.who,
                why=each.why,
                cause=step_of(each).cause,
            )
            for each in known.steps
        ),
        nm3_per_day=per_day if isinstance(per_day, float) else None,
        cost_per_day=cost if isinstance(cost, float) else None,
    )


def _urgency(each: AlertPicture) -> tuple[object, ...]:
    """Order what waits: errors, warnings, then by cost and gas a day; then what does not, newest first."""
    alert = each.alert
    newest = -(alert.detected if alert is not None else max((step.at for step in each.steps), default=0))
    if not each.is_waiting or alert is None:
        return (1, 0, 0.0, 0.0, newest, each.id)
    return (
        0,
        _WEIGHT[alert.severity],
        -(each.cost_per_day or 0.0),
        -(each.nm3_per_day or 0.0),
        newest,
        each.id,
    )
