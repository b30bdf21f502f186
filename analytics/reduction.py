"""Where a process stands against "2 % a year" (METHOD 5), and where its year will end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtr

from analytics.gates import applicability
from analytics.remaining import Rest, rest_sums, row_step
from analytics.rows import ModelRows
from analytics.saving import Sums, comparable, interval, saving, spread, sums
from analytics.targets import is_met, promised, readings_of, yearly_rate
from domain.ledger import StaticFactor
from domain.method import TargetMethod
from domain.results import Baseline, Estimate, Track

PLAN_TOO_HIGH = "track.plan_out_of_range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Intensity at the year's end, with the freedom of its interval."""

    estimate: Estimate
    degrees: float

    def probability(self, target: float) -> float:
        """Return the probability that the year ends at or below a target."""
        error = self.estimate.standard_error or 0.0
        if error == 0.0:
            return 1.0 if is_met(self.estimate.value, target) else 0.0
        return float(stdtr(self.degrees, (target - self.estimate.value) / error))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """The year to date, held against its baseline."""

    baseline: Baseline
    rows: ModelRows
    factors: Sequence[StaticFactor]
    seen: Sums | None
    """Of the comparable rows; None without any, or when no gas is expected of them."""
    index: float | None
    """EnPI index q of the comparable rows; None as `seen`."""


def track(
    *,
    process: str,
    year: int,
    method: TargetMethod,
    intensities: Mapping[int, float],
    rows: ModelRows,
    rest: Rest,
    baseline: Baseline | None,
    gas_to_date: float | None = None,
    output_to_date: float | None = None,
    factors: Sequence[StaticFactor] = (),
    confidence: float = 0.90,
) -> Track:
    """Return the track of a process in a year; what cannot be said is None, and a code says why.

    `intensities`: ratio EnPI of the finished years, the base year among them. `rows`: the model's rows of
    the year to date. `gas_to_date`, `output_to_date`: sums of [year's start, rest.since) over the windows in
    which both are known; None: of the rows that are known and over. `rest`: see `remaining`.

    The projection goes by the plan as it stands, and by a plant that burns for the rest of the year what it
    has burnt to date for the same output: the interval knows the noise and the model, not a change of either.
    """
    gas, output = _to_date(rows, gas_to_date, output_to_date)
    now = gas / output if gas is not None and output else None
    base = intensities.get(method.base_year)
    promise = promised(method, year, intensities)
    held = None if baseline is None else _held(baseline, rows, factors)
    found, doubts = _projection(gas, output, rest, held, confidence)
    nothing = () if now is not None else ("track.no_output",)
    codes = (*nothing, *promise.codes, *doubts, *_doubts(held))
    end = None if found is None else found.estimate
    target, years = promise.target, year - method.base_year
    total = None if output is None or rest.output is None else output + rest.output
    saved = None if baseline is None else saving(baseline, rows, factors, confidence)
    required = None
    if end is not None and promise.final is not None and year < method.target_year:
        required = yearly_rate(promise.final, end.value, method.target_year - year)
    return Track(
        process=process,
        year=year,
        base_year=method.base_year,
        target_year=method.target_year,
        base_intensity=base,
        target=target,
        target_final=promise.final,
        year_to_date=now,
        year_to_date_normalised=_normalised(held),
        achieved_rate=yearly_rate(now, base, years),
        required_rate=required,
        gas_to_date=gas,
        output_to_date=output,
        planned_output=rest.output,
        plan_source=rest.source,
        projection=end,
        probability=None if found is None or target is None else found.probability(target),
        gas_allowed=None if target is None or total is None or gas is None else target * total - gas,
        readings=readings_of(method, year, intensities, None if end is None else end.value),
        is_proven=saved is not None and saved.low > 0.0,
        codes=tuple(dict.fromkeys(codes)),
        projected_rate=yearly_rate(None if end is None else end.value, base, years),
    )


# inside


def _held(baseline: Baseline, rows: ModelRows, factors: Sequence[StaticFactor]) -> Held:
    used = comparable(baseline, rows)
    seen = sums(used, factors) if len(used) else None  # none at all when the rows are of another model
    expected = seen.expected(baseline) if seen is not None else 0.0
    if not expected > 0.0:
        return Held(baseline=baseline, rows=rows, factors=factors, seen=None, index=None)
    index = float(used.gas.sum()) / expected
    return Held(baseline=baseline, rows=rows, factors=factors, seen=seen, index=index)


def _doubts(held: Held | None) -> tuple[str, ...]:
    """Return why the baseline says nothing of the year, or should be read with care."""
    if held is None:
        return ("track.no_baseline",)
    nothing = ("track.no_rows",) if held.index is None else ()
    return (*nothing, *held.baseline.failures, *applicability(held.baseline, held.rows))


def _normalised(held: Held | None) -> float | None:
    return None if held is None or held.index is None else held.baseline.intensity * held.index


def _to_date(rows: ModelRows, gas: float | None, output: float | None) -> tuple[float | None, float | None]:
    if gas is not None or output is not None:
        return gas, output
    known = rows.pick(rows.is_known & rows.is_complete)
    return (float(known.gas.sum()), float(known.output.sum())) if len(known) else (None, None)


def _projection(
    gas: float | None, output: float | None, rest: Rest, held: Held | None, confidence: float
) -> tuple[Projection | None, tuple[str, ...]]:
    """Return the projection, and codes of what is missing or doubtful."""
    if rest.output is None:
        return None, ("track.no_plan",)
    if gas is None or output is None or not output + rest.output > 0.0:
        return None, ()
    if rest.rows == 0.0:  # the year is over: what it came to is known
        ended = gas / output
        over = Estimate(value=ended, low=ended, high=ended, confidence=confidence, standard_error=0.0)
        return Projection(estimate=over, degrees=1.0), ()
    if held is None or held.seen is None or held.index is None:
        return None, ()
    coming, is_within = rest_sums(rest, held.baseline, held.factors)
    codes = () if is_within else (PLAN_TOO_HIGH,)
    burnt = held.index * coming.expected(held.baseline)
    if not held.baseline.standing_rows:  # it knows none: as such rows burnt lately
        burnt += coming.standing * rest.standing_nm3
    total = output + rest.output
    error, degrees = _error(held.seen, coming, held.index, rest, held.baseline)
    estimate = interval((gas + burnt) / total, error / total, degrees, confidence)
    if estimate is None:
        return None, (*codes, "track.no_interval")
    return Projection(estimate=estimate, degrees=degrees), codes


def _error(seen: Sums, coming: Sums, index: float, rest: Rest, baseline: Baseline) -> tuple[float, float]:
    """Return (standard error, degrees of freedom) of the rest's gas, q * G^_rem, by the delta method.

    With r = G^_rem / G^_ytd and q = G_ytd / G^_ytd it misses what will be burnt by
    r * (noise to date) - (noise to come) + q * (x_rem - r * x_ytd)'(error of the coefficients)
    + q * (rows with output beyond those expected) * (gas of such a row before its output).
    """
    share = coming.expected(baseline) / seen.expected(baseline)
    variance, degrees = spread(
        baseline,
        regressors=index * (coming.regressors - share * seen.regressors),
        operating=((share, seen.operating), (1.0, coming.operating)),
        standing=((share, seen.standing), (1.0, coming.standing)),
        standing_net=index * (coming.standing_weight - share * seen.standing_weight),
    )
    doubt = rest.operating_variance if coming.operating > 0.0 else 0.0
    return sqrt(variance + doubt * (index * row_step(rest, baseline)) ** 2), degrees
