"""A CUSUM against a level that is learned: what a watch remembers between two rows, and its step.

A row says a = level * b + e, with e independent, normal, of SD 1 (whitened residuals). The chart sees the
recursive residual (a - level_before * b) / sqrt(1 + b^2 / weight_before): in control independent and of SD 1
however little is known of the level (Brown, Durbin and Evans 1975; the self-starting CUSUM, Hawkins 1987), so
that an alarm and what is learned anew after it bring no false alarms of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.drift import SPIKE_SD, Cusum, Value, choose, cusum

LEARNING_ROWS = 10
"""A level is known after so many; until then the chart holds rows against the level before."""
UP, DOWN, RECOVERED, NOTHING = 1, -1, 2, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """State of one watch, or of many as arrays of one shape."""

    level: Value
    """Weighted mean of a / b since the level was set."""
    weight: Value
    """Sum of b^2; 1 / weight is the variance of the level."""
    rows: Value
    """That made the level."""
    start_level: Value
    """Before the first row of the current upward run, while there is one; before the fall, while learning."""
    start_weight: Value
    cusum: Cusum = field(default_factory=Cusum)
    is_open: Value = False
    """An upward alarm stands; level and weight are held as they were before its onset."""
    open_ab: Value = 0.0
    """Sums since that alarm, the alarming row left out."""
    open_bb: Value = 0.0
    open_rows: Value = 0


def watched(level: Value, weight: Value, rows: Value) -> Watched:
    """Return a watch that begins with a level known so well."""
    return Watched(level=level, weight=weight, rows=rows, start_level=level, start_weight=weight)


def step(
    state: Watched, a: Value, b: Value, *, allowance: float, threshold: Value
) -> tuple[Watched, Value, Value]:
    """Return the next state, the event and the recursive residual, unclipped.

    UP: holds the level until the CUSUM, which is capped at h, is back at 0 (RECOVERED). DOWN: an improvement;
    the level is learned anew from the rows that follow (those that raised it were chosen for being low).
    While it is not yet known the chart looks for a rise above the old one, lest a rise be learned as normal.
    Beyond 3 SD a row counts as 3 SD: a single spike is no drift.
    """
    is_waiting = state.rows < LEARNING_ROWS
    reference = choose(is_waiting, state.start_level, state.level)
    x, _ = _residual(a, b, reference, choose(is_waiting, state.start_weight, state.weight))
    chart, alert = cusum(state.cusum, _clipped(x), allowance=allowance, threshold=threshold)
    event = choose(is_waiting & (alert == DOWN), NOTHING, alert)
    event = choose(state.is_open, choose(chart.upper > 0.0, NOTHING, RECOVERED), event)
    is_up, is_down = event == UP, event == DOWN
    chart = _kept(
        chart,
        is_over=is_down | (event == RECOVERED),
        is_open=state.is_open | is_up,
        is_waiting=is_waiting,
        threshold=threshold,
    )
    learned, weight = _learned(state, a, b)
    begins = is_down | (chart.upper_rows == 1) & (state.rows >= LEARNING_ROWS)
    start_level = choose(begins, state.level, state.start_level)
    start_weight = choose(begins, state.weight, state.start_weight)
    is_held = state.is_open
    rows = choose(is_up, state.rows, state.rows + 1)
    next_state = Watched(
        level=choose(is_held, state.level, choose(is_up, start_level, learned)),
        weight=choose(is_down, 0.0, choose(is_held, state.weight, choose(is_up, start_weight, weight))),
        rows=choose(is_down, 0, choose(is_held, state.rows, choose(is_up & is_waiting, LEARNING_ROWS, rows))),
        start_level=start_level,
        start_weight=start_weight,
        cusum=chart,
        is_open=choose(state.is_open, event != RECOVERED, is_up),
        open_ab=choose(state.is_open, state.open_ab + a * b, 0.0),
        open_bb=choose(state.is_open, state.open_bb + b * b, 0.0),
        open_rows=choose(state.is_open, state.open_rows + 1, 0),
    )
    return next_state, event, x


def accepted(state: Watched) -> Watched:
    """Return the watch after an open alarm was declared normal: the level is that of the rows since."""
    if state.open_rows == 0:
        return watched(state.level, 0.0, 0)
    return watched(state.open_ab / state.open_bb, state.open_bb, state.open_rows)


def _residual(a: Value, b: Value, level: Value, weight: Value) -> tuple[Value, Value]:
    """Return the recursive residual and its SD; 0 where nothing is known of the level."""
    is_known = weight > 0.0
    spread = (1.0 + b * b / choose(is_known, weight, 1.0)) ** 0.5
    return choose(is_known, (a - level * b) / spread, 0.0), spread


def _clipped(x: Value) -> Value:
    return choose(x > SPIKE_SD, SPIKE_SD, choose(x < -SPIKE_SD, -SPIKE_SD, x))


def _learned(state: Watched, a: Value, b: Value) -> tuple[Value, Value]:
    """Return level and weight with one more row."""
    x, spread = _residual(a, b, state.level, state.weight)
    weight = state.weight + b * b
    better = state.level + b / choose(weight > 0.0, weight, 1.0) * _clipped(x) * spread
    return choose(state.weight > 0.0, better, a / choose(b > 0.0, b, 1.0)), weight


def _kept(chart: Cusum, *, is_over: Value, is_open: Value, is_waiting: Value, threshold: Value) -> Cusum:
    """Return the chart at 0 where an alarm is over, and with its upper side capped where one is open."""
    upper = choose(is_open & (chart.upper > threshold), threshold, chart.upper)
    is_low_off = is_over | is_open | is_waiting
    return Cusum(
        upper=choose(is_over, 0.0, upper),
        lower=choose(is_low_off, 0.0, chart.lower),
        upper_rows=choose(is_over, 0, chart.upper_rows),
        lower_rows=choose(is_low_off, 0, chart.lower_rows),
    )
