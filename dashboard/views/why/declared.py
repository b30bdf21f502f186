"""What a baseline or an alert rests on."""

from __future__ import annotations

from urllib.parse import quote

from dashboard.numbers import NBSP, Quantity
from dashboard.page import Asked, NotHere
from dashboard.pages import PageSpec
from dashboard.said import of_alert, thing, variable_name
from dashboard.source import Source
from dashboard.views.alerts import suspect_text
from dashboard.views.figure import Figure, csv_of, why_intensity
from dashboard.views.why import pieces
from dashboard.views.why.intensity import baseline_link
from dashboard.views.why.model import Choice, Fact, Part, Parts, Why
from domain.declared import AlertPicture, BaselinePicture
from domain.periods import DAY_MS, PeriodKind
from domain.plant import Point
from domain.results import Alert, AlertKind, Baseline


def build_baseline(source: Source, asked: Asked) -> Why:
    """Return what a baseline is and rests on."""
    known, given = source.baselines(), asked.query["baseline"]
    picture = next((each for each in known if each.baseline.id == given), None)
    if picture is None:
        there = ", ".join(each.baseline.id for each in known) or "none yet"
        raise NotHere("baseline", f"there is no baseline {given!r}", f"there are {there}")
    words, numbers, model = asked.words, asked.numbers, picture.baseline
    points = pieces.points_of_process(asked, model.process)
    return Why(
        heading=words("Baseline %(id)s", id=model.id),
        span=f"{numbers.day(model.since)} – {numbers.day(model.until - 1)}",
        value=f"R²{NBSP}{numbers.number(model.r_squared, 3)}",
        formula=(
            _model_text(model, asked),
            words("Rows without output are not in it; their gas has a mean of its own."),
        ),
        facts=_baseline_facts(picture, asked),
        doubts=pieces.doubts(model.failures, model.id, asked),
        meters=pieces.meters(points, source, asked, (model.since, model.until), model.process),
        parts=(_coefficients(model, asked),),
        choices=_gates(asked),
        entries=pieces.entries(source, asked, (model.id, model.process)),
        links=(
            Figure(words("All baselines"), "/baselines"),
            Figure(words("Rows of the model"), f"/processes?process={model.process}"),
            Figure(words("CSV"), csv_of(f"model-rows/{model.process}", model.since, model.until)),
        ),
    )


def _model_text(model: Baseline, asked: Asked) -> str:
    numbers = asked.numbers
    parts = [numbers.number(model.coefficients[0], 2)]
    for name, value in zip(model.variables, model.coefficients[1:], strict=True):
        parts.append(f"{numbers.number(value, 4)} × {variable_name(name, asked)}")
    words = asked.words
    named = {PeriodKind.DAY: words("day"), PeriodKind.WEEK: words("week"), PeriodKind.MONTH: words("month")}
    interval = named.get(model.interval, model.interval.value)
    said = {"interval": interval, "model": " + ".join(parts).replace("+ −", "− ")}
    return asked.words("gas of a row (%(interval)s), Nm³ = %(model)s", **said)


def _baseline_facts(picture: BaselinePicture, asked: Asked) -> tuple[Fact, ...]:
    words, numbers, model = asked.words, asked.numbers, picture.baseline
    fitted = words("%(who)s, %(at)s", who=picture.fitted_by, at=numbers.instant(picture.fitted_at))
    approved = words("not approved")
    if picture.approved_at is not None:
        approved = words("%(who)s, %(at)s", who=picture.approved_by, at=numbers.instant(picture.approved_at))
    valid = numbers.instant(picture.valid_from) if picture.valid_from is not None else "–"
    in_use = words("in use now") if picture.is_in_use else words("not in use")
    return (
        Fact(name=words("Fitted by"), value=Figure(fitted)),
        Fact(name=words("Approved by"), value=Figure(approved)),
        Fact(name=words("Valid from"), value=Figure(valid), note=in_use),
        Fact(name=words("Rows with output"), value=Figure(numbers.number(model.rows))),
        Fact(name=words("coverage of the time"), value=Figure(numbers.percent(model.coverage))),
        Fact(name=words("scatter of a row"), value=Figure(numbers.quantity(model.residual_sd, Quantity.GAS))),
        Fact(name="CV(RMSE)", value=Figure(numbers.percent(model.cv_rmse, 2))),
        Fact(
            name=words("autocorrelation of the residuals"),
            value=Figure(numbers.number(model.autocorrelation, 2)),
        ),
        Fact(
            name=words("gas of a row without output"),
            value=Figure(numbers.quantity(model.standing_mean, Quantity.GAS)),
            note=words.plural("%(num)s row", "%(num)s rows", model.standing_rows),
        ),
        Fact(name=words("hash of the rows (SHA-256)"), value=Figure(model.data_hash)),
    )


def _coefficients(model: Baseline, asked: Asked) -> Parts:
    words, numbers = asked.words, asked.numbers
    names = (words("constant"), *(variable_name(each, asked) for each in model.variables))
    ranges = (
        "",
        *(
            f"{numbers.number(low, 1)} – {numbers.number(high, 1)}"
            for low, high in zip(model.lows, model.highs, strict=True)
        ),
    )
    return Parts(
        title=words("Coefficients"),
        columns=(
            words("Variable"),
            words("Coefficient"),
            words("Standard error"),
            "p",
            words("Range in the baseline period"),
        ),
        rows=tuple(
            Part(
                cells=(
                    Figure(name),
                    Figure(numbers.number(value, 4)),
                    Figure(numbers.number(error, 4)),
                    Figure(f"{p:.2g}"),
                    Figure(reach),
                )
            )
            for name, value, error, p, reach in zip(
                names, model.coefficients, model.standard_errors, model.p_values, ranges, strict=True
            )
        ),
    )


def _gates(asked: Asked) -> tuple[Choice, ...]:
    words = asked.words
    source = words("gates of a model, SEP and EnPI practice")
    return (
        Choice(name=words("F-test"), value="p < 0.10", source=source),
        Choice(name=words("each variable; one of them"), value="p < 0.2; p < 0.10", source=source),
        Choice(name="R²", value="≥ 0.5", source=source),
        Choice(name=words("coverage of the time"), value=asked.numbers.percent(0.9, 0), source=source),
    )


# alerts


def build_alert(source: Source, asked: Asked) -> Why:
    """Return what an alert rests on."""
    known, given = source.alerts(), asked.query["alert"]
    picture = next((each for each in known if each.id == given), None)
    if picture is None:
        there = ", ".join(each.id for each in known[:20]) or "none"
        raise NotHere("alert", f"there is no alert {given!r}", f"there are {there}")
    words, alert = asked.words, picture.alert
    since, until = _span_of(alert, asked)
    points = _points(picture, asked)
    said = of_alert(alert, asked) if alert is not None else None
    process = picture.subject if _is_process(picture.subject, asked) else None
    return Why(
        heading=words("Alert: %(thing)s", thing=thing(picture.subject, asked)),
        span=words("since %(at)s", at=asked.numbers.instant(alert.since)) if alert is not None else "",
        value=said.text if said is not None else words("The figures no longer say it."),
        formula=tuple(_rule(alert, asked)),
        facts=_alert_facts(picture, asked),
        doubts=(said,) if said is not None else (),
        meters=pieces.meters(points, source, asked, (since, until), process),
        parts=_computed(alert, asked),
        choices=_watch_choices(source, asked, alert),
        entries=pieces.entries(source, asked, (picture.id, picture.subject, *(each.id for each in points))),
        links=_alert_links(source, asked, picture),
    )


def _span_of(alert: Alert | None, asked: Asked) -> tuple[int, int]:
    """Return what to look at: the alert's time with a day before it, a week of a longer one."""
    if alert is None:
        return asked.now - DAY_MS, asked.now
    until = alert.until if alert.until is not None else asked.now
    return max(alert.since - DAY_MS, until - 370 * DAY_MS), max(until, alert.since + 1)


def _is_process(subject: str, asked: Asked) -> bool:
    return subject in [each.id for each in asked.plant.processes]


def _points(picture: AlertPicture, asked: Asked) -> list[Point]:
    """Return the points of a process, a device, a carrier or a point."""
    subject = picture.subject
    if _is_process(subject, asked):
        return pieces.points_of_process(asked, subject)
    points = asked.plant.points
    own = [each for each in points if subject in (each.id, each.carrier)]
    of_device = [each for each in points if each.device == subject]
    main = [each for each in of_device if each.carrier is not None]
    return own or main or of_device


def _rule(alert: Alert | None, asked: Asked) -> list[str]:
    words = asked.words
    if alert is None:
        return []
    if alert.kind is AlertKind.DRIFT:
        return [
            words("Gas against its baseline, row by row, as a two-sided CUSUM: alarm above h deviations."),
            words("Its begin is the first row of the run that led to the alarm."),
        ]
    return [words("A rule over readings and windows; the code is %(code)s.", code=alert.code)]


def _alert_facts(picture: AlertPicture, asked: Asked) -> tuple[Fact, ...]:
    words, numbers, alert = asked.words, asked.numbers, picture.alert
    facts = []
    if picture.nm3_per_day is not None:
        facts.append(
            Fact(
                name=words("excess gas a day"),
                value=Figure(numbers.quantity(picture.nm3_per_day, Quantity.GAS)),
            )
        )
    if alert is None:
        return tuple(facts)
    facts.append(Fact(name=words("detected"), value=Figure(numbers.instant(alert.detected))))
    facts += [
        Fact(name=words("moved with it"), value=Figure(suspect_text(each, asked))) for each in alert.suspects
    ]
    return tuple(facts)


def _computed(alert: Alert | None, asked: Asked) -> tuple[Parts, ...]:
    """Return the numbers of the rule, named as the API names them."""
    if alert is None or not alert.facts:
        return ()
    rows = []
    for name, value in sorted(alert.facts.items()):
        text = (
            value
            if isinstance(value, str)
            else asked.numbers.number(value, 0 if value == round(value) else 2)
        )
        rows.append(Part(cells=(Figure(name), Figure(text))))
    columns = (asked.words("Name"), asked.words("Value"))
    return (Parts(title=asked.words("What the rule computed"), columns=columns, rows=tuple(rows)),)


def _watch_choices(source: Source, asked: Asked, alert: Alert | None) -> tuple[Choice, ...]:
    words, numbers, place = asked.words, asked.numbers, asked.words("plant file")
    if alert is None or alert.kind is not AlertKind.DRIFT:
        method = source.method
        silent, stuck = numbers.age(method.silent_ms), numbers.age(method.stuck_ms)
        return (
            Choice(name=words("a meter is silent after"), value=silent, source=place),
            Choice(name=words("a signal is stuck after"), value=stuck, source=place),
            Choice(
                name=words("balance may leave over"),
                value=numbers.percent(method.balance_tolerance),
                source=place,
            ),
        )
    watches = source.results("watch", subject=alert.subject)
    return tuple(
        choice
        for watch in watches
        for choice in (
            Choice(
                name=words("false alarms a year"),
                value=numbers.number(watch.false_alarms_per_year, 1),
                source=place,
            ),
            Choice(
                name=words("threshold h, standard deviations"),
                value=numbers.number(watch.threshold, 2),
                source=words("calibrated to the false alarms"),
            ),
            Choice(name=words("allowance k"), value=numbers.number(watch.allowance, 2), source=place),
        )
    )


def _alert_links(source: Source, asked: Asked, picture: AlertPicture) -> tuple[Figure, ...]:
    words, found = asked.words, [Figure(asked.words("The alert"), f"/alerts/{quote(picture.id, safe='')}")]
    if picture.alert is not None and _is_process(picture.subject, asked):
        process = picture.subject
        month = asked.calendar.local(picture.alert.detected).strftime("%Y-%m")
        found.append(Figure(words("Intensity of the month"), why_intensity(process, "month", month)))
        found += baseline_link(source, asked, process)
        found.append(Figure(words("CSV"), csv_of(f"cusum/{process}")))
    return tuple(found)


BASELINE = PageSpec(
    name="why-baseline",
    path="/why/baseline/{baseline:path}",
    title="What a figure rests on",
    template="why.html",
    view=build_baseline,
)
ALERT = PageSpec(
    name="why-alert",
    path="/why/alert/{alert:path}",
    title="What a figure rests on",
    template="why.html",
    view=build_alert,
)
