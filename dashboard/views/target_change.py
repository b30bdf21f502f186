"""What moved the gas: this year so far against the same days of the year before, cause by cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from dashboard.charts.axes import both
from dashboard.charts.svg import Size
from dashboard.charts.waterfall import WaterfallWords, waterfall_chart
from dashboard.numbers import Quantity
from dashboard.page import Asked
from dashboard.views.figure import Figure, linked, plain
from domain.carbon import Change, ChangeStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """Gas of this year so far against the same days of the last one."""

    finding: Markup
    chart: Markup
    rows: tuple[tuple[str, str, str], ...]
    """What, Nm3, share of the year before."""
    csv: str


def change_view(change: Change, asked: Asked) -> ChangeView:
    """Return the comparison of a year with the one before."""
    words, numbers = asked.words, asked.numbers
    before, after = change.before, change.after
    href = f"/why/change/{change.year}"
    share = after / before - 1.0 if before and after is not None else None
    values: dict[str, Figure | str] = {
        "year": str(change.year),
        "last": str(change.year - 1),
        "share": Figure(numbers.percent(None if share is None else abs(share)), href),
        "day": numbers.month_day(change.until - 1),
    }
    if share is None:
        message = words("There is no gas of %(last)s to compare %(year)s with")
        values = {"last": values["last"], "year": values["year"]}
    elif share > 0:
        message = words("To %(day)s the plant burnt %(share)s more gas than in the same days of %(last)s")
        values.pop("year")
    else:
        message = words("To %(day)s the plant burnt %(share)s less gas than in the same days of %(last)s")
        values.pop("year")
    title = plain(message, **values)
    rows = [(str(change.year - 1), numbers.value(before, Quantity.GAS), "")]
    for step in change.steps:
        part = step.nm3 / before if before else None
        name = _step_name(asked, step)
        rows.append(
            (name, numbers.value(step.nm3, Quantity.GAS, sign=True), numbers.percent(part, sign=True))
        )
    rows.append((str(change.year), numbers.value(after, Quantity.GAS), numbers.percent(share, sign=True)))
    draw: Callable[..., Markup] = partial(_waterfall, change, asked, title)
    return ChangeView(
        finding=linked(message, **values),
        chart=both(lambda size, prefix: draw(size=size, prefix=prefix), prefix="change"),
        rows=tuple(rows),
        csv=f"/api/v1/change/{change.year}.csv",
    )


def _waterfall(change: Change, asked: Asked, title: str, *, size: Size, prefix: str) -> Markup:
    words, numbers = asked.words, asked.numbers
    return waterfall_chart(
        change,
        words=WaterfallWords(
            before=str(change.year - 1),
            after=str(change.year),
            nothing=words("Nothing to compare with yet"),
        ),
        title=title,
        prefix=prefix,
        name=partial(_step_name, asked),
        format_value=lambda value: numbers.value(value, Quantity.GAS),
        format_signed=lambda value: numbers.value(value, Quantity.GAS, sign=True),
        size=size,
    )


def _step_name(asked: Asked, step: ChangeStep) -> str:
    words = asked.words
    name = words("Other gas") if step.subject == "other" else asked.name_of(step.subject)
    if step.cause == "output":
        return words("%(name)s: output", name=name)
    if step.cause == "intensity":
        return words("%(name)s: gas per output", name=name)
    return name
