"""What a figure rests on, in words: grades, coverage, whether it may be reported, and why it is doubtful."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dashboard.numbers import MISSING, NBSP
from dashboard.page import Asked
from dashboard.words import Words
from domain.results import Evidence

_SMALL = 0.001
_ORDER = ("measured", "bridged", "estimated", "manual", "restated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The evidence of one figure, as it is written beside it."""

    grade: str
    """`measured`, or `estimated 2.0 %, otherwise measured`; a dash when nothing is known."""
    coverage: str
    """`97 %`."""
    mark: str
    """`incomplete`, `provisional`, or empty for a figure that may be reported."""
    why: tuple[str, ...]
    """What is doubtful about it."""
    state: str = "stale"
    """Of the mark: warning where something is missing, stale where it is only not over."""

    @property
    def doubts(self) -> str:
        """Return all doubts as one line."""
        return " · ".join(self.why)


def proof(
    evidence: Evidence | None, asked: Asked, *, is_over: bool = True, said: Collection[str] = ()
) -> Proof:
    """Return the evidence in words; of a period that is not over, what has not come yet is no fault.

    `said` are codes that the page says in another place.
    """
    if evidence is None:
        return Proof(grade=MISSING, coverage=MISSING, mark="", why=())
    words = asked.words
    mark, state = "", "stale"
    if evidence.coverage < 0.90 or (is_over and not evidence.is_complete):
        mark, state = words("incomplete"), "warning"
    elif evidence.is_provisional:
        mark = words("provisional")
    left_out = {*said, *(() if is_over else ("data.open",))}
    codes = [code for code in evidence.codes if code not in left_out]
    return Proof(
        grade=_grade(evidence.shares, asked),
        coverage=asked.numbers.percent(evidence.coverage, 0),
        mark=mark,
        why=doubts(codes, asked),
        state=state,
    )


def merged(parts: Sequence[tuple[Evidence, float, int]]) -> Evidence | None:
    """Return the evidence of a sum of (evidence, amount, length in ms); None of nothing.

    Shares go by amount (by length where all amounts are 0), coverage by length; one incomplete part makes
    the sum incomplete.
    """
    if not parts:
        return None
    by_amount = sum(abs(amount) for _, amount, _ in parts) > 0.0
    weights = [abs(amount) if by_amount else float(length) for _, amount, length in parts]
    whole, long = sum(weights) or 1.0, float(sum(length for *_, length in parts)) or 1.0
    shares: dict[str, float] = {}
    for (evidence, _, _), weight in zip(parts, weights, strict=True):
        for grade, share in evidence.shares.items():
            shares[grade] = shares.get(grade, 0.0) + share * weight / whole
    return Evidence(
        shares=shares,
        coverage=sum(evidence.coverage * length for evidence, _, length in parts) / long,
        is_complete=all(evidence.is_complete for evidence, *_ in parts),
        codes=tuple(sorted({code for evidence, *_ in parts for code in evidence.codes})),
    )


def doubts(codes: Iterable[str], asked: Asked) -> tuple[str, ...]:
    """Return the sentence of each code; a code that has none stands for itself."""
    known = _sentences(asked.words)
    return tuple(known.get(code, code) for code in codes)


def _grade(shares: Mapping[str, float], asked: Asked) -> str:
    names = _grades(asked.words)
    known = [(grade, shares[grade]) for grade in _ORDER if shares.get(grade, 0.0) > 0.0]
    if not known:
        return MISSING
    best, rest = known[0], known[1:]
    if not rest:
        return names[best[0]]
    told = ", ".join(f"{names[grade]}{NBSP}{_share(share, asked)}" for grade, share in reversed(rest))
    return asked.words("%(worse)s, otherwise %(best)s", worse=told, best=names[best[0]])


def _share(share: float, asked: Asked) -> str:
    """Return a share; one that would round to nothing is small, not 0."""
    if share < _SMALL:
        return f"<{NBSP}{asked.numbers.percent(_SMALL)}"
    return asked.numbers.percent(share)


@cache
def _grades(words: Words) -> Mapping[str, str]:
    return {
        "measured": words("measured"),
        "bridged": words("bridged"),
        "estimated": words("estimated"),
        "manual": words("typed in"),
        "restated": words("restated"),
    }


@cache
def _sentences(words: Words) -> Mapping[str, str]:
    return {**_of_data(words), **_of_baseline(words), **_of_flows(words)}


def _of_data(words: Words) -> dict[str, str]:
    return {
        "data.gap": words("there are gaps in the readings"),
        "data.bad": words("readings without a value were bridged"),
        "data.wrap": words("a counter started again at its end and was counted through"),
        "data.wraps_unknown": words("how often a counter started again cannot be told"),
        "data.reset": words("a counter fell and nobody said why: that hour has no amount"),
        "data.exchange": words("a meter was exchanged and counted through"),
        "data.conflict": words("two values for one instant"),
        "data.stuck": words("a signal that always moves stood still"),
        "data.spike": words("an impossible reading was left out"),
        "data.doubtful": words("instants were doubtful: a clock was set"),
        "data.open": words("readings do not reach its end yet"),
        "data.integrated": words("summed from power: what passed in gaps is missing"),
        "data.no_conditions": words("gas volume without temperature or pressure: no amount"),
        "data.silent": words("a meter is silent"),
        "intensity.no_output": words("no output"),
        "intensity.partial": words("where gas or output is missing, neither counts"),
    }


def _of_baseline(words: Words) -> dict[str, str]:
    return {
        "baseline.none": words("no approved baseline"),
        "baseline.not_comparable": words("the baseline says nothing about this period"),
        "baseline.partial": words("the baseline says nothing about part of this period"),
        "baseline.out_of_range": words("outside the range in which the baseline was fitted"),
        "baseline.other_model": words("the baseline has other variables than the plant file asks for"),
        "baseline.no_standing": words("the baseline knows no days without output"),
        "baseline.f_test": words("the model explains no more than chance would (F-test)"),
        "baseline.driver_p": words("a variable of the model is not surely linked to the gas"),
        "baseline.no_strong_driver": words("no variable of the model is surely linked to the gas"),
        "baseline.r_squared": words("the model explains less than half of the gas (R²)"),
        "baseline.coverage": words("too little of the baseline period was observed"),
        "baseline.too_few_rows": words("the baseline rests on too few rows"),
        "baseline.dependent_rows": words("the rows of the baseline follow each other"),
    }


def _of_flows(words: Words) -> dict[str, str]:
    return {
        "flows.missing": words("readings of some meters are missing: sums are too small"),
        "figures.none": words("the first figures are not computed yet"),
        "flows.subs_above_main": words("sub-meters show more than their main meter"),
        "flows.export_above_pv": words("more exported than generated: the meters contradict each other"),
        "flows.no_main_meter": words("no main meter: bought electricity is estimated"),
        "balance.over_tolerance": words("more is left over than the tolerance allows"),
        "balance.negative": words("sub-meters show more than their main meter"),
        "balance.partial": words("hours in which a meter had no amount were left out"),
        "pv.no_export_meter": words("no export meter: own use is estimated"),
        "pv.no_load": words("own use is not known: neither export meter nor sub-meters"),
        "pv.no_main_meter": words("no main meter: self-sufficiency is not known"),
        "pv.export_exceeds_generation": words(
            "more exported than generated: the meters contradict each other"
        ),
        "heat.no_counterfactual": words("what the heat stands in for is not declared"),
    }
