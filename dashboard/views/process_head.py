"""The head of a process's page: this month and this year against target and baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.numbers import INTENSITIES, MISSING
from dashboard.page import Asked
from dashboard.proof import Proof, proof
from dashboard.said import variable_name
from dashboard.views.comparable import comparable
from dashboard.views.figure import Figure, why_intensity, why_track
from domain.declared import BaselinePicture
from domain.results import Intensity, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One tile: a figure and what it stands against."""

    name: str
    value: Figure
    unit: str
    note: str
    """`3.1 % above the baseline of 62.40 Nm³/t`; what is missing when there is nothing to compare with."""
    state: str
    """good, warning, plain (nothing to stand against), stale (not known)."""
    shape: str
    """Up or down, beside the colour."""
    proof: Proof


def heads(
    month_and_year: tuple[Intensity | None, Intensity | None],
    track: Track | None,
    baseline: BaselinePicture | None,
    process: str,
    asked: Asked,
) -> tuple[Head, ...]:
    """Return ratio and normalised figure of this month and of this year so far."""
    words = asked.words
    ratios = (words("This month, with today so far"), words("This year, with today so far"))
    normals = (words("This month, normalised"), words("This year, normalised"))
    found = []
    for each, ratio, normal in zip(month_and_year, ratios, normals, strict=True):
        found.append(_ratio(ratio, each, track, process, asked))
        found.append(_normalised(normal, each, baseline, process, asked))
    return tuple(found)


def _ratio(name: str, each: Intensity | None, track: Track | None, process: str, asked: Asked) -> Head:
    words, numbers = asked.words, asked.numbers
    quantity = INTENSITIES[asked.plant.process(process).output_unit]
    value = each.ratio if each is not None else None
    target = track.target if track is not None else None
    state, shape, note = "plain", "", words("No target yet: the base year has no figures")
    if value is None:
        state = "stale"
        note = (
            words("Line idle: no output")
            if _is_idle(each)
            else words("Not known yet: gas or output is missing")
        )
    elif target:
        gap = value / target - 1.0
        said = {"gap": numbers.percent(abs(gap)), "target": numbers.quantity(target, quantity)}
        state, shape, note = _judged(
            gap,
            words("%(gap)s above the target of %(target)s", **said),
            words("%(gap)s below the target of %(target)s", **said),
            words("on the target of %(target)s", **said),
        )
    return Head(
        name=name,
        value=_figure(numbers.value(value, quantity), each, process),
        unit=quantity.unit,
        note=note,
        state=state,
        shape=shape,
        proof=proof(each.evidence if each is not None else None, asked, is_over=False),
    )


def _normalised(
    name: str, each: Intensity | None, baseline: BaselinePicture | None, process: str, asked: Asked
) -> Head:
    words, numbers = asked.words, asked.numbers
    quantity = INTENSITIES[asked.plant.process(process).output_unit]
    each, not_yet = comparable(each, asked) if each is not None else (None, "")
    value = each.normalised if each is not None else None
    state, shape, note = "stale" if value is None else "plain", "", words("No approved baseline yet")
    if baseline is not None and (each is None or value is None or each.index is None):
        note = not_yet or words("The baseline says nothing about it yet")
    elif baseline is not None and each is not None and each.index is not None:
        gap = each.index - 1.0
        said = {
            "gap": numbers.percent(abs(gap)),
            "baseline": numbers.quantity(baseline.baseline.intensity, quantity),
        }
        state, shape, note = _judged(
            gap,
            words("%(gap)s above the baseline of %(baseline)s", **said),
            words("%(gap)s below the baseline of %(baseline)s", **said),
            words("on the baseline of %(baseline)s", **said),
        )
    return Head(
        name=name,
        value=_figure(numbers.value(value, quantity), each, process),
        unit=quantity.unit,
        note=note,
        state=state,
        shape=shape,
        proof=proof(each.evidence if each is not None else None, asked, is_over=False),
    )


def _judged(gap: float, above: str, below: str, on: str) -> tuple[str, str, str]:
    """Return (state, shape, sentence) of a difference; what rounds to 0.0 % is none."""
    if abs(gap) < 0.0005:
        return "good", "", on
    return ("warning", "▲", above) if gap > 0.0 else ("good", "▼", below)


def _is_idle(each: Intensity | None) -> bool:
    return each is not None and each.output is not None and each.output <= 0.0


def _figure(text: str, each: Intensity | None, process: str) -> Figure:
    if each is None or text == MISSING:
        return Figure(text)
    return Figure(text, why_intensity(process, each.period.kind.value, each.period.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFacts:
    """The baseline in use, or what to do for one."""

    name: str
    """Its id; empty without one."""
    href: str
    facts: tuple[tuple[str, str], ...]
    failures: tuple[str, ...]
    """Codes of the gates that it fails."""
    todo: str
    """What to do; empty with a baseline in use that nothing is wrong with."""
    todo_href: str


def baseline_facts(
    used: BaselinePicture | None, known: Sequence[BaselinePicture], process: str, asked: Asked
) -> BaselineFacts:
    """Return what the process is held against."""
    words, numbers = asked.words, asked.numbers
    waiting = [each for each in known if each.baseline.process == process and each.approved_at is None]
    todo = ""
    if used is None and waiting:
        name = waiting[0].baseline.id
        todo = words(
            "Baseline %(baseline)s waits for approval: look at its gates, then approve it", baseline=name
        )
    elif used is None:
        todo = words(
            "No baseline yet: fit one over a year of normal work, look at its gates, and have it approved"
        )
    if used is None:
        return BaselineFacts(name="", href="", facts=(), failures=(), todo=todo, todo_href="/baselines")
    each = used.baseline
    facts = [
        (words("Baseline period"), f"{numbers.day(each.since)} – {numbers.day(each.until - 1)}"),
        (words("Rows"), numbers.number(each.rows)),
        ("CV(RMSE)", numbers.percent(each.cv_rmse)),
        (words("Variables"), words(", ").join(variable_name(name, asked) for name in each.variables)),
    ]
    if used.approved_at is not None:
        approved = f"{used.approved_by}, {numbers.day(used.approved_at)}"
        facts.append((words("Approved by"), approved))
    return BaselineFacts(
        name=each.id,
        href=f"/why/baseline/{each.id}",
        facts=tuple(facts),
        failures=each.failures,
        todo=todo,
        todo_href="/baselines",
    )


def track_href(process: str, track: Track | None) -> str:
    """Return where the year against its target is explained; empty without figures of it."""
    return why_track(process, track.year) if track is not None else ""
