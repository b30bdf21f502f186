"""What figures rest on: completeness, windows and their versions, readings, gaps, baselines, the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Annotated
from urllib.parse import quote, urlencode

from dashboard.api.call import MOST_ROWS, USUAL_ROWS, Call
from dashboard.api.faults import Fault, nothing_of
from dashboard.api.shapes import Instant, Ms, Nm3, Rows, Share, Spanned, flag_names, unit
from domain.declared import BaselinePicture

ValueOf = Annotated[float | None, unit("value_unit")]


@dataclass(frozen=True, kw_only=True)
class CompletenessRow(Spanned):
    """How much of a day a device was observed; null: nothing is kept of it."""

    device: str
    day: str
    coverage: Share
    grade: str | None
    flags: str


def completeness(call: Call) -> Rows[CompletenessRow]:
    """Return how much of each day each device was observed."""
    span = call.span("30d")
    return Rows(
        rows=tuple(
            CompletenessRow(
                **call.fields(day.since, day.until),
                device=each.device,
                day=day.day,
                coverage=day.coverage,
                grade=None if day.grade is None else day.grade.code,
                flags=flag_names(day.flags),
            )
            for each in call.source.completeness(since=span.since, until=span.until)
            for day in each.days
        )
    )


@dataclass(frozen=True, kw_only=True)
class AmountRow(Spanned):
    """What a counter showed in a span; null: nothing is known of it."""

    point: str
    amount: Annotated[float | None, unit("amount_unit")]
    amount_unit: str
    windows: int
    missing: int


def amounts(call: Call) -> Rows[AmountRow]:
    """Return what each counter showed in the windows that begin in a span."""
    span = call.span("24h")
    until = min(span.until, call.asked.now)
    points = tuple(each.id for each in call.asked.plant.points if each.is_counter)
    return Rows(
        rows=tuple(
            AmountRow(
                **call.fields(span.since, span.until),
                point=each.point,
                amount=each.amount,
                amount_unit=each.unit,
                windows=each.windows,
                missing=each.missing,
            )
            for each in call.source.amounts(points, since=span.since, until=until)
        )
    )


@dataclass(frozen=True, kw_only=True)
class WindowRow(Spanned):
    """A window of a point: consumption of a counter, mean of anything else."""

    point: str
    amount: ValueOf
    value_unit: str
    amount_nm3: Nm3
    grade: str
    coverage: Share
    flags: str
    versions: int


def windows(call: Call) -> Rows[WindowRow]:
    """Return the windows of a point."""
    point, span = call.point(), call.span("24h")
    name = _unit(call, point)
    return Rows(
        rows=tuple(
            WindowRow(
                **call.fields(each.since, each.until),
                point=point,
                amount=each.amount,
                value_unit=name,
                amount_nm3=each.amount_nm3,
                grade=each.grade.code,
                coverage=each.coverage,
                flags=flag_names(each.flags),
                versions=each.versions,
            )
            for each in call.source.windows(point, since=span.since, until=span.until)
        )
    )


def _unit(call: Call, point: str) -> str:
    return next(each.unit for each in call.asked.plant.points if each.id == point)


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """What was said about a window, and when."""

    point: str
    version: int
    recorded: Instant
    recorded_ms: Ms
    until: Instant
    amount: ValueOf
    value_unit: str
    grade: str
    coverage: Share
    flags: str


def versions(call: Call) -> Rows[VersionRow]:
    """Return every version of the window of a point that begins at `at`, oldest first."""
    point = call.point()
    return Rows(
        rows=tuple(
            VersionRow(
                point=point,
                version=each.version,
                recorded=call.iso(each.recorded),
                recorded_ms=each.recorded,
                until=call.iso(each.until),
                amount=each.amount,
                value_unit=_unit(call, point),
                grade=each.grade.code,
                coverage=each.coverage,
                flags=flag_names(int(each.flags)),
            )
            for each in call.source.versions(point, call.instant("at"))
        )
    )


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """A raw reading; null with the reason as its quality."""

    point: str
    at: Instant
    at_ms: Ms
    value: ValueOf
    value_unit: str
    quality: str
    words: str | None
    """Register as it came, four hexadecimal digits a word; null: not kept of this point, or of this time."""


def readings(call: Call) -> Rows[ReadingRow]:
    """Return raw readings, oldest first; `next` begins behind the last one."""
    point, span = call.point(), call.span("24h")
    limit, skip = call.whole("limit", USUAL_ROWS, 1, MOST_ROWS), call.whole("skip", 0, 0, 10**9)
    if limit + skip > MOST_ROWS:
        raise Fault(422, "skip", "leads too far with this limit", f"{MOST_ROWS:,} together; follow next")
    found = call.source.readings(point, since=span.since, until=span.until, limit=limit + skip)
    rows = tuple(
        ReadingRow(
            point=point,
            at=call.iso(at),
            at_ms=at,
            value=value,
            value_unit=found.unit,
            quality=quality,
            words=words or None,
        )
        for at, value, quality, words in zip(
            found.at, found.value, found.quality, found.words or repeat(""), strict=False
        )
    )
    after = None
    if found.is_cut and rows:
        query = {"from": str(rows[-1].at_ms + 1), "to": str(span.until), "limit": str(limit)}
        after = f"/api/v1/readings/{quote(point)}?{urlencode(query)}"
        rows = rows[skip:]  # of an answer that is not cut the rows to skip are taken away with those of all
    return Rows(rows=rows, is_cut=found.is_cut, next=after)


@dataclass(frozen=True, kw_only=True)
class GapRow(Spanned):
    """Polls of a device that left no reading."""

    device: str
    quality: str


def gaps(call: Call) -> Rows[GapRow]:
    """Return when devices left no reading."""
    span = call.span("30d")
    return Rows(
        rows=tuple(
            GapRow(**call.fields(each.since, each.until), device=each.device, quality=each.quality.code)
            for each in call.source.gaps(since=span.since, until=span.until)
        )
    )


@dataclass(frozen=True, kw_only=True)
class BaselineRow(Spanned):
    """A baseline of the ledger."""

    baseline: str
    process: str
    interval: str
    variables: str
    is_in_use: bool
    fitted_at: Instant
    fitted_by: str
    approved_at: Instant | None
    approved_by: str
    valid_from: Instant | None
    rows: int
    r_squared: Share
    cv_rmse: Share
    residual_sd_nm3: Nm3
    gas_nm3: Nm3
    output: Annotated[float | None, unit("output_unit")]
    coverage: Share
    failures: str
    data_hash: str


def baselines(call: Call) -> Rows[BaselineRow]:
    """Return every baseline, newest first."""
    process = call.process_if_any()
    return Rows(
        rows=tuple(
            _baseline(call, each)
            for each in call.source.baselines()
            if process in (None, each.baseline.process)
        )
    )


def _baseline(call: Call, each: BaselinePicture) -> BaselineRow:
    model = each.baseline
    return BaselineRow(
        **call.fields(model.since, model.until),
        baseline=model.id,
        process=model.process,
        interval=model.interval,
        variables=" ".join(model.variables),
        is_in_use=each.is_in_use,
        fitted_at=call.iso(each.fitted_at),
        fitted_by=each.fitted_by,
        approved_at=call.iso_or_none(each.approved_at),
        approved_by=each.approved_by,
        valid_from=call.iso_or_none(each.valid_from),
        rows=model.rows,
        r_squared=model.r_squared,
        cv_rmse=model.cv_rmse,
        residual_sd_nm3=model.residual_sd,
        gas_nm3=model.gas,
        output=model.output,
        coverage=model.coverage,
        failures=" ".join(model.failures),
        data_hash=model.data_hash,
    )


@dataclass(frozen=True, kw_only=True)
class CoefficientRow:
    """A coefficient of a model, with where its variable lay in the baseline's own period."""

    name: str
    coefficient: float | None
    standard_error: float | None
    p_value: float | None
    low: float | None
    high: float | None
    mean: float | None
    deviation: float | None


@dataclass(frozen=True, kw_only=True)
class BaselineAnswer(Rows[CoefficientRow]):
    """One baseline."""

    baseline: BaselineRow
    autocorrelation: float | None
    f_statistic: float | None
    f_p_value: float | None
    durbin_watson: float | None
    standing_mean_nm3: Nm3
    standing_rows: int


def baseline(call: Call) -> BaselineAnswer:
    """Return one baseline with its coefficients, the constant first."""
    known = call.source.baselines()
    found = next((each for each in known if each.baseline.id == call.text("baseline")), None)
    if found is None:
        raise nothing_of("baseline", call.text("baseline"), [each.baseline.id for each in known])
    model = found.baseline
    spread: list[Sequence[float | None]] = [
        (None, *each) for each in (model.lows, model.highs, model.means, model.deviations)
    ]
    rows = tuple(
        CoefficientRow(
            name=name, coefficient=value, standard_error=error, p_value=p, low=lowest, high=highest,
            mean=mean, deviation=deviation,
        )
        for name, value, error, p, lowest, highest, mean, deviation in zip(
            ("constant", *model.variables), model.coefficients, model.standard_errors, model.p_values,
            *spread, strict=True,
        )
    )  # fmt: skip
    return BaselineAnswer(
        rows=rows,
        baseline=_baseline(call, found),
        autocorrelation=model.autocorrelation,
        f_statistic=model.f_statistic,
        f_p_value=model.f_p_value,
        durbin_watson=model.durbin_watson,
        standing_mean_nm3=model.standing_mean,
        standing_rows=model.standing_rows,
    )


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """A row of the ledger."""

    number: int
    at: Instant
    at_ms: Ms
    who: str
    why: str
    kind: str
    subject: str
    text: str
    is_voided: bool


def ledger(call: Call) -> Rows[EntryRow]:
    """Return what people declared and decided, newest first."""
    since, until = call.span_if_any()
    subject = call.text("subject")
    most = call.whole("limit", USUAL_ROWS, 1, MOST_ROWS) + call.whole("skip", 0, 0, 10**9) + 1
    found = call.source.entries(limit=MOST_ROWS if subject or since else min(most, MOST_ROWS))
    return Rows(
        rows=tuple(
            EntryRow(
                number=each.number,
                at=call.iso(each.at),
                at_ms=each.at,
                who=each.who,
                why=each.why,
                kind=each.kind,
                subject=each.subject,
                text=each.text,
                is_voided=each.is_voided,
            )
            for each in found
            if since <= each.at < until and subject in ("", each.subject)
        )
    )
